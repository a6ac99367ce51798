//! A conversation's log as operators read it. Our own, not part of the Connector API.

use serde::Serialize;

use super::{Audience, ParticipantRole};
use crate::{ConsumerId, DialogId, EpochMillis, JsonText, ParticipantId};

/// Path of the log. Query: `after` (a version, default 0) and `limit` (default 100, at most 1000).
pub const PATH: &str = "/operator/v1/accounts/{account}/conversations/{conversation}/log";

/// A page of a log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// Entries in version order.
    pub entries: Vec<Entry>,
    /// `after` of the next page; `null` at the end.
    pub next: Option<u64>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its place in the conversation, from 1 without gaps.
    pub version: u64,
    /// When it was decided.
    pub at: EpochMillis,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What an entry says happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum What {
    /// An event was published.
    Event {
        /// The dialog.
        dialog_id: DialogId,
        /// Its number in the dialog.
        sequence: u64,
        /// Who published it.
        originator_id: ParticipantId,
        /// As what.
        role: ParticipantRole,
        /// The event as it is relayed.
        event: JsonText,
        /// Who may read it.
        message_audience: Audience,
        /// `metadata` of the request.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<JsonText>,
    },
    /// The conversation itself changed.
    Conversation {
        /// Who changed it; absent for the platform.
        #[serde(skip_serializing_if = "Option::is_none")]
        originator_id: Option<ParticipantId>,
        /// `OPEN` or `CLOSE`: the main dialog.
        state: String,
        /// `OPEN` or `CLOSE`: the whole conversation.
        stage: String,
        /// The consumer.
        #[serde(skip_serializing_if = "Option::is_none")]
        consumer_id: Option<ConsumerId>,
        /// When the content of the conversation was erased.
        #[serde(skip_serializing_if = "Option::is_none")]
        erased_at: Option<EpochMillis>,
        /// `metadata` of the request.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<JsonText>,
    },
}
