//! Delivering once more.

use http::Method;
use serde::{Deserialize, Serialize};

use super::REPLAY_PATH;
use crate::operator::Done;
use crate::{Auth, ConversationId, DeliveryId, Endpoint, EpochMillis};

/// Delivers something once more; 202 when that is durable. Exactly one of `delivery`, `conversation`, `since` and `outage`
/// says what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReplayDeliveries {
    /// The event of this delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryId>,
    /// The events of this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// With `conversation`: from this version on; from the first when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Everything that was decided at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<EpochMillis>,
    /// `true`: everything between the first and the last event that was given up since the last replay of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<bool>,
}

impl ReplayDeliveries {
    /// The event of one delivery.
    pub fn delivery(id: DeliveryId) -> Self {
        Self { delivery: Some(id), ..Self::default() }
    }

    /// A conversation, from a version on.
    pub fn conversation(id: ConversationId, from: Option<u64>) -> Self {
        Self { conversation: Some(id), from, ..Self::default() }
    }

    /// Everything since a moment.
    pub fn since(at: EpochMillis) -> Self {
        Self { since: Some(at), ..Self::default() }
    }

    /// What was given up.
    pub fn outage() -> Self {
        Self { outage: Some(true), ..Self::default() }
    }
}

impl Endpoint for ReplayDeliveries {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = REPLAY_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_documented_shape() {
        let conversation = ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap();
        for (request, text) in [
            (ReplayDeliveries::delivery(DeliveryId::from_number(7)), r#"{"delivery":"7"}"#),
            (
                ReplayDeliveries::conversation(conversation, None),
                r#"{"conversation":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57"}"#,
            ),
            (
                ReplayDeliveries::conversation(conversation, Some(3)),
                r#"{"conversation":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","from":3}"#,
            ),
            (ReplayDeliveries::since(EpochMillis(1_700_000_000_000)), r#"{"since":1700000000000}"#),
            (ReplayDeliveries::outage(), r#"{"outage":true}"#),
        ] {
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
            assert_eq!(serde_json::from_str::<ReplayDeliveries>(text).unwrap(), request);
        }
    }
}
