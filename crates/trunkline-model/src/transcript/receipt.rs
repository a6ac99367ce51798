//! Receipts: what somebody did with messages.

use std::collections::HashSet;

use trunkline_wire::conversations::ParticipantRole;
use trunkline_wire::json::JsValue;
use trunkline_wire::{DialogId, EpochMillis, JsonText, ParticipantId};

use crate::conversation::MessageEvent;

/// A receipt. Source: spec 05 §4.2 `AcceptStatusEvent`.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// When it was published.
    pub at: EpochMillis,
    /// The dialog of the messages.
    pub dialog: DialogId,
    /// Its own number in the dialog.
    pub sequence: u64,
    /// Who published it.
    pub by: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
    /// `ACCEPT`, `READ` and so on.
    pub status: String,
    /// The numbers of the messages, each once.
    pub sequences: Vec<i64>,
    /// `metadata` of the request.
    pub metadata: Option<JsonText>,
}

impl Receipt {
    /// Reads a stored event; `None` for one that is no receipt, which the checks before storing do not let through.
    pub(super) fn of(at: EpochMillis, event: MessageEvent) -> Option<Self> {
        let parsed = JsValue::parse(event.event.as_str()).ok()?;
        let members = parsed.as_object()?;
        let status = members.get("status")?.as_text()?.to_owned();
        let JsValue::Array(list) = members.get("sequenceList")? else { return None };
        let mut known = HashSet::new();
        Some(Self {
            at,
            dialog: event.dialog,
            sequence: event.sequence,
            by: event.originator,
            role: event.role,
            status,
            sequences: list
                .iter()
                .filter_map(JsValue::as_integer)
                .filter(|number| known.insert(*number))
                .collect(),
            metadata: event.metadata,
        })
    }
}
