//! Why no AppJWT was issued.

use trunkline_wire::sentinel::{ParameterError, TokenErrorCode};

use crate::Error;

/// Why no AppJWT was issued. Texts are safe to show: they repeat none of the input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// The parameters cannot be read.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// A parameter is missing.
    #[error("parameter {0} is missing")]
    Missing(&'static str),
    /// `v` is not 1.0.
    #[error("parameter v must be 1.0")]
    Version,
    /// `grant_type` is not `client_credentials`.
    #[error("the only grant type is client_credentials")]
    UnsupportedGrant,
    /// No live app of this account has this id and secret.
    #[error("unknown client, wrong secret, or the app installation is not enabled in this account")]
    Client,
    /// The app's `grant_types` lack `client_credentials`.
    #[error("the app installation does not list client_credentials in its grant_types")]
    GrantNotAllowed,
    /// The app does not hold a scope that was asked for.
    #[error("the app installation does not hold every requested scope")]
    Scope,
    /// Trouble on our side.
    #[error("the token could not be issued")]
    Service(#[from] Error),
}

impl TokenRefusal {
    /// The reason as OAuth spells it. Source: spec 03 §6.
    pub fn code(&self) -> TokenErrorCode {
        match self {
            Self::Parameters(_) | Self::Missing(_) | Self::Version => TokenErrorCode::InvalidRequest,
            Self::UnsupportedGrant => TokenErrorCode::UnsupportedGrantType,
            Self::Client => TokenErrorCode::InvalidClient,
            Self::GrantNotAllowed => TokenErrorCode::UnauthorizedClient,
            Self::Scope => TokenErrorCode::InvalidScope,
            Self::Service(Error::Overloaded) => TokenErrorCode::TemporarilyUnavailable,
            Self::Service(_) => TokenErrorCode::ServerError,
        }
    }
}
