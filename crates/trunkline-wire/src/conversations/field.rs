//! `conversationField` of `cm.UpdateConversationField`. Source: spec 05 §4.3.

use serde::{Deserialize, Serialize};

use super::{CsatStatus, TtrType};
use crate::{ConversationId, DialogId, OneOrMany};

/// `body` of `cm.UpdateConversationField`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateConversationField {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// One change or several.
    pub conversation_field: OneOrMany<ConversationField>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "field")]
pub enum ConversationField {
    /// Closes the conversation.
    ConversationStateField {
        /// `CLOSE`.
        #[serde(rename = "conversationState")]
        conversation_state: CloseWord,
    },
    /// Closes the conversation and all its dialogs.
    Stage {
        /// `CLOSE`.
        #[serde(rename = "conversationState")]
        conversation_state: CloseWord,
    },
    /// Closes one dialog.
    DialogChange {
        /// `UPDATE`.
        #[serde(rename = "type")]
        change: UpdateWord,
        /// The dialog and what becomes of it.
        dialog: DialogUpdate,
    },
    /// The consumer's satisfaction.
    #[serde(rename_all = "camelCase")]
    CSATRate {
        /// 1 to 5.
        #[serde(default, deserialize_with = "crate::time::whole_number")]
        csat_rate: Option<i64>,
        /// Whether the matter was resolved.
        #[serde(default)]
        csat_resolution_confirmation: Option<bool>,
        /// How far the survey was filled in; absent means completely.
        #[serde(default)]
        status: Option<CsatStatus>,
    },
    /// The urgency.
    #[serde(rename_all = "camelCase")]
    TTRField {
        /// Its name.
        ttr_type: TtrType,
        /// Seconds; absent means the account's default for that name.
        #[serde(default, deserialize_with = "crate::time::whole_number")]
        value: Option<i64>,
    },
}

/// The only state a consumer may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseWord {
    /// Closed.
    #[serde(rename = "CLOSE")]
    Close,
}

/// The only kind of dialog change a consumer may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpdateWord {
    /// Changes an existing dialog.
    #[serde(rename = "UPDATE")]
    Update,
}

/// A dialog to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogUpdate {
    /// The dialog.
    pub dialog_id: DialogId,
    /// `CLOSE`.
    pub state: CloseWord,
    /// The reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_cause: Option<String>,
}
