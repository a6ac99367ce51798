//! What is kept of an open conversation: enough to know whom to tell and whom to ring, and what its messages changed since
//! its state was stored last.

use trunkline_model::LogPosition;
use trunkline_model::conversation::{AnswerClock, Conversation, MessageEvent, Participant, TailEntry, Ttr};
use trunkline_model::routing::ConversationView;
use trunkline_wire::conversations::ParticipantState;
use trunkline_wire::{AgentId, DialogId, EpochMillis, ParticipantId};

/// An open conversation.
#[derive(Debug, Clone)]
pub(super) struct Brief {
    /// What routing sees.
    pub(super) view: ConversationView,
    /// Whether the main dialog is open.
    pub(super) is_main_open: bool,
    /// When it last changed.
    pub(super) updated_at: EpochMillis,
    /// Who takes part, on the brand's side.
    pub(super) agents: Box<[AgentId]>,
    /// The version of the last change that was met in the log, and told. A stored state that is older is outdated.
    pub(super) changed: u64,
    /// Where its state is stored: only messages followed.
    pub(super) state_at: LogPosition,
    /// True once the deadline of the answer that is due has passed, and was told to have.
    pub(super) is_overdue: bool,
    ttr: Ttr,
    event_at: Option<EpochMillis>,
    /// Who takes part in which dialog; empty for the usual one dialog in which everybody takes part.
    dialogs: Box<[(DialogId, Box<[AgentId]>)]>,
}

impl Brief {
    /// A conversation whose state is stored there.
    pub(super) fn of(state: &Conversation, state_at: LogPosition) -> Self {
        let agents = active(&state.participants);
        let is_usual = state.dialogs.len() == 1 && active(&state.main().participants) == agents;
        let dialogs = if is_usual { &[][..] } else { &state.dialogs };
        Self {
            view: ConversationView::from(state),
            is_main_open: state.main().is_open(),
            updated_at: state.updated_at,
            agents,
            changed: 0,
            state_at,
            is_overdue: false,
            ttr: state.ttr,
            event_at: state.event_at,
            dialogs: dialogs.iter().map(|dialog| (dialog.id, active(&dialog.participants))).collect(),
        }
    }

    /// Takes a published event into account, except for when an answer is due.
    pub(super) fn count(&mut self, entry: &TailEntry) {
        self.view.version = entry.entry.version;
        self.view.has_messages = true;
        self.event_at = Some(self.event_at.map_or(entry.entry.at, |last| last.max(entry.entry.at)));
        if entry.entry.state.is_some() {
            self.state_at = entry.position;
        }
    }

    /// When an answer is due after an event.
    pub(super) fn due_after(&self, event: &MessageEvent, at: EpochMillis) -> Option<EpochMillis> {
        let clock =
            AnswerClock { conversation: self.view.conversation, ttr: self.ttr, due: self.view.answer_due };
        clock.after(event, at)
    }

    /// The deadline that has not passed yet.
    pub(super) fn deadline(&self) -> Option<EpochMillis> {
        self.view.answer_due.filter(|_| !self.is_overdue)
    }

    /// Brings a stored state up to the present.
    pub(super) fn bring_up(&self, state: &mut Conversation) {
        state.version = self.view.version;
        state.answer_due = self.view.answer_due;
        state.event_at = self.event_at;
    }

    /// Who takes part in a dialog, on the brand's side.
    pub(super) fn agents_in(&self, dialog: DialogId) -> &[AgentId] {
        if self.dialogs.is_empty() && dialog == DialogId::Main(self.view.conversation) {
            return &self.agents;
        }
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
