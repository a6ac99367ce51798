//! Bodies and queries of operator calls.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;
use trunkline_services::Services;
use trunkline_wire::operator::ErrorCode;

use super::refusal::Refusal;
use crate::extract::{Body, BodyError, JsonBodyError};

/// A body within the limits.
pub(super) struct Whole(pub(super) Body);

impl FromRequest<Arc<Services>> for Whole {
    type Rejection = Refusal;

    async fn from_request(request: Request, services: &Arc<Services>) -> Result<Self, Refusal> {
        let code = |error| match error {
            BodyError::TooLarge => ErrorCode::TooLarge,
            BodyError::TimedOut => ErrorCode::Timeout,
            BodyError::Disconnected => ErrorCode::Invalid,
        };
        let body = Body::from_request(request, services).await;
        body.map(Self).map_err(|error| Refusal::new(error.status(), code(error), error.to_string()))
    }
}

/// A parsed JSON body. An absent one reads as `{}`.
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Services>> for Input<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, services: &Arc<Services>) -> Result<Self, Refusal> {
        let Whole(body) = Whole::from_request(request, services).await?;
        if body.is_empty() {
            return serde_json::from_str("{}").map(Self).map_err(not_as_documented);
        }
        // serde would take a list for the members in their order.
        if body.bytes().trim_ascii_start().starts_with(b"[") {
            return Err(Refusal::invalid("the body is not as documented: it must be an object"));
        }
        body.json().map(Self).map_err(|error| match error {
            JsonBodyError::Json(error) => not_as_documented(error),
            other => Refusal::invalid(other.to_string()),
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn not_as_documented(error: serde_json::Error) -> Refusal {
    Refusal::invalid(format!("the body is not as documented: {error}"))
}

/// The `limit` of a query: anything but zero.
pub(super) fn check_limit(limit: Option<usize>) -> Result<(), Refusal> {
    match limit {
        Some(0) => Err(Refusal::invalid("limit must be at least 1")),
        _ => Ok(()),
    }
}

/// A parsed query.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| Refusal::invalid(format!("the query is not as documented: {error}")))
    }
}
