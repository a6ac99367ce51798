//! Sealing for the store.

use trunkline_jose::SealingKey;
use trunkline_model::{Rng, SealedSecret};
use zeroize::Zeroizing;

use crate::Error;

/// Encrypts a secret for the store; `context` says what it is and whose.
pub(super) fn seal(
    key: &SealingKey,
    rng: &dyn Rng,
    secret: &[u8],
    context: &str,
) -> Result<SealedSecret, Error> {
    key.seal(secret, context, rng.bytes())
        .map(SealedSecret::from_ciphertext)
        .map_err(|error| Error::Crypto(error.into()))
}

/// Decrypts what [`seal`] made for the same context.
pub(super) fn open(
    key: &SealingKey,
    sealed: &SealedSecret,
    context: &str,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    key.open(sealed.ciphertext(), context).map_err(|error| Error::Crypto(error.into()))
}
