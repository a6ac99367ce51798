//! Client secrets: made, sealed, opened.

use trunkline_jose::{SealingKey, client_secret};
use trunkline_model::{AppInstallation, Rng, SealedSecret, Secret};
use trunkline_wire::{AccountId, AppInstallationId};

use crate::Error;

/// 130 random bits as 26 characters of `0-9a-v`. Source: spec 02 §1.1.
pub(super) fn new_secret(rng: &dyn Rng) -> Secret {
    Secret::new(client_secret(rng.bytes()).as_str().to_owned())
}

pub(super) fn seal_secret(
    sealing: &SealingKey,
    rng: &dyn Rng,
    account: &AccountId,
    id: AppInstallationId,
    secret: &Secret,
) -> Result<SealedSecret, Error> {
    let sealed = sealing.seal(secret.expose().as_bytes(), &context(account, id), rng.bytes());
    sealed.map(SealedSecret::from_ciphertext).map_err(|error| Error::Crypto(error.into()))
}

/// Opens a secret of an app: its present one or the one before it.
///
/// # Errors
/// [`Error::Crypto`] when it was sealed with another master key or for another app.
pub fn open_secret(
    sealing: &SealingKey,
    app: &AppInstallation,
    secret: &SealedSecret,
) -> Result<Secret, Error> {
    let opened = sealing
        .open(secret.ciphertext(), &context(&app.account, app.id))
        .map_err(|error| Error::Crypto(error.into()))?;
    let text = std::str::from_utf8(&opened).map_err(|error| Error::Crypto(error.into()))?;
    Ok(Secret::new(text.to_owned()))
}

fn context(account: &AccountId, id: AppInstallationId) -> String {
    format!("app-secret/{account}/{id}")
}
