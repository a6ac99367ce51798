//! The conversation as a whole. Source: spec 08 §2.2 `info`.

use serde::{Deserialize, Serialize};

use crate::history::times::{end_of, time_text};
use crate::{AccountId, ConversationId, EpochMillis};

/// A conversation as a whole. Texts that are not known are `"undefined"` where the documented example has them, otherwise
/// absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// When it was opened.
    pub start_time: String,
    /// The same in milliseconds.
    pub start_time_l: EpochMillis,
    /// When its main dialog was closed.
    pub end_time: String,
    /// The same in milliseconds.
    pub end_time_l: EpochMillis,
    /// When all dialogs were closed.
    pub full_dialog_end_time: String,
    /// The same in milliseconds.
    pub full_dialog_end_time_l: EpochMillis,
    /// Milliseconds from its start to its end, or until now.
    pub duration: i64,
    /// Its id.
    pub conversation_id: ConversationId,
    /// The account.
    pub brand_id: AccountId,
    /// Who answers, or was the last to: the user's number.
    pub latest_agent_id: String,
    /// The name of that user; there is one kind of name only.
    pub latest_agent_login_name: String,
    /// The same.
    pub latest_agent_nickname: String,
    /// The same.
    pub latest_agent_full_name: String,
    /// Users are never removed.
    pub agent_deleted: bool,
    /// −1: there are no groups.
    pub latest_agent_group_id: i64,
    /// `Unassigned`.
    pub latest_agent_group_name: String,
    /// The skill, −1 for none.
    pub latest_skill_id: i64,
    /// Its name, `Unassigned` for none.
    pub latest_skill_name: String,
    /// `APP`, or `AGENT` for one that an agent opened.
    pub source: String,
    /// Who closed the main dialog.
    pub close_reason: String,
    /// Why.
    pub close_reason_description: String,
    /// `OPEN`, or `CLOSE` once the main dialog is closed.
    pub status: String,
    /// `OPEN`, or `CLOSE` once every dialog is closed.
    pub full_dialog_status: String,
    /// Whether the consumer had none before.
    pub first_conversation: bool,
    /// The consumer's satisfaction, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csat_rate: Option<u8>,
    /// What kind of device.
    pub device: String,
    /// Which browser.
    pub browser: String,
    /// Which system.
    pub operating_system: String,
    /// `ACTIVE` with an agent, otherwise `IN_QUEUE`.
    pub latest_queue_state: String,
    /// Whether the transcript was cut.
    pub is_partial: bool,
    /// The visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor_id: Option<String>,
    /// The visitor's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Where in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_context_id: Option<String>,
    /// The language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the client declared to understand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// The client's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The kind of client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration_version: Option<String>,
    /// The client's own name for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
}

impl Info {
    /// Sets the times; `closed_at` is that of the main dialog, `ended_at` that of all.
    pub fn set_times(
        &mut self,
        started_at: EpochMillis,
        closed_at: Option<EpochMillis>,
        ended_at: Option<EpochMillis>,
    ) {
        (self.start_time, self.start_time_l) = (time_text(started_at), started_at);
        (self.end_time, self.end_time_l) = end_of(closed_at);
        (self.full_dialog_end_time, self.full_dialog_end_time_l) = end_of(ended_at);
    }
}

/// Where a conversation came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Campaign {
    /// The campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// The engagement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_engagement_id: Option<String>,
}

/// The agents' note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The note.
    pub text: String,
    /// When it last changed; absent when the entry that says so was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_updated_time: Option<EpochMillis>,
}

/// When an answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseTime {
    /// When the brand owes its next answer; −1 when it owes none.
    pub latest_effective_response_due_time: EpochMillis,
    /// Milliseconds in which it should answer.
    pub configured_response_time: i64,
}
