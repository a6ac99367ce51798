//! Why no socket is opened. Clients look at the status only: 401 makes bots sign in again. Source: spec 21 §1.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use trunkline_services::Error;
use trunkline_services::auth::BearerRefusal;

use crate::error::{error_response, internal_error, unavailable};
use crate::socket::HandshakeRefusal;

/// When to try again: bots come back with growing pauses anyway.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a request was refused.
pub(super) enum Refusal {
    Bearer(BearerRefusal),
    Version,
    Handshake(HandshakeRefusal),
    Service(Error),
}

impl From<HandshakeRefusal> for Refusal {
    fn from(refusal: HandshakeRefusal) -> Self {
        Self::Handshake(refusal)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

impl Refusal {
    pub(super) fn answer(self) -> Response {
        match self {
            Self::Bearer(BearerRefusal::Storage(error)) | Self::Service(error) => trouble(&error),
            // One text for all: which account a bearer belongs to is nobody's business.
            Self::Bearer(_) => {
                error_response(StatusCode::UNAUTHORIZED, "the bearer is unknown or has expired")
            }
            Self::Version => error_response(StatusCode::BAD_REQUEST, "parameter v must be 2, 2.0 or 2.1"),
            Self::Handshake(refusal) => refusal.answer(),
        }
    }
}

fn trouble(error: &Error) -> Response {
    if matches!(error, Error::Overloaded) {
        return unavailable(RETRY_AFTER);
    }
    tracing::error!(error = error as &dyn std::error::Error, "an agent's socket cannot be opened");
    internal_error()
}
