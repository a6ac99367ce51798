//! What the Send API answers when it cannot do what was asked. Source: spec 05 §6.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use trunkline_services as services;
use trunkline_services::auth::{AppJwtRefusal, ConsumerJwsRefusal, OnBehalfRefusal};
use trunkline_services::conversations::ConversationError;
use trunkline_services::files::FileError;
use trunkline_wire::conversations::envelope::{BAD_REQUEST, BadRequest, CLOSED, TextResult};
use trunkline_wire::conversations::error::SendApiError;

use crate::error::{json_response, not_found, with_retry_after};
use crate::extract::{BodyError, JsonBodyError};
use crate::rate_limit::Quota;

/// How long a client should wait when it is told to. Source: spec 09 §1.
const WAIT: std::time::Duration = std::time::Duration::from_secs(1);

/// A request that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// `v` is not 3.
    Version,
    /// A token is missing or refused; the text says which and why.
    Token(SendApiError, String),
    /// `brandId` is missing.
    MissingBrand,
    /// The app installation sent too many requests.
    Throttled(Quota),
    /// The body did not arrive.
    Body(BodyError),
    /// The request with this id cannot be understood or may not be done.
    Refused(String),
    /// The conversation of the request with this id is closed.
    Closed(String),
    /// Trouble on our side.
    Service(services::Error, String),
}

impl Failure {
    /// The failure of a request whose path names no possible account: no token can be for it.
    pub(super) fn malformed_account(app_jwt: Option<&str>, consumer_jws: Option<&str>) -> Self {
        let error = match (app_jwt, consumer_jws) {
            (None, _) => SendApiError::MissingAppJwt,
            (_, None) => SendApiError::MissingConsumerJws,
            _ => SendApiError::InvalidAppJwt,
        };
        Self::Token(error, "no token can be for the account of this path".to_owned())
    }

    pub(super) fn of_conversation(error: ConversationError, id: String) -> Self {
        match error {
            ConversationError::Closed => Self::Closed(id),
            ConversationError::Service(error) => Self::Service(error, id),
            error => {
                tracing::debug!(reason = %error, "request refused");
                Self::Refused(id)
            }
        }
    }

    pub(super) fn of_file(error: FileError, id: String) -> Self {
        match error {
            FileError::Service(error) => Self::Service(error, id),
            error => {
                tracing::debug!(reason = %error, "request refused");
                Self::Refused(id)
            }
        }
    }
}

impl From<OnBehalfRefusal> for Failure {
    fn from(refusal: OnBehalfRefusal) -> Self {
        let reason = refusal.to_string();
        let error = match refusal {
            OnBehalfRefusal::AppJwt(AppJwtRefusal::Missing) => SendApiError::MissingAppJwt,
            OnBehalfRefusal::AppJwt(AppJwtRefusal::Storage(error)) => {
                return Self::Service(error, String::new());
            }
            OnBehalfRefusal::AppJwt(AppJwtRefusal::MissingClaim(_) | AppJwtRefusal::WrongIssuer) => {
                SendApiError::MissingParameter
            }
            OnBehalfRefusal::ConsumerJws(ConsumerJwsRefusal::Missing) => SendApiError::MissingConsumerJws,
            OnBehalfRefusal::ConsumerJws(_) => SendApiError::InvalidConsumerJws,
            // Any other fault of the AppJWT.
            _ => SendApiError::InvalidAppJwt,
        };
        Self::Token(error, reason)
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<JsonBodyError> for Failure {
    fn from(_: JsonBodyError) -> Self {
        Self::Refused(String::new())
    }
}

impl From<BadRequest> for Failure {
    fn from(bad: BadRequest) -> Self {
        tracing::debug!(reason = bad.reason, "request refused");
        Self::Refused(bad.id)
    }
}

fn envelope(error: SendApiError, id: Option<String>) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json_response(status, &error.response(id))
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Version => not_found(),
            Self::Token(error, reason) => challenge(envelope(error, None), error, &reason),
            Self::MissingBrand => envelope(SendApiError::MissingParameter, None),
            Self::Throttled(quota) => (quota, envelope(SendApiError::Throttled, None)).into_response(),
            Self::Body(error) => error.into_response(),
            Self::Refused(id) => {
                json_response(StatusCode::BAD_REQUEST, &TextResult::failure(id, BAD_REQUEST))
            }
            Self::Closed(id) => json_response(StatusCode::BAD_REQUEST, &TextResult::failure(id, CLOSED)),
            Self::Service(services::Error::Overloaded, id) => {
                with_retry_after(envelope(SendApiError::Unavailable, known(id)), WAIT)
            }
            Self::Service(error, id) => {
                tracing::error!(error = &error as &dyn std::error::Error, "request failed");
                envelope(SendApiError::Internal, known(id))
            }
        }
    }
}

fn known(id: String) -> Option<String> {
    (!id.is_empty()).then_some(id)
}

/// Says which token was refused and why, where it cannot disturb a client that compares the documented body.
fn challenge(mut response: Response, error: SendApiError, reason: &str) -> Response {
    let text: String =
        reason.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect();
    // RFC 6750 §3.1: no error code for a request without a token.
    let missing = matches!(error, SendApiError::MissingAppJwt | SendApiError::MissingConsumerJws);
    let code = if missing { "" } else { "error=\"invalid_token\", " };
    let value = format!("Bearer {code}error_description=\"{text}\"");
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}
