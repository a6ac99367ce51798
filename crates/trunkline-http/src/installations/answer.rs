//! Answers of this service family: `ac-revision` everywhere, errors as `{"error":"…","message":"…"}`.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header};
use serde::Serialize;
use trunkline_services::auth::{AccountAdmin, BearerRefusal};
use trunkline_services::installations::Revision;
use trunkline_services::{Error, Services};

use crate::error::{json_response, with_retry_after};
use crate::extract::{BodyError, JsonBodyError};

const AC_REVISION: HeaderName = HeaderName::from_static("ac-revision");

/// A successful answer.
pub(super) fn answer(status: StatusCode, revision: Revision, body: &impl Serialize) -> Response {
    with_revision(json_response(status, body), revision)
}

/// A successful answer without a body.
pub(super) fn empty(revision: Revision) -> Response {
    with_revision(StatusCode::NO_CONTENT.into_response(), revision)
}

/// The answer to an authenticated caller who is refused.
pub(super) async fn failed(services: &Services, admin: &AccountAdmin, failure: Failure) -> Response {
    let response = failure.into_response();
    if response.status().is_server_error() {
        return response;
    }
    match services.installations.revision(admin).await {
        Ok(revision) => with_revision(response, revision),
        Err(_) => response,
    }
}

fn with_revision(mut response: Response, revision: Revision) -> Response {
    response.headers_mut().insert(AC_REVISION, revision.into());
    response
}

/// A refusal of this family. The message is safe to show.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    error: &'static str,
    message: Cow<'static, str>,
}

impl Failure {
    pub(super) const NO_SUCH_APP: Self =
        Self::fixed(StatusCode::NOT_FOUND, "not_found", "app installation not found");
    pub(super) const NO_REVISION: Self = Self::fixed(
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        "If-Match must be the number of the ac-revision header",
    );
    pub(super) const METHOD: Self = Self::fixed(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "POST on an app installation needs the header X-HTTP-Method-Override: PUT",
    );
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
        let message = error.to_string();
        let (status, word) = match error {
            Error::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            Error::Invalid(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Error::Duplicate(_) => (StatusCode::CONFLICT, "conflict"),
            Error::StaleRevision(_) => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            Error::Overloaded => return Self::UNAVAILABLE,
            error => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an app installation request failed"
                );
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

        let mut response = json_response(self.status, &Body { error: self.error, message: &self.message });
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => {
                let allow = header::HeaderValue::from_static("GET,HEAD,PUT,DELETE");
                response.headers_mut().insert(header::ALLOW, allow);
                response
            }
            StatusCode::SERVICE_UNAVAILABLE => with_retry_after(response, Duration::from_secs(1)),
            _ => response,
        }
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
