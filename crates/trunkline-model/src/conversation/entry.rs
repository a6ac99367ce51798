//! Entries of the conversation log.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
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
    /// The state after this entry: always there for a change of the conversation itself, and for a message at least every
    /// [`LogEntry::STATE_EVERY`] versions, so that no reader has far to go.
    pub state: Option<Arc<Conversation>>,
}

impl LogEntry {
    /// The most entries without a state between two with one.
    pub const STATE_EVERY: u64 = 64;
}

/// What an entry says happened. Stored as JSON with short member names: one of these is written per message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EntryBody {
    /// A message event was published.
    #[serde(rename = "e")]
    Event(MessageEvent),
    /// The conversation itself changed: opened, field updated, closed. The new state is in the entry.
    #[serde(rename = "c")]
    Changed {
        /// Who did it; `None` for the platform.
        #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
        by: Option<ParticipantId>,
        /// `metadata` of the request.
        #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
        metadata: Option<JsonText>,
    },
}

/// A stored message event: text, file, structured content or receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageEvent {
    /// The dialog.
    #[serde(rename = "d")]
    pub dialog: DialogId,
    /// Its number in the dialog.
    #[serde(rename = "s")]
    pub sequence: u64,
    /// Who published it.
    #[serde(rename = "o")]
    pub originator: ParticipantId,
    /// As what.
    #[serde(rename = "r")]
    pub role: ParticipantRole,
    /// What kind of event.
    #[serde(rename = "k")]
    pub kind: EventKind,
    /// The event object as it is relayed.
    #[serde(rename = "e")]
    pub event: JsonText,
    /// Who may read it.
    #[serde(rename = "a", default = "everybody", skip_serializing_if = "is_everybody")]
    pub audience: Audience,
    /// `metadata` of the request.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonText>,
}

const fn everybody() -> Audience {
    Audience::All
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_everybody(audience: &Audience) -> bool {
    *audience == Audience::All
}
