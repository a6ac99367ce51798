//! Who took part. Source: spec 08 §2.2.

use serde::{Deserialize, Serialize};

use super::ContextData;
use crate::conversations::ParticipantRole;
use crate::{AgentId, ConsumerId, EpochMillis, JsonText};

/// A user in a role of a dialog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentParticipant {
    /// The user's name; there is one kind of name only.
    pub agent_full_name: String,
    /// The same.
    pub agent_nickname: String,
    /// The same.
    pub agent_login_name: String,
    /// Users are never removed.
    pub agent_deleted: bool,
    /// The user's number.
    pub agent_id: String,
    /// The user's id in messaging.
    pub agent_pid: AgentId,
    /// What the user may do in the account: `AGENT`, `MANAGER`, `ADMIN`.
    pub role: String,
    /// What kind of user: `0`, `1`, `2`.
    pub user_type: String,
    /// The same in words: `System`, `Human`, `Bot`.
    pub user_type_name: String,
    /// `Unassigned`: there are no groups.
    pub agent_group_name: String,
    /// −1.
    pub agent_group_id: i64,
    /// When the user joined or left.
    pub time: String,
    /// The same in milliseconds.
    pub time_l: EpochMillis,
    /// The role in the dialog.
    pub permission: ParticipantRole,
    /// The dialog.
    pub dialog_id: String,
    /// `metadata` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_data: Option<ContextData>,
}

/// The consumer in a dialog. What is not known is `"undefined"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerParticipant {
    /// The consumer.
    pub participant_id: ConsumerId,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Always `"undefined"`.
    pub token: String,
    /// The mail address.
    pub email: String,
    /// The telephone number.
    pub phone: String,
    /// A picture.
    #[serde(rename = "avatarURL")]
    pub avatar_url: String,
    /// When the profile was last updated, otherwise when the consumer joined.
    pub time: String,
    /// The same in milliseconds.
    pub time_l: EpochMillis,
    /// When the consumer joined the dialog.
    pub join_time: String,
    /// The same in milliseconds.
    pub join_time_l: EpochMillis,
    /// What the consumer is called.
    pub consumer_name: String,
    /// The dialog.
    pub dialog_id: String,
}

/// What connectors vouched for about the consumer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sdes {
    /// One element for each piece of structured data.
    pub events: Vec<JsonText>,
}
