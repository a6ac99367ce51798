//! Hashes and comparisons.

use aws_lc_rs::{constant_time, digest, hmac};
use trunkline_wire::{ConsumerId, ExternalConsumerId};

/// SHA-256: how random tokens are stored and verified tokens are remembered.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Compares secrets; the time taken depends on the length only.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Names the consumer whom a connector of an account knows as `external`: HMAC-SHA-256 under the account's secret, so
/// the same for ever, and different in every account. Source: spec 04 §4.
pub fn consumer_id(account_secret: &[u8], external: &ExternalConsumerId) -> ConsumerId {
    let key = hmac::Key::new(hmac::HMAC_SHA256, account_secret);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hmac::sign(&key, external.as_str().as_bytes()).as_ref());
    ConsumerId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumer_id_is_hmac_sha256() {
        // RFC 4231, test case 2.
        let external = ExternalConsumerId::parse("what do ya want for nothing?").unwrap();
        assert_eq!(
            consumer_id(b"Jefe", &external).to_string(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn consumer_ids_differ_between_accounts_and_are_case_sensitive() {
        let id = |secret: &[u8], text| consumer_id(secret, &ExternalConsumerId::parse(text).unwrap());
        assert_eq!(id(b"a", "crm-4711"), id(b"a", "crm-4711"));
        assert_ne!(id(b"a", "crm-4711"), id(b"b", "crm-4711"));
        assert_ne!(id(b"a", "crm-4711"), id(b"a", "CRM-4711"));
    }

    #[test]
    fn comparison_sees_length_and_content() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"abcd"));
    }

    #[test]
    fn sha256_of_nothing_is_known() {
        assert_eq!(sha256(b"")[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }
}
