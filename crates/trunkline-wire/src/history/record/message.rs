//! Messages and receipts. Source: spec 08 §2.1, §2.2.

use serde::{Deserialize, Serialize};

use crate::conversations::Audience;
use crate::{EpochMillis, JsonText};

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRecord {
    /// `TEXT_PLAIN`, `HOSTED_FILE`, `RICH_CONTENT`, `SECURE_FORM_INVITATION`, `SECURE_FORM_SUBMIT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub message_data: MessageData,
    /// Its name.
    pub message_id: String,
    /// Who may read it.
    pub audience: Audience,
    /// Its number in the dialog.
    pub seq: u64,
    /// The dialog.
    pub dialog_id: String,
    /// The consumer's id, or the number of a user.
    pub participant_id: String,
    /// That of the conversation.
    pub source: String,
    /// When it was published.
    pub time: String,
    /// The same in milliseconds.
    pub time_l: EpochMillis,
    /// That of the conversation.
    pub device: String,
    /// `Consumer` or `Agent`.
    pub sent_by: String,
    /// `metadata` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_data: Option<ContextData>,
}

/// What a message says: one of the members, and quick replies beside a text or structured content.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageData {
    /// A text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg: Option<Text>,
    /// A file: `caption`, `relativePath`, `fileType`, `preview`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<JsonText>,
    /// Structured content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rich_content: Option<Encoded>,
    /// Replies to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick_replies: Option<Encoded>,
    /// The invitation to a secure form, as it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_form_invitation: Option<JsonText>,
    /// That a secure form was submitted, as it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_form_submit: Option<JsonText>,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The text.
    pub text: String,
}

/// JSON as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoded {
    /// JSON text.
    pub content: String,
}

/// `metadata` of a request, twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextData {
    /// As JSON text.
    pub raw_metadata: String,
    /// Each element under a member that is called like its type, first letter small.
    pub structured_metadata: JsonText,
}

/// What somebody did with a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageStatus {
    /// The message.
    pub message_id: String,
    /// Its number in the dialog.
    pub seq: i64,
    /// When.
    pub time: String,
    /// The same in milliseconds.
    pub time_l: EpochMillis,
    /// The consumer's id, or the number of a user.
    pub participant_id: String,
    /// `Consumer` or `Agent`.
    pub participant_type: String,
    /// `ACCEPT`, `READ` and so on.
    pub message_delivery_status: String,
    /// The dialog.
    pub dialog_id: String,
    /// `metadata` of the request, with the first number of its list only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_data: Option<ContextData>,
}
