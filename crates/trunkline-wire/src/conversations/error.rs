//! The error envelope for authentication, throttling and trouble on our side. Source: spec 05 §6.1, §6.3.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// `{"kind":"resp","code":401,"body":{"title":…,"details":…,"errorCode":40102},"type":".ReqBody$ErrorResp"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorResponse {
    /// Always `resp`.
    pub kind: Cow<'static, str>,
    /// The request's id, in answers of the 5xx kind when it is known.
    #[serde(rename = "reqId", default, skip_serializing_if = "Option::is_none")]
    pub req_id: Option<String>,
    /// The HTTP status.
    pub code: u16,
    /// What went wrong.
    pub body: ErrorBody,
    /// Always `.ReqBody$ErrorResp`.
    #[serde(rename = "type")]
    pub response_type: Cow<'static, str>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// In short.
    pub title: Cow<'static, str>,
    /// At length.
    pub details: Cow<'static, str>,
    /// HTTP status × 100 + running number; the only part clients should rely on.
    #[serde(rename = "errorCode")]
    pub error_code: u32,
}

/// The documented errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendApiError {
    /// Brand id or a mandatory claim is missing, or `iss` is not Sentinel.
    MissingParameter,
    /// The AppJWT is malformed, expired, not ours or not for this account.
    InvalidAppJwt,
    /// The ConsumerJWS is malformed, not ours or not for this account.
    InvalidConsumerJws,
    /// No `X-LP-ON-BEHALF`.
    MissingConsumerJws,
    /// No `Authorization`.
    MissingAppJwt,
    /// Too many requests.
    Throttled,
    /// A fault on our side.
    Internal,
    /// The store cannot take the request now.
    Unavailable,
}

impl SendApiError {
    /// Every documented error.
    pub const ALL: [Self; 8] = [
        Self::MissingParameter,
        Self::InvalidAppJwt,
        Self::InvalidConsumerJws,
        Self::MissingConsumerJws,
        Self::MissingAppJwt,
        Self::Throttled,
        Self::Internal,
        Self::Unavailable,
    ];

    const fn parts(self) -> (u32, &'static str, &'static str) {
        match self {
            Self::MissingParameter => (40001, "Missing parameter", "Brand Id is missing"),
            Self::InvalidAppJwt => (40102, "Invalid AppJWT", "AppJWT has expired or is invalid"),
            Self::InvalidConsumerJws => (40103, "Invalid ConsumerJWS", "ConsumerJWS is invalid"),
            Self::MissingConsumerJws => {
                (40104, "ConsumerJWS is missing", "X_ON_BEHALF_HEADER is not present")
            }
            Self::MissingAppJwt => (40105, "AppJWT is missing", "AUTHORIZATION header is not present"),
            Self::Throttled => {
                (42901, "Too many requests", "The request limit is reached, wait at least one second")
            }
            Self::Internal => (50001, "Internal error", "The request could not be completed"),
            Self::Unavailable => (50301, "Service unavailable", "The request was not carried out, try again"),
        }
    }

    /// The HTTP status: the first three digits of the error code.
    pub const fn status(self) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "error codes have five digits")]
        let status = (self.parts().0 / 100) as u16;
        status
    }

    /// The answer's body.
    pub fn response(self, req_id: Option<String>) -> ErrorResponse {
        let (error_code, title, details) = self.parts();
        ErrorResponse {
            kind: "resp".into(),
            req_id,
            code: self.status(),
            body: ErrorBody { title: title.into(), details: details.into(), error_code },
            response_type: ".ReqBody$ErrorResp".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_is_reproduced() {
        assert_eq!(
            serde_json::to_string(&SendApiError::InvalidAppJwt.response(None)).unwrap(),
            r#"{"kind":"resp","code":401,"body":{"title":"Invalid AppJWT","details":"AppJWT has expired or is invalid","errorCode":40102},"type":".ReqBody$ErrorResp"}"#
        );
    }

    #[test]
    fn codes_are_the_status_times_a_hundred_and_a_number() {
        for error in SendApiError::ALL {
            let response = error.response(None);
            assert_eq!(u32::from(response.code), response.body.error_code / 100);
        }
    }
}
