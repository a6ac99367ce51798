//! Hashes and checks passwords with argon2id, few at a time: each takes tens of milliseconds and megabytes.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use trunkline_model::{Rng, Secret};

use crate::Error;

/// The cost of a hash, and how many may be computed at the same time.
#[derive(Debug, Clone, Copy)]
pub struct PasswordOptions {
    /// Memory per hash, KiB. Default 9 MiB with four passes: of OWASP's equally strong settings for argon2id one that leaves a
    /// small server small.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// How many hashes are computed at the same time.
    pub parallel: usize,
    /// How many may wait before further ones are turned away.
    pub max_waiting: usize,
}

impl Default for PasswordOptions {
    fn default() -> Self {
        Self { memory_kib: 9 * 1024, passes: 4, parallel: 2, max_waiting: 32 }
    }
}

impl PasswordOptions {
    /// The cheapest hashes there are: for tests only.
    pub fn cheap() -> Self {
        Self { memory_kib: Params::MIN_M_COST, passes: 1, ..Self::default() }
    }
}

/// Hashes and checks passwords.
pub struct Passwords {
    hasher: Argon2<'static>,
    rng: Arc<dyn Rng>,
    running: Arc<Semaphore>,
    /// Places for those that run and those that wait.
    admitted: Arc<Semaphore>,
    /// What a password is checked against when there is no such user: costs the same and never matches.
    nobody: Arc<str>,
}

/// Leave to compute one hash.
pub(crate) struct Turn {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Passwords {
    /// Hashes at this cost.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cost argon2 does not know.
    pub fn new(options: PasswordOptions, rng: Arc<dyn Rng>) -> Result<Self, Error> {
        let params = Params::new(options.memory_kib, options.passes, 1, None)
            .map_err(|error| Error::Invalid(format!("the password hash cost is impossible: {error}")))?;
        let (memory, passes) = (options.memory_kib, options.passes);
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        let parallel = options.parallel.max(1);
        Ok(Self {
            hasher: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            rng,
            running: Arc::new(Semaphore::new(parallel)),
            admitted: Arc::new(Semaphore::new(parallel + options.max_waiting)),
            nobody: format!("$argon2id$v=19$m={memory},t={passes},p=1${salt}${hash}").into(),
        })
    }

    /// Waits for leave to compute a hash.
    pub(crate) async fn turn(&self) -> Result<Turn, Error> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let running =
            Arc::clone(&self.running).acquire_owned().await.map_err(|error| Error::Crypto(error.into()))?;
        Ok(Turn { _admitted: admitted, _running: running })
    }

    /// Hashes a password; the result is a PHC string.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many hashes wait; [`Error::Crypto`].
    pub async fn hash(&self, password: Secret) -> Result<String, Error> {
        let turn = self.turn().await?;
        let (hasher, salt) = (self.hasher.clone(), self.rng.bytes::<16>());
        let work = move || {
            let _turn = turn;
            let hash: PasswordHash = hasher.hash_password_with_salt(password.expose().as_bytes(), &salt)?;
            Ok::<_, argon2::password_hash::Error>(hash.to_string())
        };
        let hash = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Crypto(error.into()))?;
        hash.map_err(|error| Error::Crypto(error.to_string().into()))
    }

    /// Whether the password has this hash. Without a hash the answer is no, after the same time.
    pub(crate) async fn check(
        &self,
        turn: Turn,
        password: Secret,
        hash: Option<&str>,
    ) -> Result<bool, Error> {
        let nobody = hash.is_none();
        let hash: Arc<str> = hash.map_or_else(|| Arc::clone(&self.nobody), Arc::from);
        let hasher = self.hasher.clone();
        let work = move || {
            let _turn = turn;
            hasher.verify_password(password.expose().as_bytes(), &*hash)
        };
        let verdict = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Crypto(error.into()))?;
        match verdict {
            Ok(()) => Ok(!nobody),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::Crypto(error.to_string().into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::tests::TestRng;

    fn passwords() -> Passwords {
        Passwords::new(
            PasswordOptions { max_waiting: 1, parallel: 1, ..PasswordOptions::cheap() },
            TestRng::new(),
        )
        .unwrap()
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    async fn check(passwords: &Passwords, password: &str, hash: Option<&str>) -> Result<bool, Error> {
        passwords.check(passwords.turn().await?, secret(password), hash).await
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = passwords();
        let hash = passwords.hash(secret("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(check(&passwords, "correct horse", Some(&hash)).await.unwrap());
        assert!(!check(&passwords, "correct horses", Some(&hash)).await.unwrap());
        assert_ne!(passwords.hash(secret("correct horse")).await.unwrap(), hash);
    }

    #[tokio::test]
    async fn nobody_has_no_password_but_costs_a_hash() {
        let passwords = passwords();
        assert!(!check(&passwords, "correct horse", None).await.unwrap());
        // A hash that does not parse would be refused without any work.
        let parsed = PasswordHash::new(&passwords.nobody).unwrap();
        assert_eq!(parsed.hash.unwrap().len(), 32);
    }

    #[tokio::test]
    async fn a_hash_that_does_not_parse_is_an_error_not_a_match() {
        assert!(matches!(check(&passwords(), "x", Some("$1$abc")).await, Err(Error::Crypto(_))));
    }

    #[tokio::test]
    async fn too_many_waiting_hashes_are_turned_away() {
        let passwords = passwords();
        let running = passwords.turn().await.unwrap();
        let waiting = passwords.turn();
        let refused = async {
            let refused = passwords.turn().await;
            drop(running);
            refused
        };
        let (waiting, refused) = tokio::join!(biased; waiting, refused);
        assert!(waiting.is_ok());
        assert!(matches!(refused, Err(Error::Overloaded)));
    }

    #[test]
    fn an_impossible_cost_is_refused() {
        assert!(
            Passwords::new(PasswordOptions { passes: 0, ..PasswordOptions::cheap() }, TestRng::new())
                .is_err()
        );
    }
}
