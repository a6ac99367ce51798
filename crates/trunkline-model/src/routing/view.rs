//! What routing looks at in a conversation.

use trunkline_wire::{AgentId, ConversationId, EpochMillis};

use crate::conversation::{Conversation, Need};

/// A conversation as routing sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversationView {
    /// The conversation.
    pub conversation: ConversationId,
    /// The version of the state; an older one than the last is passed over.
    pub version: u64,
    /// True until the whole conversation is closed.
    pub is_open: bool,
    /// Whether it is offered to nobody before the consumer's first message.
    pub is_silent: bool,
    /// The agent who answers. Nobody has a load from a conversation whose main dialog is closed.
    pub assigned: Option<AgentId>,
    /// What it needs.
    pub need: Option<Need>,
    /// When the brand owes its next answer.
    pub answer_due: Option<EpochMillis>,
}

impl From<&Conversation> for ConversationView {
    fn from(state: &Conversation) -> Self {
        let main = state.main();
        Self {
            conversation: state.id,
            version: state.version,
            is_open: state.is_open(),
            is_silent: state.is_silent,
            assigned: state.assigned_agent().filter(|_| main.is_open()),
            need: state.needs_agent(),
            answer_due: state.answer_due,
        }
    }
}
