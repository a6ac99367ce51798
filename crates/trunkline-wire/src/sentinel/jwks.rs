//! The public keys: `GET /sentinel/well-known/jwks`. Source: spec 03 §5, RFC 7517.

use serde::{Deserialize, Serialize};

/// Where the keys are published; `well-known` has no leading dot.
pub const JWKS_PATH: &str = "/sentinel/well-known/jwks";

/// All public keys whose tokens verify.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// One public key, in the member order of spec 03 §5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Jwk {
    /// `RSA`.
    pub kty: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `RS256`.
    pub alg: String,
    /// The key's name.
    pub kid: String,
    /// The modulus, base64url, big-endian.
    pub n: String,
    /// The exponent, base64url, big-endian.
    pub e: String,
}

impl Jwk {
    /// An RSA key that signs RS256.
    pub fn rs256(kid: String, n: String, e: String) -> Self {
        Self { kty: "RSA".to_owned(), usage: "sig".to_owned(), alg: "RS256".to_owned(), kid, n, e }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_the_documented_order() {
        let set = JwkSet {
            keys: vec![Jwk::rs256("appjwt-14-11-23".to_owned(), "AQ".to_owned(), "AQAB".to_owned())],
        };
        let text = r#"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"appjwt-14-11-23","n":"AQ","e":"AQAB"}]}"#;
        assert_eq!(serde_json::to_string(&set).unwrap(), text);
        assert_eq!(serde_json::from_str::<JwkSet>(text).unwrap(), set);
    }
}
