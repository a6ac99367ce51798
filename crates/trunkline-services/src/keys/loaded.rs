//! The keys in memory: replaced as a whole when they change, so every request sees one consistent set.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use trunkline_jose::{RsaKey, SealingKey, Signer, VerifyError, VerifyingKeys};
use trunkline_model::{KeyPurpose, KeyState, SigningKey};
use trunkline_wire::EpochMillis;
use trunkline_wire::sentinel::JwkSet;

use super::sealed::open;
use super::{KeyInfo, naming};
use crate::Error;

/// How long keys verify after they stopped signing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct VerifyFor {
    pub(super) app_jwt: Duration,
    pub(super) web_consumer: Duration,
}

/// One consistent set of keys.
pub(super) struct Loaded {
    keys: Vec<KeyInfo>,
    verifying: VerifyingKeys<KeyPurpose>,
    active: Vec<(KeyPurpose, Arc<Signer>)>,
    verify_for: VerifyFor,
}

impl Loaded {
    pub(super) fn empty() -> Self {
        Self {
            keys: Vec::new(),
            verifying: VerifyingKeys::default(),
            active: Vec::new(),
            verify_for: VerifyFor::default(),
        }
    }

    pub(super) fn read(
        keys: &[SigningKey],
        sealing: &SealingKey,
        verify_for: VerifyFor,
    ) -> Result<Self, Error> {
        let mut loaded = Self { verify_for, ..Self::empty() };
        for key in keys {
            let pkcs8 = open(sealing, &key.private_key, &naming::context(&key.kid))?;
            let pair = RsaKey::from_pkcs8(&pkcs8).map_err(|error| Error::Crypto(error.into()))?;
            loaded.verifying.add(key.kid.clone(), key.purpose, pair.public());
            if key.state == KeyState::Active {
                loaded.active.push((key.purpose, Arc::new(Signer::new(key.kid.clone(), pair))));
            }
            loaded.keys.push(KeyInfo {
                kid: key.kid.clone(),
                purpose: key.purpose,
                state: key.state,
                created_at: key.created_at,
            });
        }
        Ok(loaded)
    }

    pub(super) fn active(&self, purpose: KeyPurpose) -> Option<Arc<Signer>> {
        self.active.iter().find(|(candidate, _)| *candidate == purpose).map(|(_, signer)| Arc::clone(signer))
    }

    pub(super) fn verify<C: DeserializeOwned>(
        &self,
        purpose: KeyPurpose,
        token: &str,
        now: EpochMillis,
    ) -> Result<C, VerifyError> {
        let (claims, kid) = self.verifying.verify(token, purpose)?;
        if self.still_verifies(kid, now) { Ok(claims) } else { Err(VerifyError::UnknownKey) }
    }

    pub(super) fn jwks(&self, now: EpochMillis) -> JwkSet {
        JwkSet { keys: self.verifying.jwks(|kid| self.still_verifies(kid, now)) }
    }

    pub(super) fn list(&self) -> Vec<KeyInfo> {
        self.keys.clone()
    }

    fn still_verifies(&self, kid: &str, now: EpochMillis) -> bool {
        self.keys.iter().find(|key| key.kid == kid).is_some_and(|key| match (key.purpose, key.state) {
            (KeyPurpose::AppJwt, KeyState::Retired { at }) => now <= at.plus(self.verify_for.app_jwt),
            (KeyPurpose::WebConsumer, KeyState::Retired { at }) => {
                now <= at.plus(self.verify_for.web_consumer)
            }
            _ => true,
        })
    }
}
