//! How a conversation went on. Source: spec 08 §2.2.

use serde::{Deserialize, Serialize};

use super::ContextData;
use crate::EpochMillis;
use crate::conversations::DialogType;
use crate::history::times::{end_of, time_text};

/// A dialog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogRecord {
    /// Its id.
    pub dialog_id: String,
    /// `OPEN` or `CLOSE`.
    pub status: String,
    /// What it is for.
    pub dialog_type: DialogType,
    /// `MESSAGING`.
    pub dialog_channel_type: String,
    /// When it was opened.
    pub start_time: String,
    /// The same in milliseconds.
    pub start_time_l: EpochMillis,
    /// When it was closed.
    pub end_time: String,
    /// The same in milliseconds.
    pub end_time_l: EpochMillis,
    /// Who closed it.
    pub close_reason: String,
    /// Why.
    pub close_reason_description: String,
    /// The skill of the conversation, −1 for none.
    pub skill_id: i64,
    /// Its name, `Unassigned` for none.
    pub skill_name: String,
}

impl DialogRecord {
    /// Sets the times.
    pub fn set_times(&mut self, opened_at: EpochMillis, closed_at: Option<EpochMillis>) {
        (self.start_time, self.start_time_l) = (time_text(opened_at), opened_at);
        (self.end_time, self.end_time_l) = end_of(closed_at);
    }
}

/// The conversation went from a user or skill to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferRecord {
    /// When, in milliseconds.
    pub time_l: EpochMillis,
    /// The same as text.
    pub time: String,
    /// The number of the user who answers since then; `"null"` when nobody does yet.
    pub assigned_agent_id: String,
    /// That user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_agent_login_name: Option<String>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_agent_nickname: Option<String>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_agent_full_name: Option<String>,
    /// The skill since then, −1 for none.
    pub target_skill_id: i64,
    /// Its name, `Unassigned` for none.
    pub target_skill_name: String,
    /// `Skill`, `Agent`, `TakeOver` or `back2Q`.
    pub reason: String,
    /// Who did it: the number of a user or the consumer's id; `"undefined"` for the platform.
    pub by: String,
    /// The skill before.
    pub source_skill_id: i64,
    /// Its name.
    pub source_skill_name: String,
    /// The number of the user who answered before; `"null"` when nobody did.
    pub source_agent_id: String,
    /// That user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_agent_login_name: Option<String>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_agent_nickname: Option<String>,
    /// The same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_agent_full_name: Option<String>,
    /// The dialog.
    pub dialog_id: String,
    /// `metadata` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_data: Option<ContextData>,
}

/// A user became the one who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
    /// The user's number.
    pub assigned_agent_id: String,
    /// The user's name.
    pub assigned_agent_full_name: String,
    /// The same.
    pub assigned_agent_login_name: String,
    /// The same.
    pub assigned_agent_nickname: String,
    /// When, in milliseconds.
    #[serde(rename = "interactionTimeL")]
    pub time_l: EpochMillis,
    /// The same as text.
    #[serde(rename = "interactionTime")]
    pub time: String,
    /// Counts from 1.
    pub interactive_sequence: usize,
    /// The dialog.
    pub dialog_id: String,
}

/// The skill became another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SkillChangeRecord {
    /// When, in milliseconds.
    pub time_l: EpochMillis,
    /// The same as text.
    pub time: String,
    /// Who did it: the number of a user or the consumer's id; `"undefined"` for the platform.
    pub by: String,
    /// Before, −1 for none.
    pub previous_skill_id: i64,
    /// Its name, `Unassigned` for none.
    pub previous_skill_name: String,
    /// Since then.
    pub new_skill_id: i64,
    /// Its name.
    pub new_skill_name: String,
}
