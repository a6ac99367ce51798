//! Who may read which conversations.

use trunkline_model::Role;
use trunkline_wire::AgentId;

use super::reader::Loaded;
use crate::auth::SignedIn;

/// The conversations of an account that a user may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// All.
    Every,
    /// Those in which this user takes or took part.
    Own(AgentId),
}

impl Access {
    pub(super) fn of(caller: &SignedIn) -> Self {
        let user = caller.user();
        if user.role >= Role::Manager { Self::Every } else { Self::Own(user.agent_id()) }
    }

    /// Whether this conversation may be read. Of a log that was not read to its end, its present state counts as well.
    pub(super) fn allows(self, loaded: &Loaded) -> bool {
        match self {
            Self::Every => true,
            Self::Own(user) => loaded.transcript.took_part(user) || loaded.has_now(user),
        }
    }
}
