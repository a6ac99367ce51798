//! Answers of the searches: records of conversations. Source: spec 08 §2.

mod changes;
mod info;
mod message;
mod people;
mod survey;

use serde::{Deserialize, Serialize};

use crate::JsonText;

pub use changes::{DialogRecord, Interaction, SkillChangeRecord, TransferRecord};
pub use info::{Campaign, Info, ResponseTime, Summary};
pub use message::{ContextData, Encoded, MessageData, MessageRecord, MessageStatus, Text};
pub use people::{AgentParticipant, ConsumerParticipant, Sdes};
pub use survey::{Survey, SurveyAnswer};

/// The answer of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// About the answer.
    #[serde(rename = "_metadata")]
    pub metadata: Metadata,
    /// The conversations.
    pub conversation_history_records: Vec<Record>,
}

/// About an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// How many conversations match.
    pub count: usize,
    /// What was asked.
    #[serde(rename = "self")]
    pub this: Link,
    /// What to ask for the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Link>,
    /// Where the next page starts: a query parameter `cursor`. Absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Whether something is missing.
    pub shards_status_result: ShardsStatus,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `self` or `next`.
    pub rel: String,
    /// The URL.
    pub href: String,
}

/// Whether something is missing in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardsStatus {
    /// True when a transcript was cut or a search ended before it saw everything.
    pub partial_result: bool,
}

/// A conversation. Parts that were not asked for are absent; parts without elements are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The conversation as a whole.
    pub info: Info,
    /// Where it came from; absent when nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// The messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_records: Option<Vec<MessageRecord>>,
    /// Users who joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_participants: Option<Vec<AgentParticipant>>,
    /// Users who take part now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_participants_active: Option<Vec<AgentParticipant>>,
    /// Users who left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_participants_leave: Option<Vec<AgentParticipant>>,
    /// The consumer, once for each dialog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_participants: Option<Vec<ConsumerParticipant>>,
    /// How it went from hand to hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfers: Option<Vec<TransferRecord>>,
    /// Who answered when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interactions: Option<Vec<Interaction>>,
    /// Scores of messages; none are computed, so the list is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_scores: Option<Vec<JsonText>>,
    /// Receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_statuses: Option<Vec<MessageStatus>>,
    /// Surveys and satisfaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_surveys: Option<Vec<Survey>>,
    /// The agents' note; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// What somebody vouches for about the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdes: Option<Sdes>,
    /// What the consumer says about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub un_auth_sdes: Option<Sdes>,
    /// The dialogs, main first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialogs: Option<Vec<DialogRecord>>,
    /// When an answer is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_time: Option<ResponseTime>,
    /// How the skill changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_changes: Option<Vec<SkillChangeRecord>>,
}
