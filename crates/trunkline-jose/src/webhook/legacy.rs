//! `x-liveperson-signature`.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use trunkline_wire::installations::SignatureHash;

/// Makes the value of `x-liveperson-signature`.
pub struct WebhookKey {
    hash: SignatureHash,
    key: hmac::Key,
}

impl WebhookKey {
    /// Prepares the key of an app.
    pub fn new(hash: SignatureHash, secret: &str) -> Self {
        let algorithm = match hash {
            SignatureHash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            SignatureHash::Sha256 => hmac::HMAC_SHA256,
        };
        Self { hash, key: hmac::Key::new(algorithm, secret.as_bytes()) }
    }

    /// Signs exactly the bytes that are sent. Shape: `sha1=` or `sha256=`, then 28 or 44 characters of standard base64
    /// with padding.
    pub fn sign(&self, body: &[u8]) -> String {
        let mut value = String::with_capacity("sha256=".len() + 44);
        value.push_str(self.hash.as_str());
        value.push('=');
        BASE64.encode_append(hmac::sign(&self.key, body).as_ref(), &mut value);
        value
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookKey({}, …)", self.hash.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "m4q0v7t2b9k1s8e5h3g6d0a2u9";

    /// The vectors of spec 06 §4.
    #[test]
    fn known_bodies_have_known_signatures() {
        let chat_state = include_str!("../../../trunkline-wire/testdata/notifications/chat_state.json");
        let non_ascii = include_str!("../../../trunkline-wire/testdata/notifications/non_ascii.json");
        for (body, bytes, hash, expected) in [
            (chat_state, 394, SignatureHash::Sha1, "sha1=4DPDEdCefXSPvy99TDuOQJyrSPA="),
            (chat_state, 394, SignatureHash::Sha256, "sha256=KDk/T67uLPhynXV9otQ0CCYM7GfMOD6u+mbMcv6dhJE="),
            (non_ascii, 467, SignatureHash::Sha1, "sha1=P7Yb0HU5TzsKJHGfvqU+GQh8aeE="),
            (non_ascii, 467, SignatureHash::Sha256, "sha256=STi5XkWVsXOGzmxJ2+1nh9rjE3yURvcwELk+Cqr5d7o="),
        ] {
            assert_eq!(body.len(), bytes);
            let key = WebhookKey::new(hash, SECRET);
            assert_eq!(key.sign(body.as_bytes()), expected);
            assert_eq!(key.sign(body.as_bytes()), expected, "a key signs more than once");
        }
    }

    #[test]
    fn the_secret_is_text_and_not_decoded() {
        // RFC 2202, test case 2: the key is the text itself, though it would also read as base64.
        let key = WebhookKey::new(SignatureHash::Sha1, "Jefe");
        assert_eq!(key.sign(b"what do ya want for nothing?"), "sha1=7/zfauXrL6LSdBbV8YTfnCWafHk=");
    }

    #[test]
    fn the_secret_does_not_show() {
        let key = WebhookKey::new(SignatureHash::Sha256, SECRET);
        assert_eq!(format!("{key:?}"), "WebhookKey(sha256, …)");
    }
}
