//! Who may read which conversations.

use trunkline_model::conversation::Conversation;
use trunkline_model::{Role, Transcript};
use trunkline_wire::{AgentId, ConversationId, ParticipantId};

use super::reader::{Loaded, Reader, SLICE, cost};
use crate::Error;
use crate::auth::SignedIn;

/// The conversations of an account that a user may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// All.
    Every,
    /// Those in which this user takes or took part.
    Own(AgentId),
}

/// Whether a conversation may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may.
    Allowed,
    /// It may not, or it is not there.
    Denied,
    /// Its log is longer than what may still be read to find out.
    Unknown,
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
            Self::Own(user) => loaded.transcript.took_part(user) || has_now(&loaded.transcript.state, user),
        }
    }

    /// Finds out whether a conversation may be read, with as few reads as that takes: whoever takes part is in its state,
    /// and whoever took part is found where he came. What was read of the log is taken from `budget`.
    pub(super) async fn decide(
        self,
        reader: &Reader<'_>,
        id: ConversationId,
        budget: &mut usize,
    ) -> Result<Verdict, Error> {
        let Self::Own(user) = self else { return Ok(Verdict::Allowed) };
        let Some(state) = reader.storage.conversation(reader.account, id).await? else {
            return Ok(Verdict::Denied);
        };
        if has_now(&state, user) {
            return Ok(Verdict::Allowed);
        }
        let mut transcript: Option<Transcript> = None;
        let mut after = 0;
        loop {
            if *budget == 0 {
                return Ok(Verdict::Unknown);
            }
            let entries = reader.storage.log_after(reader.account, id, after, SLICE).await?;
            let is_last = entries.len() < SLICE;
            for entry in entries {
                after = entry.version;
                *budget = budget.saturating_sub(cost(&entry));
                match &mut transcript {
                    Some(known) => known.add(entry),
                    None => transcript = Transcript::begin(entry),
                }
            }
            let Some(known) = &mut transcript else { return Ok(Verdict::Denied) };
            if known.took_part(user) {
                return Ok(Verdict::Allowed);
            }
            if is_last {
                return Ok(Verdict::Denied);
            }
            // Only who came matters here.
            known.messages.clear();
            known.receipts.clear();
        }
    }
}

/// Whether the user takes part now.
fn has_now(state: &Conversation, user: AgentId) -> bool {
    state.participants.iter().any(|known| known.id == ParticipantId::Agent(user))
}
