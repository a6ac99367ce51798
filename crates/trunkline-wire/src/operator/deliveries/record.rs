//! One attempt to deliver an event.

use serde::{Deserialize, Serialize};

use super::notification::required;
use crate::installations::WebhookEvent;
use crate::{ConversationId, DeliveryId, EpochMillis};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// 200 or 201 in time.
    Delivered,
    /// It failed; there will be another attempt.
    Failed,
    /// It failed; there will be none.
    Dropped,
    /// The event was too old for an attempt.
    Expired,
}

impl Outcome {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
        }
    }
}

/// One attempt to deliver an event, or the decision not to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryInfo {
    /// Grows with time; unique inside an app.
    pub id: DeliveryId,
    /// When the attempt began.
    pub at: EpochMillis,
    /// What kind of notification, named as in a manifest.
    #[serde(rename = "type", with = "required")]
    pub event: WebhookEvent,
    /// The conversation.
    pub conversation: ConversationId,
    /// The entry of the conversation's log; for a chat state, the one it followed.
    pub version: u64,
    /// Where it went: the URL without its query string, which may be a credential.
    pub endpoint: String,
    /// 1 for the first attempt; 0 when none was made.
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of the answer; `null` if there was none.
    pub status: Option<u16>,
    /// Milliseconds from the beginning of the attempt to its end.
    pub duration_ms: u64,
    /// The first bytes of the answer's body, as text.
    pub answer: String,
    /// What went wrong, in words; `null` if nothing did.
    pub error: Option<String>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const TEXT: &str = concat!(
        r#"{"id":"7","at":1700000020456,"type":"ms.MessagingEventNotification.ContentEvent","#,
        r#""conversation":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","version":3,"#,
        r#""endpoint":"https://bridge.example.org/lp","attempt":2,"outcome":"failed","status":500,"#,
        r#""duration_ms":41,"answer":"oops","error":"answered 500"}"#
    );

    pub(in super::super) fn record() -> DeliveryInfo {
        DeliveryInfo {
            id: DeliveryId::from_number(7),
            at: EpochMillis(1_700_000_020_456),
            event: WebhookEvent::Content,
            conversation: ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap(),
            version: 3,
            endpoint: "https://bridge.example.org/lp".to_owned(),
            attempt: 2,
            outcome: Outcome::Failed,
            status: Some(500),
            duration_ms: 41,
            answer: "oops".to_owned(),
            error: Some("answered 500".to_owned()),
        }
    }

    #[test]
    fn a_record_has_the_documented_shape() {
        assert_eq!(serde_json::to_string(&record()).unwrap(), TEXT);
        assert_eq!(serde_json::from_str::<DeliveryInfo>(TEXT).unwrap(), record());
    }

    #[test]
    fn what_is_not_known_is_null() {
        let silent = DeliveryInfo { status: None, error: None, ..record() };
        let text = serde_json::to_string(&silent).unwrap();
        assert!(text.contains(r#""status":null"#) && text.ends_with(r#""error":null}"#), "{text}");
        assert_eq!(serde_json::from_str::<DeliveryInfo>(&text).unwrap(), silent);
    }

    #[test]
    fn outcomes_are_spelled_alike_everywhere() {
        for outcome in [Outcome::Delivered, Outcome::Failed, Outcome::Dropped, Outcome::Expired] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{}\"", outcome.as_str()));
        }
    }
}
