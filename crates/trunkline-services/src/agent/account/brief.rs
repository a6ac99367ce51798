//! What is kept of an open conversation: enough to know whom to tell and whom to ring.

use trunkline_model::conversation::{Conversation, Participant};
use trunkline_model::routing::ConversationView;
use trunkline_wire::conversations::ParticipantState;
use trunkline_wire::{AgentId, DialogId, EpochMillis, ParticipantId};

/// An open conversation.
#[derive(Debug)]
pub(super) struct Brief {
    /// What routing sees.
    pub(super) view: ConversationView,
    /// Whether the main dialog is open.
    pub(super) is_main_open: bool,
    /// When it last changed.
    pub(super) updated_at: EpochMillis,
    /// Who takes part, on the brand's side.
    pub(super) agents: Box<[AgentId]>,
    /// Who takes part in which dialog.
    dialogs: Box<[(DialogId, Box<[AgentId]>)]>,
}

impl Brief {
    pub(super) fn of(state: &Conversation) -> Self {
        Self {
            view: ConversationView::from(state),
            is_main_open: state.main().is_open(),
            updated_at: state.updated_at,
            agents: active(&state.participants),
            dialogs: state.dialogs.iter().map(|dialog| (dialog.id, active(&dialog.participants))).collect(),
        }
    }

    /// Who takes part in a dialog, on the brand's side.
    pub(super) fn agents_in(&self, dialog: DialogId) -> &[AgentId] {
        let known = self.dialogs.iter().find(|(id, _)| *id == dialog);
        known.map_or(&[], |(_, agents)| agents)
    }
}

/// Each agent once, whatever roles he has; those who were only proposed take no part.
fn active(participants: &[Participant]) -> Box<[AgentId]> {
    let mut agents: Vec<AgentId> = participants
        .iter()
        .filter(|participant| participant.state == ParticipantState::Active)
        .filter_map(|participant| match participant.id {
            ParticipantId::Agent(agent) => Some(agent),
            ParticipantId::Consumer(_) => None,
        })
        .collect();
    agents.sort_unstable();
    agents.dedup();
    agents.into()
}
