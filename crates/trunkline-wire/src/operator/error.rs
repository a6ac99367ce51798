//! How the operator API says no.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The body of every answer that is not a success: `{"error":{"code":…,"message":…,"hint":…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// For programs; stable.
    pub code: ErrorCode,
    /// For people; may change.
    pub message: Cow<'static, str>,
    /// What to do about it, where we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
}

/// The kinds of refusal. Each belongs to one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// 400: the request breaks a rule that the message names.
    Invalid,
    /// 401: the operator token is missing or wrong.
    Unauthorized,
    /// 404: what the path names does not exist.
    NotFound,
    /// 405: the path exists and does not take the method.
    MethodNotAllowed,
    /// 409: something unique is taken, or what is named is not in the state for it.
    Conflict,
    /// 413: the body is too large.
    TooLarge,
    /// 408: the body did not arrive in time.
    Timeout,
    /// 429 or 503: too much work waits; try again.
    Overloaded,
    /// 500: a fault of the server; its log says more.
    Internal,
    /// A code this version does not know.
    #[serde(other)]
    Other,
}

impl ErrorBody {
    /// A refusal without advice.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { error: ErrorDetail { code, message: message.into(), hint: None } }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.error.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_the_documented_shape() {
        let body = ErrorBody::new(ErrorCode::NotFound, "account 7 not found").hint("create it first");
        let text =
            r#"{"error":{"code":"not_found","message":"account 7 not found","hint":"create it first"}}"#;
        assert_eq!(serde_json::to_string(&body).unwrap(), text);
        assert_eq!(serde_json::from_str::<ErrorBody>(text).unwrap(), body);
    }

    #[test]
    fn codes_of_later_versions_are_read() {
        let body: ErrorBody =
            serde_json::from_str(r#"{"error":{"code":"brand_new","message":"x"}}"#).unwrap();
        assert_eq!(body.error.code, ErrorCode::Other);
    }
}
