//! How each family says no.

use serde_json::json;
use trunkline_testkit::Answer;

/// The documented answer to a bad credential.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// App installations: the status. Source: spec 02 §4.
    Configuration(u16),
    /// Sentinel: the status and `error`. Source: spec 03 §6.
    OAuth(u16, &'static str),
    /// IDP: the status and `internalErrorCode`. Source: spec 04 §5.
    Consumer(u16, u32),
    /// The Send API: `errorCode`. Source: spec 05 §6.1.
    SendApi(u32),
    /// Login, refresh, logout: the status and `internalCode`. Source: spec 20 §3.3.
    Login(u16, u32),
    /// The operator API.
    Operator,
    /// The common form: the status.
    Common(u16),
    /// An answer without a body: the status.
    Head(u16),
}

impl Refusal {
    pub(super) fn check(self, answer: &Answer, what: &str) {
        let what = format!("{what}: {answer:?}");
        if let Self::Head(status) = self {
            assert_eq!((answer.status, answer.text.as_str()), (status, ""), "{what}");
            return;
        }
        let body = answer.json();
        assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
        assert!(answer.header("set-cookie").is_none(), "{what}");
        match self {
            Self::Configuration(status) => {
                let word = if status == 403 { "forbidden" } else { "unauthorized" };
                assert_eq!((answer.status, &body["error"]), (status, &json!(word)), "{what}");
                assert!(body["message"].is_string() && members(&body) == 2, "{what}");
                assert!(answer.header("ac-revision").is_none(), "{what}");
            }
            Self::OAuth(status, error) => {
                assert_eq!((answer.status, &body["error"]), (status, &json!(error)), "{what}");
                let description = body["error_description"].as_str().unwrap();
                let allowed = |c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
                assert!(members(&body) == 2 && description.chars().all(allowed), "{what}");
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
                assert_eq!(answer.header("pragma"), Some("no-cache"), "{what}");
            }
            Self::Consumer(status, code) => {
                assert_eq!((answer.status, &body["internalErrorCode"]), (status, &json!(code)), "{what}");
                assert!(body["message"].is_string() && members(&body) == 2, "{what}");
            }
            Self::SendApi(code) => {
                let (title, details) = send_api_text(code);
                let expected = json!({"kind": "resp", "code": code / 100,
                    "body": {"title": title, "details": details, "errorCode": code}, "type": ".ReqBody$ErrorResp"});
                assert_eq!((u32::from(answer.status), body), (code / 100, expected), "{what}");
            }
            Self::Login(status, code) => {
                let error = &body["error"];
                assert_eq!((answer.status, &error["internalCode"]), (status, &json!(code)), "{what}");
                assert!(error["time"].is_string() && error["message"].is_string(), "{what}");
                let words = error["responseStatus"].as_str().unwrap();
                assert!(
                    !words.is_empty() && words.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
                    "{what}"
                );
                assert!(members(&body) == 1 && members(error) == 4, "{what}");
            }
            Self::Common(status) => {
                let error = &body["error"];
                assert_eq!((answer.status, &error["status"]), (status, &json!(status)), "{what}");
                assert!(error["message"].is_string() && members(&body) == 1 && members(error) == 2, "{what}");
            }
            Self::Head(_) => unreachable!("it has no body"),
            Self::Operator => {
                let error = &body["error"];
                assert_eq!((answer.status, &error["code"]), (401, &json!("unauthorized")), "{what}");
                assert!(error["message"].is_string() && error["hint"].is_string(), "{what}");
            }
        }
    }
}

fn members(value: &serde_json::Value) -> usize {
    value.as_object().map_or(0, serde_json::Map::len)
}

/// The table of spec 05 §6.1, word for word.
fn send_api_text(code: u32) -> (&'static str, &'static str) {
    match code {
        40_001 => ("Missing parameter", "Brand Id is missing"),
        40_102 => ("Invalid AppJWT", "AppJWT has expired or is invalid"),
        40_103 => ("Invalid ConsumerJWS", "ConsumerJWS is invalid"),
        40_104 => ("ConsumerJWS is missing", "X_ON_BEHALF_HEADER is not present"),
        40_105 => ("AppJWT is missing", "AUTHORIZATION header is not present"),
        other => panic!("{other} is not documented"),
    }
}
