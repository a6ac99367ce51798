//! `/operator/v1/accounts/{account}/consumers/erase`: everything of one consumer.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{Auth, ConsumerId, Endpoint, ExternalConsumerId};

/// Where a consumer is erased. Who it is stands in the body: paths are written into logs.
pub const ERASE_PATH: &str = "/operator/v1/accounts/{account}/consumers/erase";

/// Erases a consumer, who is named in exactly one way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EraseConsumer {
    /// The connector's name for the consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalConsumerId>,
    /// The platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_id: Option<ConsumerId>,
}

/// What went. What had gone before is not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErasedInfo {
    /// Who: the platform's name, also for one that was named by the connector's.
    pub consumer_id: ConsumerId,
    /// Conversations.
    pub conversations: u64,
    /// Their log entries.
    pub entries: u64,
    /// Files.
    pub files: u64,
    /// Whether there was a profile.
    pub profile: bool,
}

impl EraseConsumer {
    /// By the connector's name.
    pub fn by_external_id(id: ExternalConsumerId) -> Self {
        Self { external_id: Some(id), consumer_id: None }
    }

    /// By the platform's name.
    pub fn by_consumer_id(id: ConsumerId) -> Self {
        Self { external_id: None, consumer_id: Some(id) }
    }
}

impl ErasedInfo {
    /// What went of a consumer.
    pub fn new(consumer_id: ConsumerId, conversations: u64, entries: u64, files: u64, profile: bool) -> Self {
        Self { consumer_id, conversations, entries, files, profile }
    }
}

impl Endpoint for EraseConsumer {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = ERASE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = ErasedInfo;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_answers_have_the_documented_shape() {
        let request = EraseConsumer::by_external_id(ExternalConsumerId::parse("crm-1").unwrap());
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"external_id":"crm-1"}"#);
        let id = ConsumerId::from_bytes([7; 32]);
        let text = serde_json::to_string(&EraseConsumer::by_consumer_id(id)).unwrap();
        assert_eq!(text, format!(r#"{{"consumer_id":"{id}"}}"#));
        let text = serde_json::to_string(&ErasedInfo::new(id, 2, 17, 1, true)).unwrap();
        let rest = r#""conversations":2,"entries":17,"files":1,"profile":true}"#;
        assert_eq!(text, format!(r#"{{"consumer_id":"{id}",{rest}"#));
    }
}
