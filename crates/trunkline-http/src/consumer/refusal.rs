//! Why no socket is opened at all. What is wrong with a token is said by the close code instead.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use trunkline_services::Error;

use crate::error::{error_response, internal_error, unavailable};
use crate::socket::HandshakeRefusal;

/// When to try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a request was refused.
pub(super) enum Refusal {
    Account,
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
            Self::Account => error_response(StatusCode::BAD_REQUEST, "the path holds no account id"),
            Self::Version => error_response(StatusCode::BAD_REQUEST, "parameter v must be 3"),
            Self::Handshake(refusal) => refusal.answer(),
            Self::Service(Error::Overloaded) => unavailable(RETRY_AFTER),
            Self::Service(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a consumer's socket cannot be opened"
                );
                internal_error()
            }
        }
    }
}
