//! Entries of the conversation log.

use std::sync::Arc;

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::{DialogId, EpochMillis, JsonText, ParticipantId};

use super::Conversation;

/// One entry of a conversation's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// Its place in the conversation, from 1 without gaps.
    pub version: u64,
    /// When it was decided.
    pub at: EpochMillis,
    /// What happened.
    pub body: EntryBody,
    /// The state after this entry: always there for a change of the conversation itself, for a private message, for an
    /// event of a survey, for the first message that the platform waits for, and for a message at least every
    /// [`LogEntry::STATE_EVERY`] versions, so that no reader has far to go.
    pub state: Option<Arc<Conversation>>,
}

impl LogEntry {
    /// The most entries without a state between two with one.
    pub const STATE_EVERY: u64 = 64;

    /// Whether an event of this version carries the state: every so often, and when it changes more than a [`Tally`] tells.
    ///
    /// [`Tally`]: super::Tally
    pub(super) fn carries_state(version: u64, event: &MessageEvent) -> bool {
        version.is_multiple_of(Self::STATE_EVERY)
            || event.is_private_message()
            || !matches!(event.dialog, DialogId::Main(_))
    }
}

/// What an entry says happened.
#[derive(Debug, Clone, PartialEq)]
pub enum EntryBody {
    /// A message event was published.
    Event(MessageEvent),
    /// The conversation itself changed: opened, field updated, closed. The new state is in the entry.
    Changed {
        /// Who did it; `None` for the platform.
        by: Option<ParticipantId>,
        /// `metadata` of the request.
        metadata: Option<JsonText>,
    },
}

/// A stored message event: text, file, structured content or receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageEvent {
    /// The dialog.
    pub dialog: DialogId,
    /// Its number in the dialog.
    pub sequence: u64,
    /// Who published it.
    pub originator: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
    /// What kind of event.
    pub kind: EventKind,
    /// The event object as it is relayed.
    pub event: JsonText,
    /// Who may read it.
    pub audience: Audience,
    /// `metadata` of the request.
    pub metadata: Option<JsonText>,
    /// `encodedMetadata` of the request: opaque.
    pub encoded_metadata: Option<Box<str>>,
    /// The event as the consumer's side may read it, where that is not the same: a receipt without the numbers of private
    /// messages. Source: spec 22 §6.
    pub public: Option<JsonText>,
}

impl MessageEvent {
    /// True for what only the brand's side may read; receipts are not counted among it.
    pub(super) fn is_private_message(&self) -> bool {
        self.audience != Audience::All && self.kind != EventKind::AcceptStatus
    }

    /// True for what the consumer says: not for receipts.
    pub fn is_word_of_consumer(&self) -> bool {
        self.role == ParticipantRole::Consumer
            && matches!(self.kind, EventKind::Content | EventKind::RichContent)
    }
}
