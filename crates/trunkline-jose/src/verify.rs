//! Compact JWS, verified: RS256 only, by a key that is chosen by its name *and* its purpose.

use std::sync::LazyLock;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::de::DeserializeOwned;
use trunkline_wire::sentinel::Jwk;

use crate::rsa::PublicKey;

/// Longer tokens are refused unread. Ours have less than 2 KiB.
pub(crate) const MAX_TOKEN_LEN: usize = 8 * 1024;

/// Public keys with their names, each for one purpose `P`.
#[derive(Debug, Clone)]
pub struct VerifyingKeys<P> {
    keys: Vec<VerifyingKey<P>>,
}

#[derive(Debug, Clone)]
struct VerifyingKey<P> {
    kid: String,
    purpose: P,
    public: PublicKey,
    decoding: DecodingKey,
}

/// Why a token does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not three segments of base64url with JSON in them, or claims of other types than expected.
    #[error("the token is malformed")]
    Malformed,
    /// `alg` is not RS256.
    #[error("the token is not signed with RS256")]
    WrongAlgorithm,
    /// `kid` is absent or names no key.
    #[error("the token names no known key")]
    UnknownKey,
    /// `kid` names a key that signs tokens of another kind.
    #[error("the token was signed for another purpose")]
    WrongPurpose,
    /// The signature is not of that key.
    #[error("the token's signature is wrong")]
    BadSignature,
}

/// Only the signature is checked here: times and audiences are judged by the caller, who has a clock and knows the path.
pub(crate) static VALIDATION: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
});

impl<P> Default for VerifyingKeys<P> {
    fn default() -> Self {
        Self { keys: Vec::new() }
    }
}

impl<P: Copy + PartialEq> VerifyingKeys<P> {
    /// Adds a key.
    pub fn add(&mut self, kid: String, purpose: P, public: PublicKey) {
        let decoding =
            DecodingKey::from_rsa_components(&public.n, &public.e).expect("we wrote these numbers");
        self.keys.push(VerifyingKey { kid, purpose, public, decoding });
    }

    /// Checks a token's signature and reads its claims and the name of its key.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str, purpose: P) -> Result<(C, &str), VerifyError> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(VerifyError::Malformed);
        }
        let header = decode_header(token).map_err(|error| verdict(&error))?;
        if header.alg != Algorithm::RS256 {
            return Err(VerifyError::WrongAlgorithm);
        }
        // Extensions we would have to understand (RFC 7515 §4.1.11): we understand none.
        if header.crit.is_some() {
            return Err(VerifyError::Malformed);
        }
        let kid = header.kid.ok_or(VerifyError::UnknownKey)?;
        let key = self.keys.iter().find(|key| key.kid == kid).ok_or(VerifyError::UnknownKey)?;
        if key.purpose != purpose {
            return Err(VerifyError::WrongPurpose);
        }
        let data = decode(token, &key.decoding, &VALIDATION).map_err(|error| verdict(&error))?;
        Ok((data.claims, &key.kid))
    }

    /// The JWKS entries of the keys that `publish` accepts by name.
    pub fn jwks(&self, mut publish: impl FnMut(&str) -> bool) -> Vec<Jwk> {
        self.keys.iter().filter(|key| publish(&key.kid)).map(|key| key.public.jwk(&key.kid)).collect()
    }
}

pub(crate) fn verdict(error: &jsonwebtoken::errors::Error) -> VerifyError {
    match error.kind() {
        ErrorKind::InvalidSignature => VerifyError::BadSignature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            VerifyError::WrongAlgorithm
        }
        _ => VerifyError::Malformed,
    }
}

#[cfg(test)]
mod tests;
