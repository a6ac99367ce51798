//! Where new keys come from.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use trunkline_jose::{KeyError, RsaKey};

/// Makes RSA keys; called on a blocking thread.
pub trait KeySource: Send + Sync + Debug + 'static {
    /// A key that was never handed out before.
    ///
    /// # Errors
    /// See [`KeyError`].
    fn make(&self) -> Result<RsaKey, KeyError>;
}

/// Generates keys: tens to hundreds of milliseconds each.
#[derive(Debug, Clone, Copy, Default)]
pub struct GeneratedKeys;

impl KeySource for GeneratedKeys {
    fn make(&self) -> Result<RsaKey, KeyError> {
        RsaKey::generate()
    }
}

/// Hands out ready-made keys and generates more when they are used up: for tests, because generating is slow.
#[derive(Debug)]
pub struct ReadyKeys(Mutex<std::vec::IntoIter<RsaKey>>);

impl ReadyKeys {
    /// Hands these keys out, first to last.
    pub fn new(keys: Vec<RsaKey>) -> Self {
        Self(Mutex::new(keys.into_iter()))
    }
}

impl KeySource for ReadyKeys {
    fn make(&self) -> Result<RsaKey, KeyError> {
        let ready = self.0.lock().unwrap_or_else(PoisonError::into_inner).next();
        ready.map_or_else(RsaKey::generate, Ok)
    }
}
