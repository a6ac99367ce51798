//! Compact JWS, signed.
//!
//! Own code, because the header must be `{"kid":…,"typ":"JWT","alg":"RS256"}` in this order (spec 03 §4, 04 §3).

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use crate::rsa::{KeyError, RsaKey};

/// A key ready to sign under its name.
#[derive(Debug)]
pub struct Signer {
    kid: Arc<str>,
    key: RsaKey,
    /// The header segment and its dot, the same in every token.
    prefix: String,
}

/// A token that cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The claims are no JSON.
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The key failed.
    #[error("the signature failed")]
    Key(#[source] KeyError),
}

/// The header, in the order of the samples.
#[derive(Serialize)]
struct Header<'a> {
    kid: &'a str,
    typ: &'static str,
    alg: &'static str,
}

impl Signer {
    /// Puts a name to a key.
    pub fn new(kid: String, key: RsaKey) -> Self {
        let header = serde_json::to_string(&Header { kid: &kid, typ: "JWT", alg: "RS256" })
            .expect("three strings can be written as JSON");
        let mut prefix = BASE64URL_NOPAD.encode(header.as_bytes());
        prefix.push('.');
        Self { kid: kid.into(), key, prefix }
    }

    /// The key's name.
    pub fn kid(&self) -> &Arc<str> {
        &self.kid
    }

    /// The key.
    pub fn key(&self) -> &RsaKey {
        &self.key
    }

    /// Signs claims, in the order in which they serialise. About 250 µs of a core.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        let claims = serde_json::to_vec(claims).map_err(SignError::Claims)?;
        let mut token = String::with_capacity(self.prefix.len() + claims.len() * 4 / 3 + 348);
        token.push_str(&self.prefix);
        BASE64URL_NOPAD.encode_append(&claims, &mut token);
        let signature = self.key.sign(token.as_bytes()).map_err(SignError::Key)?;
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut token);
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use trunkline_wire::idp::ConsumerJwsClaims;
    use trunkline_wire::sentinel::AppJwtClaims;
    use trunkline_wire::{AccountId, AppInstallationId, ConsumerId, EpochSeconds, ExternalConsumerId};

    #[test]
    fn app_jwt_header_and_claims_are_those_of_the_sample() {
        let signer = Signer::new("appjwt-13-05-17".to_owned(), testing::key(0));
        let claims = AppJwtClaims::new(
            AccountId::parse("le81823118").unwrap(),
            AppInstallationId::parse("75588e18-0213-4e33-8174-883acac7e3c4").unwrap(),
            "msg.consumer".to_owned(),
            EpochSeconds(1_524_642_670),
            EpochSeconds(1_524_646_270),
        );
        let token = signer.sign(&claims).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        // Spec 03 §4, literally.
        assert_eq!(parts[0], "eyJraWQiOiJhcHBqd3QtMTMtMDUtMTciLCJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9");
        assert_eq!(
            String::from_utf8(BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap()).unwrap(),
            r#"{"aud":"le81823118","azp":"75588e18-0213-4e33-8174-883acac7e3c4","scope":"msg.consumer","iss":"Sentinel","exp":1524646270,"iat":1524642670}"#
        );
        assert_eq!(BASE64URL_NOPAD.decode(parts[2].as_bytes()).unwrap().len(), 256);
    }

    #[test]
    fn consumer_jws_claims_are_the_sample_segment() {
        let signer = Signer::new("appjwt-13-05-17".to_owned(), testing::key(0));
        let claims = ConsumerJwsClaims::new(
            AccountId::parse("10020030").unwrap(),
            ExternalConsumerId::parse("crm-4711").unwrap(),
            ConsumerId::parse("51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0").unwrap(),
        );
        let token = signer.sign(&claims).unwrap();
        // Spec 04 §3, literally.
        assert_eq!(
            token.split('.').nth(1).unwrap(),
            "eyJhY2NvdW50X2lkIjoiMTAwMjAwMzAiLCJleHRfY29uc3VtZXJfaWQiOiJjcm0tNDcxMSIsImxwX2NvbnN1bWVyX2lkIjoiNTFmYTE5YjdjODkyYjVjMTIyY2Q2MjU3YWQxYmJlOGRjYjYwM2Q4OGRjYTc5NGMzN2NkZDU5ZGJmYmMyYzVmMCJ9"
        );
    }
}
