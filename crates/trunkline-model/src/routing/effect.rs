//! What routing wants to be done.

use std::time::Duration;

use trunkline_wire::agent::{RingId, RingState};
use trunkline_wire::{AgentId, ConversationId, EpochMillis, SkillId};

/// Something to be done by whoever drives routing, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell an agent about a ring.
    Ring(RingNotice),
    /// The proposed agent will not take the conversation: take the proposal back
    /// ([`Command::EndSuggestion`](crate::conversation::Command::EndSuggestion)).
    SuggestionEnded {
        /// The conversation.
        conversation: ConversationId,
        /// The agent who was proposed.
        agent: AgentId,
    },
}

/// A step in the life of a ring, for the ringed agent only. Every ring has one notice `WAITING` and one more at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingNotice {
    /// The ringed agent.
    pub agent: AgentId,
    /// The task.
    pub task: TaskView,
    /// The ring.
    pub ring: RingView,
}

/// The task of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskView {
    /// The conversation.
    pub conversation: ConversationId,
    /// The skill that should answer.
    pub skill: SkillId,
    /// `taskCompleted`: somebody accepted, or there is nothing to accept any more.
    pub is_completed: bool,
}

/// The ring of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingView {
    /// Its id.
    pub id: RingId,
    /// How far it has come; never [`RingState::AutoAccept`].
    pub state: RingState,
    /// `ringExpiration`: how long it may wait.
    pub expiration: Duration,
    /// `ringExpirationTs`: until when.
    pub expires_at: EpochMillis,
    /// `weight`: when the brand owes its next answer, if it owes one.
    pub answer_due: Option<EpochMillis>,
}
