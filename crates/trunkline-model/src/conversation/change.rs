//! What a decided command changes.

use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use super::{EntryBody, LogEntry, MessageEvent, Tally};

/// Entries to append to one conversation, all or none.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationChange {
    /// The account.
    pub account: AccountId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Its consumer.
    pub consumer: ConsumerId,
    /// The version the entries were decided on; 0 opens a conversation.
    pub expected_version: u64,
    /// The entries, at least one, with versions from `expected_version + 1`. The first entry that opens a conversation
    /// carries its state.
    pub entries: Vec<LogEntry>,
    /// The tally after the last entry, if that carries no state. Without it readers apply the entries one by one.
    pub tally: Option<Tally>,
}

impl ConversationChange {
    /// The version of the last entry that changes the conversation itself; that of the last entry when none does.
    pub fn made(&self) -> u64 {
        let is_change = |entry: &&LogEntry| matches!(entry.body, EntryBody::Changed { .. });
        let made = self.entries.iter().rfind(is_change).or(self.entries.last());
        made.map_or(self.expected_version, |entry| entry.version)
    }
}

/// The outcome of a decided command.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Append these entries; a published event got this sequence.
    Append {
        /// What to append.
        change: ConversationChange,
        /// The sequence of the published event, if the command published one.
        sequence: Option<u64>,
    },
    /// Typing: to be passed on while it is fresh, never stored. Its sequence means nothing.
    Pass(MessageEvent),
    /// Accepted without any effect.
    Nothing,
}
