//! Answers of this service family: `ac-revision` everywhere.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use trunkline_services::Services;
use trunkline_services::auth::AccountAdmin;
use trunkline_services::installations::Revision;

use crate::error::json_response;
use crate::failure::Failure;

const AC_REVISION: HeaderName = HeaderName::from_static("ac-revision");

pub(super) const NO_SUCH_APP: Failure =
    Failure::fixed(StatusCode::NOT_FOUND, "not_found", "app installation not found");
pub(super) const NO_REVISION: Failure = Failure::fixed(
    StatusCode::PRECONDITION_FAILED,
    "precondition_failed",
    "If-Match must be the number of the ac-revision header",
);
const METHOD: Failure = Failure::fixed(
    StatusCode::METHOD_NOT_ALLOWED,
    "method_not_allowed",
    "POST on an app installation needs the header X-HTTP-Method-Override: PUT",
);

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

/// The answer to a POST that overrides no method.
pub(super) async fn method_not_allowed(services: &Services, admin: &AccountAdmin) -> Response {
    let mut response = failed(services, admin, METHOD).await;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD,PUT,DELETE"));
    response
}

fn with_revision(mut response: Response, revision: Revision) -> Response {
    response.headers_mut().insert(AC_REVISION, revision.into());
    response
}
