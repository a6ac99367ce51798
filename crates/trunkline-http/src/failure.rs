//! Refusals of routes that take a user's bearer: `{"error":"…","message":"…"}`. Source: specs 02 and 08.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use trunkline_services::Error;
use trunkline_services::auth::BearerRefusal;

use crate::error::{json_response, with_retry_after};
use crate::extract::{BodyError, JsonBodyError};

/// A refusal. The message is safe to show.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    error: &'static str,
    message: Cow<'static, str>,
}

impl Failure {
    const UNAVAILABLE: Self =
        Self::fixed(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "too many requests wait; retry later");
    const INTERNAL: Self =
        Self::fixed(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the request could not be served");

    /// A refusal that is always the same.
    pub(crate) const fn fixed(status: StatusCode, error: &'static str, message: &'static str) -> Self {
        Self { status, error, message: Cow::Borrowed(message) }
    }

    /// 400: what is wrong with the request.
    pub(crate) fn bad_request(message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "bad_request", message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (status, word) = match error {
            Error::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Error::Invalid(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Error::Duplicate(_) => (StatusCode::CONFLICT, "conflict"),
            Error::StaleRevision(_) => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            Error::Overloaded => return Self::UNAVAILABLE,
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "a request could not be served");
                return Self::INTERNAL;
            }
        };
        Self { status, error: word, message: message.into() }
    }
}

impl From<BearerRefusal> for Failure {
    fn from(refusal: BearerRefusal) -> Self {
        let message = refusal.to_string();
        let (status, error) = match refusal {
            BearerRefusal::Storage(error) => return error.into(),
            BearerRefusal::WrongAccount | BearerRefusal::Role => (StatusCode::FORBIDDEN, "forbidden"),
            _ => (StatusCode::UNAUTHORIZED, "unauthorized"),
        };
        Self { status, error, message: message.into() }
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        let word = match error {
            BodyError::TooLarge => "too_large",
            BodyError::TimedOut | BodyError::Disconnected => "bad_request",
        };
        Self { status: error.status(), error: word, message: error.to_string().into() }
    }
}

impl From<JsonBodyError> for Failure {
    fn from(error: JsonBodyError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
            message: &'a str,
        }

        let response = json_response(self.status, &Body { error: self.error, message: &self.message });
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            return with_retry_after(response, Duration::from_secs(1));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_too_large_has_its_own_word() {
        let failure = Failure::from(BodyError::TooLarge);
        assert_eq!((failure.status, failure.error), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
}
