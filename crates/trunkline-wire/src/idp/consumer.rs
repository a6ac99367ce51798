//! `POST /api/account/{account}/consumer`: the connector's own consumer id for a ConsumerJWS. Source: spec 04.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Auth, ConsumerId, Endpoint, ExternalConsumerId};

/// The path.
pub const CONSUMER_PATH: &str = "/api/account/{account}/consumer";

/// Names a consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsumerRequest {
    /// The connector's name for the consumer.
    pub ext_consumer_id: ExternalConsumerId,
}

impl ConsumerRequest {
    /// Names this consumer.
    pub fn new(ext_consumer_id: ExternalConsumerId) -> Self {
        Self { ext_consumer_id }
    }
}

impl Endpoint for ConsumerRequest {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = CONSUMER_PATH;
    const AUTH: Auth = Auth::AppJwt;
    type Response = ConsumerResponse;
}

/// The ConsumerJWS. Answered with 201, for known consumers too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsumerResponse {
    /// The token.
    pub token: String,
}

impl ConsumerResponse {
    /// Wraps a token.
    pub fn new(token: String) -> Self {
        Self { token }
    }
}

impl fmt::Debug for ConsumerResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsumerResponse(…)")
    }
}

/// The claims of a ConsumerJWS, in the order of the sample; it has no end. Source: spec 04 §3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::struct_field_names, reason = "the names are the contract")]
pub struct ConsumerJwsClaims {
    /// The account.
    pub account_id: AccountId,
    /// The connector's name for the consumer.
    pub ext_consumer_id: ExternalConsumerId,
    /// The platform's name for the consumer.
    pub lp_consumer_id: ConsumerId,
}

impl ConsumerJwsClaims {
    /// The claims of one consumer.
    pub fn new(
        account_id: AccountId,
        ext_consumer_id: ExternalConsumerId,
        lp_consumer_id: ConsumerId,
    ) -> Self {
        Self { account_id, ext_consumer_id, lp_consumer_id }
    }
}

/// The body of a refusal. Source: spec 04 §5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConsumerError {
    /// HTTP status × 100 + a running number, numbered like the Send API's codes where those exist (spec 05 §6.1).
    #[serde(rename = "internalErrorCode")]
    pub internal_error_code: u32,
    /// The reason in words.
    pub message: String,
}

impl ConsumerError {
    /// A refusal.
    pub fn new(internal_error_code: u32, message: String) -> Self {
        Self { internal_error_code, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_those_of_the_spec() {
        let request: ConsumerRequest =
            serde_json::from_str(r#"{"ext_consumer_id":"crm-4711","x":1}"#).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"ext_consumer_id":"crm-4711"}"#);
        assert_eq!(
            serde_json::to_string(&ConsumerResponse::new("a.b.c".to_owned())).unwrap(),
            r#"{"token":"a.b.c"}"#
        );
        assert_eq!(
            serde_json::to_string(&ConsumerError::new(40_102, "m".to_owned())).unwrap(),
            r#"{"internalErrorCode":40102,"message":"m"}"#
        );
    }
}
