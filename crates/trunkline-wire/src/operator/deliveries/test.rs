//! Trying an endpoint with samples.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};

use super::TEST_PATH;
use super::notification::required;
use crate::installations::WebhookEvent;
use crate::{Auth, Endpoint};

/// Sends a signed sample of each kind of notification, and one with a wrong signature to each endpoint that accepted one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestDeliveries {
    /// Where to send them, without the app's custom headers; to the app's own endpoints when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl TestDeliveries {
    /// Tries this endpoint, or the app's own.
    pub fn at(endpoint: Option<String>) -> Self {
        Self { endpoint }
    }
}

/// The endpoint's query string may be a credential.
impl fmt::Debug for TestDeliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDeliveries").finish_non_exhaustive()
    }
}

impl Endpoint for TestDeliveries {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = TEST_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = TestReport;
}

/// What the receivers did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// One per kind of notification.
    pub samples: Vec<SampleInfo>,
    /// One per endpoint.
    pub signature_checks: Vec<SignatureCheck>,
}

/// What a receiver did with a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleInfo {
    /// What kind of notification, named as in a manifest.
    #[serde(rename = "type", with = "required")]
    pub event: WebhookEvent,
    /// Where it went, without the query string; `null` when the app has no webhook of this kind and nothing was sent.
    pub endpoint: Option<String>,
    /// Answered 200 or 201 in time.
    pub accepted: bool,
    /// The status of the answer; `null` if there was none.
    pub status: Option<u16>,
    /// Milliseconds until the answer or the failure.
    pub duration_ms: u64,
    /// The first bytes of the answer's body, as text.
    pub answer: String,
    /// What went wrong, in words; `null` if nothing did.
    pub error: Option<String>,
}

/// What an endpoint did with a wrong signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureCheck {
    /// The endpoint, without its query string.
    pub endpoint: String,
    /// What that says about it.
    pub verdict: Verdict,
    /// The status of the answer; `null` if there was none.
    pub status: Option<u16>,
    /// The verdict in words, with what to do about it.
    pub message: String,
}

/// Whether a receiver checks signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// It accepts right signatures and refuses wrong ones.
    Checks,
    /// It accepted a wrong signature.
    Ignores,
    /// It refused a right one too, or did not answer.
    Unclear,
}

impl Verdict {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Ignores => "ignores",
            Self::Unclear => "unclear",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_documented_shape() {
        let report = TestReport {
            samples: vec![SampleInfo {
                event: WebhookEvent::ConversationChange,
                endpoint: Some("https://bridge.example.org/lp".to_owned()),
                accepted: true,
                status: Some(200),
                duration_ms: 12,
                answer: "OK".to_owned(),
                error: None,
            }],
            signature_checks: vec![SignatureCheck {
                endpoint: "https://bridge.example.org/lp".to_owned(),
                verdict: Verdict::Checks,
                status: Some(401),
                message: "rejects wrong signatures".to_owned(),
            }],
        };
        let text = concat!(
            r#"{"samples":[{"type":"cqm.ExConversationChangeNotification","endpoint":"https://bridge.example.org/lp","#,
            r#""accepted":true,"status":200,"duration_ms":12,"answer":"OK","error":null}],"#,
            r#""signature_checks":[{"endpoint":"https://bridge.example.org/lp","verdict":"checks","status":401,"#,
            r#""message":"rejects wrong signatures"}]}"#
        );
        assert_eq!(serde_json::to_string(&report).unwrap(), text);
        assert_eq!(serde_json::from_str::<TestReport>(text).unwrap(), report);
    }

    #[test]
    fn an_endpoint_is_not_shown_in_debug_output() {
        let shown = format!("{:?}", TestDeliveries::at(Some("https://a.example/?key=hush".to_owned())));
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn verdicts_are_spelled_alike_everywhere() {
        for verdict in [Verdict::Checks, Verdict::Ignores, Verdict::Unclear] {
            assert_eq!(serde_json::to_string(&verdict).unwrap(), format!("\"{}\"", verdict.as_str()));
        }
    }
}
