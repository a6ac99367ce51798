//! Entries as a reader of all conversations meets them.

use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis};

use super::LogEntry;
use crate::LogPosition;

/// An entry with its place in the log of all conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct TailEntry {
    /// Its place.
    pub position: LogPosition,
    /// The place of the conversation's entry before it; [`LogPosition::START`] for the first.
    pub previous: LogPosition,
    /// The account.
    pub account: AccountId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Its consumer.
    pub consumer: ConsumerId,
    /// The entry.
    pub entry: LogEntry,
}

impl TailEntry {
    /// The tombstone in its place.
    #[must_use]
    pub fn erased(&self, at: EpochMillis) -> Self {
        Self { entry: self.entry.erased(at), ..self.clone() }
    }
}
