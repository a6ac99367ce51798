//! Who was in which dialog.

use trunkline_wire::conversations::{ParticipantRole, ParticipantState};
use trunkline_wire::{AgentId, DialogId, EpochMillis, JsonText, ParticipantId};

use super::{Circumstances, Transcript};
use crate::conversation::{Conversation, Dialog, Participant};

/// A user in a role of a dialog, from or until a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Presence {
    /// When.
    pub at: EpochMillis,
    /// Where.
    pub dialog: DialogId,
    /// Who.
    pub user: AgentId,
    /// As what.
    pub role: ParticipantRole,
    /// `metadata` of the request that did it.
    pub metadata: Option<JsonText>,
}

impl Presence {
    /// Whether the state has this user there.
    pub(super) fn is_in(&self, state: &Conversation) -> bool {
        state.dialog(self.dialog).is_some_and(|dialog| {
            users(dialog).any(|(user, participant)| user == self.user && participant.role == self.role)
        })
    }
}

impl Transcript {
    /// Notes who came and who went between two states of a dialog.
    pub(super) fn compare_participants(
        &mut self,
        before: Option<&Dialog>,
        after: &Dialog,
        circumstances: Circumstances<'_>,
    ) {
        let presence = |user, role| Presence {
            at: circumstances.at,
            dialog: after.id,
            user,
            role,
            metadata: circumstances.metadata.cloned(),
        };
        let earlier: Vec<_> = before.into_iter().flat_map(users).collect();
        let later: Vec<_> = users(after).collect();
        let gone = earlier.iter().filter(|known| !later.contains(known));
        self.left.extend(gone.map(|(user, participant)| presence(*user, participant.role)));
        let new = later.iter().filter(|known| !earlier.contains(known));
        self.joined.extend(new.map(|(user, participant)| presence(*user, participant.role)));
    }
}

/// The users who take part in a dialog; whoever is only proposed does not.
fn users(dialog: &Dialog) -> impl Iterator<Item = (AgentId, Participant)> {
    let present = dialog.participants.iter().filter(|known| known.state == ParticipantState::Active);
    present.filter_map(|known| match known.id {
        ParticipantId::Agent(user) => Some((user, *known)),
        ParticipantId::Consumer(_) => None,
    })
}
