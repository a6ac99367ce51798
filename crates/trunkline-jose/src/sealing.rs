//! Encryption at rest of secrets that must stay recoverable: client secrets (they are webhook HMAC keys), private
//! signing keys, the accounts' consumer secrets.
//!
//! Sealed form: one version byte (1), a 12-byte random nonce, AES-256-GCM ciphertext and tag. The version and a context
//! text (what the secret is and whose) are authenticated with it, so a sealed secret moved to another row does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const TAG_LEN: usize = 16;

/// Bytes of a nonce; they must come from a good source of randomness every time.
pub const NONCE_LEN: usize = 12;

/// The master key of an installation.
pub struct SealingKey(LessSafeKey);

/// A secret that cannot be sealed or opened. Says nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Sealed by a newer version, or not sealed at all.
    #[error("the sealed secret has an unknown form")]
    UnknownForm,
    /// Another master key, another context, or changed bytes.
    #[error("the sealed secret does not open: it was sealed with another master key or for another purpose")]
    DoesNotOpen,
    /// The cipher refused to seal.
    #[error("the secret cannot be sealed")]
    CannotSeal,
}

impl SealingKey {
    /// Takes the 32 bytes of a master key over; the copy handed in is wiped.
    pub fn from_bytes(master: [u8; 32]) -> Self {
        let master = Zeroizing::new(master);
        let key = UnboundKey::new(&AES_256_GCM, &*master).expect("the key has 256 bits");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts `secret` for `context`, such as `app-secret/10020030/…`; `nonce` must be fresh random bytes.
    ///
    /// # Errors
    /// [`SealError::CannotSeal`] when the cipher fails, which it does only for sizes beyond memory.
    pub fn seal(&self, secret: &[u8], context: &str, nonce: [u8; NONCE_LEN]) -> Result<Vec<u8>, SealError> {
        // Encrypted in place in a buffer that never grows, so no copy of the clear text stays behind.
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + secret.len() + TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret);
        let (_, body) = sealed.split_at_mut(1 + NONCE_LEN);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad(context), body)
            .map_err(|_| SealError::CannotSeal)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Decrypts what [`Self::seal`] made for the same context.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (&version, rest) = sealed.split_first().ok_or(SealError::UnknownForm)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::UnknownForm)?;
        if version != VERSION || body.len() < TAG_LEN {
            return Err(SealError::UnknownForm);
        }
        let mut opened = Zeroizing::new(body.to_vec());
        self.0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad(context), &mut opened)
            .map_err(|_| SealError::DoesNotOpen)?;
        let length = opened.len() - TAG_LEN;
        opened.truncate(length);
        Ok(opened)
    }
}

fn aad(context: &str) -> Aad<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1 + context.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(context.as_bytes());
    Aad::from(bytes)
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SealingKey {
        SealingKey::from_bytes([7; 32])
    }

    #[test]
    fn a_sealed_secret_opens_only_for_its_context_and_key() {
        let sealed = key().seal(b"s3cret", "app-secret/1/a", [9; 12]).unwrap();
        assert_eq!(key().open(&sealed, "app-secret/1/a").unwrap().as_slice(), b"s3cret");
        assert_eq!(key().open(&sealed, "app-secret/1/b").unwrap_err(), SealError::DoesNotOpen);
        let other = SealingKey::from_bytes([8; 32]);
        assert_eq!(other.open(&sealed, "app-secret/1/a").unwrap_err(), SealError::DoesNotOpen);
    }

    #[test]
    fn the_clear_text_does_not_show() {
        let sealed = key().seal(b"s3cret", "c", [9; 12]).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
        assert_eq!(sealed.len(), 1 + 12 + 6 + 16);
        assert_eq!(format!("{:?}", key()), "SealingKey(…)");
    }

    #[test]
    fn another_version_is_named() {
        let mut sealed = key().seal(b"x", "c", [1; 12]).unwrap();
        sealed[0] = 2;
        assert_eq!(key().open(&sealed, "c").unwrap_err(), SealError::UnknownForm);
        assert_eq!(key().open(b"", "c").unwrap_err(), SealError::UnknownForm);
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens(secret: Vec<u8>, context: String, nonce: [u8; 12]) {
            let sealed = key().seal(&secret, &context, nonce).unwrap();
            prop_assert_eq!(&*key().open(&sealed, &context).unwrap(), &secret);
        }

        #[test]
        fn no_changed_byte_goes_unnoticed(secret: Vec<u8>, at: prop::sample::Index, flip in 1u8..) {
            let mut sealed = key().seal(&secret, "c", [3; 12]).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= flip;
            prop_assert!(key().open(&sealed, "c").is_err());
        }

        #[test]
        fn garbage_never_opens(garbage: Vec<u8>) {
            prop_assert!(key().open(&garbage, "c").is_err());
        }
    }
}
