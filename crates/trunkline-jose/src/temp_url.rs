//! Signed URLs of the file store, as the object store Swift makes them. Source: spec 07 §7.

use std::fmt;

use aws_lc_rs::{hkdf, hmac};
use data_encoding::HEXLOWER;

use crate::constant_time_eq;

/// Keeps this use of an account's secret apart from every other one.
const SALT: &[u8] = b"trunkline/temp-url/v1";

/// Signs and checks the URLs of one account.
pub struct TempUrlKey(hmac::Key);

impl TempUrlKey {
    /// Takes the key itself.
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key))
    }

    /// Derives the key of an account from its secret (HKDF-SHA-256, 20 bytes: what HMAC-SHA-1 can use). The same secret
    /// names consumers by plain HMAC over text that a connector chooses, so the key must not be such a value.
    ///
    /// # Panics
    /// Never: 20 bytes can always be derived.
    pub fn of_account(account_secret: &[u8]) -> Self {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(account_secret);
        let mut key = [0; 20];
        let derived = secret.expand(&[], KeyLength).and_then(|key_material| key_material.fill(&mut key));
        derived.expect("20 bytes are within what HKDF can derive");
        Self::new(&key)
    }

    /// The value of `temp_url_sig`: 40 lower-case hex digits over method, `temp_url_expires` and path, exactly as they
    /// are on the wire.
    pub fn sign(&self, method: &str, expires: &str, path: &str) -> String {
        let signed = format!("{method}\n{expires}\n{path}");
        HEXLOWER.encode(hmac::sign(&self.0, signed.as_bytes()).as_ref())
    }

    /// Whether `signature` is the one of these; the time taken does not depend on where it differs.
    pub fn verify(&self, method: &str, expires: &str, path: &str, signature: &str) -> bool {
        constant_time_eq(self.sign(method, expires, path).as_bytes(), signature.as_bytes())
    }
}

impl fmt::Debug for TempUrlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TempUrlKey(…)")
    }
}

struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        20
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/v1/AUTH_async-images/10020030/51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0_uuid_0f8e7d6c-5b4a-4938-8271-605f4e3d2c1b_14-11-2023_22-13-20-123.PNG";
    const EXPIRES: &str = "1700000060";

    /// The vectors of spec 07 §7.
    #[test]
    fn known_urls_have_known_signatures() {
        let key = TempUrlKey::new(b"storage-temp-url-key");
        assert_eq!(key.sign("PUT", EXPIRES, PATH), "306a58f7183e56d84ca727f60f869bf619c666fb");
        assert_eq!(key.sign("GET", EXPIRES, PATH), "82d067195df2733dfa467ef84ed866d91ec6eeb5");
    }

    #[test]
    fn a_signature_is_for_one_method_time_path_and_account() {
        let key = TempUrlKey::of_account(&[1; 32]);
        let signature = key.sign("PUT", EXPIRES, PATH);
        assert!(key.verify("PUT", EXPIRES, PATH, &signature));
        assert!(!key.verify("GET", EXPIRES, PATH, &signature));
        assert!(!key.verify("PUT", "1700000061", PATH, &signature));
        assert!(!key.verify("PUT", EXPIRES, &PATH.replace("2c1b", "2c1c"), &signature));
        assert!(!key.verify("PUT", EXPIRES, PATH, &signature.to_uppercase()));
        assert!(!key.verify("PUT", EXPIRES, PATH, &signature[..39]));
        assert!(!key.verify("PUT", EXPIRES, PATH, ""));
        assert!(!TempUrlKey::of_account(&[2; 32]).verify("PUT", EXPIRES, PATH, &signature));
    }

    #[test]
    fn the_key_does_not_show() {
        assert_eq!(format!("{:?}", TempUrlKey::new(b"k")), "TempUrlKey(…)");
    }
}
