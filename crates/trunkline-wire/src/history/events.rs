//! The events of one conversation as its consumer could read them. Source: spec 08 §3.

use serde::{Deserialize, Serialize};

use crate::{EpochMillis, JsonText, ParticipantId};

/// A page of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRecords {
    /// The events, in the order in which they were published.
    pub message_event_records: Vec<EventRecord>,
    /// Where the next page starts; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRecord {
    /// Its number in the dialog; receipts have none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// The dialog.
    pub dialog_id: String,
    /// Who published it.
    pub originator_id: ParticipantId,
    /// When.
    pub server_timestamp: EpochMillis,
    /// The event as it was relayed; structured content as JSON text.
    pub event: JsonText,
}
