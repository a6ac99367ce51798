//! Sentinel: application tokens and the public keys of every token. Source: spec 03.

pub(crate) mod civil;
mod claims;
mod error;
mod jwks;
mod parameters;
mod token;

pub use civil::day_of;
pub use claims::{AppJwtClaims, SCOPE_CONSUMER};
pub use error::{TokenError, TokenErrorCode};
pub use jwks::{JWKS_PATH, Jwk, JwkSet};
pub use parameters::ParameterError;
pub use token::{GRANT_CLIENT_CREDENTIALS, TOKEN_PATH_V1, TOKEN_PATH_V2, TokenRequest, TokenResponse};
