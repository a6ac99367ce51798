//! Bodies of the searches. Source: spec 08 §1, §3. Unknown members are ignored, ids and times may be text or numbers, one
//! element stands for a list of one.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Contents, Loose};
use crate::OneOrMany;
use crate::json::JsValue;

/// Asks for conversations by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationSearch {
    /// One conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<Loose>,
    /// Several, at most [`Self::MOST`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_ids: Option<OneOrMany<Loose>>,
    /// The wanted parts.
    #[serde(default)]
    pub content_to_retrieve: Contents,
}

impl ConversationSearch {
    /// The most conversations of one request. Source: spec 08 §1.
    pub const MOST: usize = 100;
}

/// Asks for the conversations that were started in a range.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSearch {
    /// The range; required, its ends are part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Span>,
    /// `OPEN`, `CLOSE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OneOrMany<Loose>>,
    /// Only those that had one of these skills at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_ids: Option<OneOrMany<Loose>>,
    /// Only those whose skill is one of these now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_skill_ids: Option<OneOrMany<Loose>>,
    /// Only those in which one of these users took part, by any form of their id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_ids: Option<OneOrMany<Loose>>,
    /// Only those that one of these users answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_agent_ids: Option<OneOrMany<Loose>>,
    /// Only those with a message in which this occurs, whatever the case of letters; quotation marks around it are no part
    /// of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<Loose>,
    /// Only those of one of these sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<OneOrMany<Loose>>,
    /// The wanted parts.
    #[serde(default)]
    pub content_to_retrieve: Contents,
}

/// A range of times, ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Loose>,
    /// Milliseconds; −1 means now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Loose>,
}

/// Only an object: what serde derives takes a list for the members in their order, too.
impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let JsValue::Object(mut members) = JsValue::deserialize(deserializer)? else {
            return Err(D::Error::custom("expected an object"));
        };
        let mut time = |name| match members.take(name) {
            None | Some(JsValue::Null) => Ok(None),
            Some(value) => Loose::try_from(value).map(Some).map_err(D::Error::custom),
        };
        Ok(Self { from: time("from")?, to: time("to")? })
    }
}

/// Asks for the conversations of a consumer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerSearch {
    /// The consumer's id as participant; required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<Loose>,
    /// `OPEN`, `CLOSE`; both without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OneOrMany<Loose>>,
    /// The wanted parts.
    #[serde(default)]
    pub content_to_retrieve: Contents,
}
