//! Refusals of this family: `{"error":"…","message":"…"}`, like those of the other routes that take a bearer.

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
pub(super) struct Failure {
    status: StatusCode,
    error: &'static str,
    message: Cow<'static, str>,
}

impl Failure {
    pub(super) const NO_CONVERSATION: Self =
        Self::fixed(StatusCode::BAD_REQUEST, "bad_request", "conversationId is required");
    pub(super) const NO_OBJECT: Self =
        Self::fixed(StatusCode::BAD_REQUEST, "bad_request", "the request body must be a JSON object");
    pub(super) const NO_ACCOUNT: Self =
        Self::fixed(StatusCode::NOT_FOUND, "not_found", "there is no such account");
    const UNAVAILABLE: Self =
        Self::fixed(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "too many requests wait; retry later");
    const INTERNAL: Self =
        Self::fixed(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the request could not be served");

    const fn fixed(status: StatusCode, error: &'static str, message: &'static str) -> Self {
        Self { status, error, message: Cow::Borrowed(message) }
    }

    pub(super) fn bad_request(message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "bad_request", message: message.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(text) => Self::bad_request(text),
            Error::Overloaded => Self::UNAVAILABLE,
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "a request for history failed");
                Self::INTERNAL
            }
        }
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
