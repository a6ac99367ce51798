//! How the operator API says no: `{"error":{"code","message","hint"}}`.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use trunkline_services::Error;
use trunkline_wire::operator::{ErrorBody, ErrorCode};

use crate::error::json_response;

/// A refused call.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: ErrorBody,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, body: ErrorBody::new(code, message) }
    }

    pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::Invalid, message)
    }

    pub(super) fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
    }

    pub(super) fn unauthorized(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized, message).hint(
            "send Authorization: Bearer with the content of operator.token in the server's data directory",
        )
    }

    pub(super) fn hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { body: self.body.hint(hint), ..self }
    }

    /// Adds a hint to refusals with this status only.
    pub(super) fn hint_at(self, status: StatusCode, hint: impl FnOnce() -> String) -> Self {
        if self.status == status { self.hint(hint()) } else { self }
    }

    fn overloaded() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Overloaded, "too much work waits")
            .hint("try again in a second")
    }

    /// A fault of ours: the log has the chain, the answer says nothing about the inside.
    pub(super) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "an operator call failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Internal,
            "the server failed; its log says why",
        )
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::not_found(format!("{what} not found")),
            Error::Invalid(message) => Self::invalid(message),
            Error::Duplicate(message) => Self::new(StatusCode::CONFLICT, ErrorCode::Conflict, message),
            Error::StaleRevision(_) => {
                Self::new(StatusCode::CONFLICT, ErrorCode::Conflict, error.to_string())
            }
            Error::Overloaded => Self::overloaded(),
            other => Self::internal(&other),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &self.body);
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
