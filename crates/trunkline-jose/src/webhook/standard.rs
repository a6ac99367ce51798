//! `webhook-signature` of Standard Webhooks.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use trunkline_wire::EpochSeconds;
use zeroize::Zeroizing;

/// Makes values of `webhook-signature`. During a rotation the header lists one value per secret, separated by spaces.
pub struct StandardKey(hmac::Key);

impl StandardKey {
    /// Prepares the key of an app.
    pub fn new(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// Signs exactly the bytes that are sent, together with `webhook-id` and `webhook-timestamp`. Shape: `v1,` and 44
    /// characters of standard base64 with padding.
    pub fn sign(&self, id: &str, timestamp: EpochSeconds, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(id.as_bytes());
        context.update(format!(".{}.", timestamp.0).as_bytes());
        context.update(body);
        let mut value = String::with_capacity("v1,".len() + 44);
        value.push_str("v1,");
        BASE64.encode_append(context.sign().as_ref(), &mut value);
        value
    }
}

impl fmt::Debug for StandardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandardKey(…)")
    }
}

/// The text that the libraries of Standard Webhooks take as the secret of an app with this `client_secret`. Shape: `whsec_`
/// and the base64 of the secret's UTF-8 bytes.
pub fn standard_webhooks_secret(client_secret: &str) -> Zeroizing<String> {
    let mut text =
        Zeroizing::new(String::with_capacity("whsec_".len() + client_secret.len().div_ceil(3) * 4));
    text.push_str("whsec_");
    BASE64.encode_append(client_secret.as_bytes(), &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "m4q0v7t2b9k1s8e5h3g6d0a2u9";

    #[test]
    fn the_secret_for_receivers_is_its_base64() {
        assert_eq!(*standard_webhooks_secret(SECRET), "whsec_bTRxMHY3dDJiOWsxczhlNWgzZzZkMGEydTk=");
        assert_eq!(*standard_webhooks_secret(""), "whsec_");
    }

    #[test]
    fn the_secret_does_not_show() {
        assert_eq!(format!("{:?}", StandardKey::new(SECRET)), "StandardKey(…)");
    }

    #[test]
    fn every_signed_part_counts() {
        let key = StandardKey::new(SECRET);
        let signature = key.sign("msg_1", EpochSeconds(1_700_000_000), b"{}");
        for other in [
            key.sign("msg_2", EpochSeconds(1_700_000_000), b"{}"),
            key.sign("msg_1", EpochSeconds(1_700_000_001), b"{}"),
            key.sign("msg_1", EpochSeconds(1_700_000_000), b"{ }"),
            StandardKey::new("another").sign("msg_1", EpochSeconds(1_700_000_000), b"{}"),
        ] {
            assert_ne!(signature, other);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_an_independent_library(secret: String, id in "[!-~]{0,40}", at: i64, body: String) {
            let receiver = standardwebhooks::Webhook::new(&standard_webhooks_secret(&secret)).unwrap();
            let expected = receiver.sign(&id, at, body.as_bytes()).unwrap();
            prop_assert_eq!(StandardKey::new(&secret).sign(&id, EpochSeconds(at), body.as_bytes()), expected);
        }
    }
}
