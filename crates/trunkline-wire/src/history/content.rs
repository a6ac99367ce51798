//! `contentToRetrieve`: which parts of a conversation are wanted. Source: spec 08 §1.

use serde::{Deserialize, Serialize, Serializer};

use crate::conversations::words;
use crate::json::JsValue;

words! {
    /// A part of a record. Parts that are not computed here are no variants: their names are ignored like unknown ones.
    Content {
        /// Where the conversation came from.
        Campaign = "campaign",
        /// The messages.
        MessageRecords = "messageRecords",
        /// Users who joined.
        AgentParticipants = "agentParticipants",
        /// Users who left.
        AgentParticipantsLeave = "agentParticipantsLeave",
        /// Users who take part now.
        AgentParticipantsActive = "agentParticipantsActive",
        /// The consumer.
        ConsumerParticipants = "consumerParticipants",
        /// How it went from hand to hand.
        Transfers = "transfers",
        /// Who answered when.
        Interactions = "interactions",
        /// Scores of messages; always empty.
        MessageScores = "messageScores",
        /// Receipts.
        MessageStatuses = "messageStatuses",
        /// Surveys and satisfaction.
        ConversationSurveys = "conversationSurveys",
        /// The agents' note.
        Summary = "summary",
        /// What is known about the consumer.
        Sdes = "sdes",
        /// What the consumer says about itself.
        UnAuthSdes = "unAuthSdes",
        /// The dialogs.
        Dialogs = "dialogs",
        /// When an answer is due.
        ResponseTime = "responseTime",
        /// How the skill changed.
        SkillChanges = "skillChanges",
    }
}

/// The wanted parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents(Vec<Content>);

impl Contents {
    /// Everything that a record can have.
    pub fn everything() -> Self {
        let Self(mut all) = Self::default();
        all.extend([Content::UnAuthSdes, Content::Dialogs, Content::ResponseTime, Content::SkillChanges]);
        Self(all)
    }

    /// Whether a part is wanted.
    pub fn has(&self, content: Content) -> bool {
        self.0.contains(&content)
    }
}

/// What is wanted by who does not say. Source: spec 08 §1.
impl Default for Contents {
    fn default() -> Self {
        Self(vec![
            Content::Campaign,
            Content::MessageRecords,
            Content::AgentParticipants,
            Content::AgentParticipantsLeave,
            Content::AgentParticipantsActive,
            Content::ConsumerParticipants,
            Content::Transfers,
            Content::Interactions,
            Content::MessageScores,
            Content::MessageStatuses,
            Content::ConversationSurveys,
            Content::Summary,
            Content::Sdes,
        ])
    }
}

impl Serialize for Contents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Reads the known names out of a list; anything else in it is ignored. A list that is missing, null or empty wants what is
/// wanted by default.
impl<'de> Deserialize<'de> for Contents {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = match JsValue::deserialize(deserializer)? {
            JsValue::Null => Vec::new(),
            JsValue::Array(list) => list,
            one @ JsValue::Text(_) => vec![one],
            _ => return Err(serde::de::Error::custom("expected a list of names")),
        };
        if list.is_empty() {
            return Ok(Self::default());
        }
        let mut known: Vec<_> = list.iter().filter_map(JsValue::as_text).filter_map(Content::parse).collect();
        known.sort_unstable_by_key(|content| *content as u8);
        known.dedup();
        Ok(Self(known))
    }
}
