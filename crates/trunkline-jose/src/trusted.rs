//! Tokens that others sign: RS256 by public keys somebody has named.

use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use jsonwebtoken::{Algorithm, DecodingKey, decode, decode_header};
use serde::de::DeserializeOwned;

use crate::verify::{MAX_TOKEN_LEN, VALIDATION, VerifyError, verdict};

/// Sizes of the modulus that are accepted, in bytes: 2048 to 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

/// A public RSA key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedKeyError {
    /// Modulus or exponent is no number in base64url.
    #[error("n and e must be numbers in base64url")]
    Malformed,
    /// Shorter than 2048 bits, or longer than anybody needs.
    #[error("the key must have 2048 to 8192 bits")]
    Size,
}

/// Public keys of somebody else, by their names.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys(Vec<(Option<String>, DecodingKey)>);

impl TrustedKeys {
    /// Adds an RSA key: modulus and exponent as a JWK has them.
    ///
    /// # Errors
    /// See [`TrustedKeyError`].
    pub fn add(&mut self, kid: Option<String>, n: &str, e: &str) -> Result<(), TrustedKeyError> {
        let (n, e) = (number(n)?, number(e)?);
        if !MODULUS.contains(&n.len()) {
            return Err(TrustedKeyError::Size);
        }
        if e.len() > 8 || e.last().is_none_or(|last| last % 2 == 0) || e == [1] {
            return Err(TrustedKeyError::Malformed);
        }
        let text = |number: &[u8]| BASE64URL_NOPAD.encode(number);
        let key = DecodingKey::from_rsa_components(&text(&n), &text(&e));
        self.0.push((kid, key.map_err(|_| TrustedKeyError::Malformed)?));
        Ok(())
    }

    /// Checks a token's signature and reads its claims; times and audiences are the caller's to judge. A token that names no
    /// key is one of the only key's, if there is only one.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<C, VerifyError> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(VerifyError::Malformed);
        }
        let header = decode_header(token).map_err(|error| verdict(&error))?;
        if header.alg != Algorithm::RS256 {
            return Err(VerifyError::WrongAlgorithm);
        }
        if header.crit.is_some() {
            return Err(VerifyError::Malformed);
        }
        let key = match (&header.kid, self.0.as_slice()) {
            (None, [(_, only)]) => Some(only),
            (None, _) => None,
            (kid, keys) => keys.iter().find(|(known, _)| known == kid).map(|(_, key)| key),
        };
        let key = key.ok_or(VerifyError::UnknownKey)?;
        decode(token, key, &VALIDATION).map(|data| data.claims).map_err(|error| verdict(&error))
    }
}

/// The bytes of a number, without leading zeros. Padding is forgiven.
fn number(text: &str) -> Result<Vec<u8>, TrustedKeyError> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).or_else(|_| BASE64URL.decode(text.as_bytes()));
    let bytes = bytes.map_err(|_| TrustedKeyError::Malformed)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(bytes[zeros..].to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing;

    fn segment(text: &str) -> String {
        BASE64URL_NOPAD.encode(text.as_bytes())
    }

    fn signed(key: usize, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", segment(&header.to_string()), segment(&claims.to_string()));
        let signature = testing::key(key).sign(text.as_bytes()).unwrap();
        format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    fn keys(named: &[(Option<&str>, usize)]) -> TrustedKeys {
        let mut keys = TrustedKeys::default();
        for (kid, key) in named {
            let public = testing::key(*key).public();
            keys.add(kid.map(str::to_owned), &public.n, &public.e).unwrap();
        }
        keys
    }

    #[test]
    fn the_key_is_chosen_by_name_or_is_the_only_one() {
        let claims = json!({"sub": "c"});
        let named = |kid: &str| json!({"alg": "RS256", "kid": kid});
        let unnamed = json!({"alg": "RS256"});
        let two = keys(&[(Some("a"), 0), (Some("b"), 1)]);
        let verify = |keys: &TrustedKeys, token: &str| keys.verify::<Value>(token);
        assert_eq!(verify(&two, &signed(1, &named("b"), &claims)), Ok(claims.clone()));
        assert_eq!(verify(&two, &signed(1, &named("a"), &claims)), Err(VerifyError::BadSignature));
        assert_eq!(verify(&two, &signed(1, &named("c"), &claims)), Err(VerifyError::UnknownKey));
        assert_eq!(verify(&two, &signed(1, &unnamed, &claims)), Err(VerifyError::UnknownKey));
        for only in [keys(&[(None, 0)]), keys(&[(Some("a"), 0)])] {
            assert_eq!(verify(&only, &signed(0, &unnamed, &claims)), Ok(claims.clone()));
        }
        assert_eq!(
            verify(&keys(&[(None, 0)]), &signed(0, &named("a"), &claims)),
            Err(VerifyError::UnknownKey)
        );
    }

    #[test]
    fn other_algorithms_and_garbage_are_refused() {
        let keys = keys(&[(None, 0)]);
        let claims = json!({"sub": "c"});
        for alg in ["none", "HS256", "PS256", "RS512", "ES256", "rs256"] {
            let token = signed(0, &json!({"alg": alg}), &claims);
            assert!(keys.verify::<Value>(&token).is_err(), "{alg}");
        }
        let critical = signed(0, &json!({"alg": "RS256", "crit": ["x"]}), &claims);
        let whole = signed(0, &json!({"alg": "RS256"}), &claims);
        let unsigned = format!("{}.", whole.rsplit_once('.').unwrap().0);
        let long = signed(0, &json!({"alg": "RS256"}), &json!({"x": "x".repeat(MAX_TOKEN_LEN)}));
        for token in ["", "a.b.c", &critical, &unsigned, &long] {
            assert!(keys.verify::<Value>(token).is_err(), "{token:.60}");
        }
    }

    #[test]
    fn weak_and_broken_keys_are_refused() {
        let good = testing::key(0).public();
        let short = BASE64URL_NOPAD.encode(&[0xff; 255]);
        let mut keys = TrustedKeys::default();
        for (n, e, error) in [
            (short.as_str(), good.e.as_str(), TrustedKeyError::Size),
            ("", &good.e, TrustedKeyError::Size),
            ("n!", &good.e, TrustedKeyError::Malformed),
            (&good.n, "", TrustedKeyError::Malformed),
            (&good.n, "AQ", TrustedKeyError::Malformed),
            (&good.n, "AQAA", TrustedKeyError::Malformed),
        ] {
            assert_eq!(keys.add(None, n, e), Err(error), "{n:.10} {e}");
        }
        assert!(keys.0.is_empty());
    }
}
