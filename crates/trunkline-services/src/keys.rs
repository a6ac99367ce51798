//! The signing keys: made at first start, published before they sign, rotated without a failed request.
//!
//! Every purpose has one active key, which signs, and one next key, which is already in the JWKS. Rotation promotes the
//! next key and makes a new one; the old one keeps verifying: an AppJWT key until the last token it signed has ended,
//! a ConsumerJWS key for ever, because connectors keep those tokens (spec 09 §2), a key for consumers on the web as long as
//! one of their identities can be renewed. Source: design §4.

mod loaded;
mod naming;
mod sealed;
mod signing;
mod source;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use trunkline_jose::{SealingKey, Signer, VerifyError};
use trunkline_model::{Clock, KeyPurpose, KeyState, Rng, SigningKey};
use trunkline_storage::Storage;
use trunkline_wire::EpochMillis;
use trunkline_wire::sentinel::JwkSet;

use crate::Error;
use crate::auth::Operator;

pub use source::{GeneratedKeys, KeySource, ReadyKeys};

use loaded::{Loaded, VerifyFor};
use sealed::seal;
use signing::Signing;

/// All purposes, in the order in which they are listed.
const PURPOSES: [KeyPurpose; 3] = [KeyPurpose::AppJwt, KeyPurpose::ConsumerJws, KeyPurpose::WebConsumer];

/// How keys live and sign.
#[derive(Debug, Clone)]
pub struct KeyRingOptions {
    /// How long an AppJWT lives; a retired key verifies that long after its last signature.
    pub token_life: Duration,
    /// How long an identity of a consumer on the web lasts, renewals included. Source: spec 24 §2.
    pub identity_life: Duration,
    /// How far the clocks of two parties may differ. Source: spec 03 §4.
    pub skew: Duration,
    /// Where new keys come from.
    pub source: Arc<dyn KeySource>,
    /// How many signatures are computed at the same time; one per core is right.
    pub signers: usize,
    /// How many requests may wait for a signature before further ones are turned away.
    pub max_waiting: usize,
}

impl Default for KeyRingOptions {
    fn default() -> Self {
        Self {
            token_life: Duration::from_hours(1),
            identity_life: Duration::from_hours(730),
            skew: Duration::from_secs(30),
            source: Arc::new(GeneratedKeys),
            // One more than there are cores: the next signature is at hand when one ends, without a turn of the runtime.
            signers: std::thread::available_parallelism().map_or(1, usize::from) + 1,
            max_waiting: 1024,
        }
    }
}

/// A key as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyInfo {
    /// Its name in token headers and in the JWKS.
    pub kid: String,
    /// What it may sign.
    pub purpose: KeyPurpose,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: EpochMillis,
}

/// The signing keys of an installation.
pub struct KeyRing {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    sealing: Arc<SealingKey>,
    options: KeyRingOptions,
    loaded: RwLock<Arc<Loaded>>,
    /// Held while keys change, so that two rotations cannot promote the same key.
    changing: tokio::sync::Mutex<()>,
    signing: Signing,
}

impl KeyRing {
    /// Reads the keys from the store and makes those that are missing.
    ///
    /// # Errors
    /// The store's; [`Error::Crypto`] when a stored key does not open with this master key.
    pub async fn open(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        sealing: Arc<SealingKey>,
        options: KeyRingOptions,
    ) -> Result<Self, Error> {
        let opened = Self {
            signing: Signing::new(options.signers, options.max_waiting),
            loaded: RwLock::new(Arc::new(Loaded::empty())),
            changing: tokio::sync::Mutex::new(()),
            storage,
            clock,
            rng,
            sealing,
            options,
        };
        opened.make_missing().await?;
        opened.reload().await?;
        Ok(opened)
    }

    /// Reads the keys from the store again, after another process has changed them.
    ///
    /// # Errors
    /// As for [`Self::open`]; the keys stay as they were.
    pub async fn reload(&self) -> Result<(), Error> {
        let keys = self.storage.signing_keys().await?;
        let sealing = Arc::clone(&self.sealing);
        let verify_for = VerifyFor {
            app_jwt: self.options.token_life + self.options.skew,
            web_consumer: self.options.identity_life + self.options.skew,
        };
        // Checking a private key takes milliseconds.
        let loaded = blocking(move || Loaded::read(&keys, &sealing, verify_for)).await??;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
        Ok(())
    }

    /// The key that signs tokens of this purpose now.
    ///
    /// # Errors
    /// [`Error::Crypto`] when the store lost it, which [`Self::open`] rules out.
    pub fn active(&self, purpose: KeyPurpose) -> Result<Arc<Signer>, Error> {
        self.loaded().active(purpose).ok_or_else(|| Error::Crypto("no active signing key".into()))
    }

    /// Signs claims with the active key, on a blocking thread.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many signatures wait; [`Error::Crypto`].
    pub async fn sign<C: Serialize + Send + 'static>(
        &self,
        purpose: KeyPurpose,
        claims: C,
    ) -> Result<Arc<str>, Error> {
        self.sign_with(self.active(purpose)?, claims).await
    }

    /// Signs claims with this key, on a blocking thread.
    pub(crate) async fn sign_with<C: Serialize + Send + 'static>(
        &self,
        signer: Arc<Signer>,
        claims: C,
    ) -> Result<Arc<str>, Error> {
        self.signing.run(move || signer.sign(&claims)).await
    }

    /// Checks a token's signature by the key it names, which must be of this purpose and still verify, and reads its claims.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, purpose: KeyPurpose, token: &str) -> Result<C, VerifyError> {
        self.loaded().verify(purpose, token, self.clock.now())
    }

    /// All public keys whose tokens verify, the next ones included. Source: spec 03 §5.
    pub fn jwks(&self) -> JwkSet {
        self.loaded().jwks(self.clock.now())
    }

    /// All keys, oldest first, those included that verify no more.
    pub fn list(&self, _proof: &Operator) -> Vec<KeyInfo> {
        self.loaded().list()
    }

    /// Promotes the next key of a purpose, retires the active one, makes a new next one, and returns the key that
    /// signs now. Requests go on meanwhile.
    ///
    /// # Errors
    /// The store's; [`Error::Crypto`] when no key can be made. Nothing has changed then.
    pub async fn rotate(&self, _proof: &Operator, purpose: KeyPurpose) -> Result<KeyInfo, Error> {
        let _changing = self.changing.lock().await;
        let keys = self.storage.signing_keys().await?;
        let promoted = keys
            .iter()
            .find(|key| key.purpose == purpose && key.state == KeyState::Next)
            .map(|key| key.kid.clone())
            .ok_or(Error::NotFound("next signing key"))?;
        let next = self.make(purpose, KeyState::Next, &keys).await?;
        self.storage.rotate_signing_key(purpose, &promoted, next, self.clock.now()).await?;
        self.reload().await?;
        let active = self.loaded().list().into_iter().find(|key| key.kid == promoted);
        active.ok_or(Error::NotFound("promoted signing key"))
    }

    /// Makes the keys a new installation lacks.
    async fn make_missing(&self) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        let mut keys = self.storage.signing_keys().await?;
        for purpose in PURPOSES {
            for state in [KeyState::Active, KeyState::Next] {
                if keys.iter().any(|key| key.purpose == purpose && key.state == state) {
                    continue;
                }
                let key = self.make(purpose, state, &keys).await?;
                self.storage.add_signing_key(key.clone()).await?;
                keys.push(key);
            }
        }
        Ok(())
    }

    /// Makes a key whose name none of `others` has.
    async fn make(
        &self,
        purpose: KeyPurpose,
        state: KeyState,
        others: &[SigningKey],
    ) -> Result<SigningKey, Error> {
        let created_at = self.clock.now();
        let kid = naming::free_name(purpose, created_at, |name| others.iter().any(|key| key.kid == name));
        let source = Arc::clone(&self.options.source);
        let pkcs8 = blocking(move || source.make()?.to_pkcs8())
            .await?
            .map_err(|error| Error::Crypto(error.into()))?;
        let private_key = seal(&self.sealing, &*self.rng, &pkcs8, &naming::context(&kid))?;
        Ok(SigningKey { kid, purpose, state, private_key, created_at })
    }

    fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Runs work that takes milliseconds on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Crypto(error.into()))
}
