//! Accounts: the tenants, and the secret that turns external consumer ids into consumer ids.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;
use trunkline_jose::SealingKey;
use trunkline_model::{Account, Clock, Page, PageRequest, Rng, SealedSecret};
use trunkline_storage as storage;
use trunkline_wire::AccountId;
use zeroize::Zeroizing;

use crate::Error;
use crate::auth::Operator;

/// Accounts held in memory; the rest is read from the store when asked for.
const CACHED: usize = 10_000;

/// 32 random bytes of one account, in the clear: the HMAC key of its consumer ids (spec 04 §4).
pub struct ConsumerSecret(Zeroizing<Vec<u8>>);

impl ConsumerSecret {
    /// The key.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ConsumerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsumerSecret(…)")
    }
}

/// Creates and finds accounts.
///
/// An account never changes after it was created, so what the caches hold cannot become stale. That an account is
/// unknown is not remembered, because it may be created at any moment.
pub struct Accounts {
    storage: Arc<dyn storage::Accounts>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    sealing: Arc<SealingKey>,
    known: Cache<AccountId, Arc<Account>>,
    secrets: Cache<AccountId, Arc<ConsumerSecret>>,
}

impl Accounts {
    /// Wires the service to its store.
    pub fn new(
        storage: Arc<dyn storage::Accounts>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        sealing: Arc<SealingKey>,
    ) -> Self {
        Self { storage, clock, rng, sealing, known: Cache::new(CACHED), secrets: Cache::new(CACHED) }
    }

    /// Creates an account with a new consumer secret.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the id is taken.
    pub async fn create(&self, _operator: &Operator, id: AccountId) -> Result<Arc<Account>, Error> {
        let secret = Zeroizing::new(self.rng.bytes::<32>());
        let sealed = self
            .sealing
            .seal(&*secret, &secret_context(&id), self.rng.bytes())
            .map_err(|error| Error::Crypto(error.into()))?;
        let account = Account {
            id,
            created_at: self.clock.now(),
            consumer_secret: SealedSecret::from_ciphertext(sealed),
        };
        match self.storage.create_account(account.clone()).await {
            Ok(()) => Ok(Arc::new(account)),
            Err(storage::Error::Duplicate(_)) => {
                Err(Error::Duplicate(format!("account {} already exists", account.id)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The accounts by id.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn list(
        &self,
        _operator: &Operator,
        page: PageRequest<AccountId>,
    ) -> Result<Page<Account, AccountId>, Error> {
        Ok(self.storage.accounts(page).await?)
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn get(&self, _operator: &Operator, id: &AccountId) -> Result<Arc<Account>, Error> {
        self.known(id).await?.ok_or(Error::NotFound("account"))
    }

    /// One account, from memory if possible; `None` if there is none.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn known(&self, id: &AccountId) -> Result<Option<Arc<Account>>, Error> {
        if let Some(account) = self.known.get(id) {
            return Ok(Some(account));
        }
        let account = self.storage.account(id).await?.map(Arc::new);
        if let Some(account) = &account {
            self.known.insert(id.clone(), Arc::clone(account));
        }
        Ok(account)
    }

    /// The consumer secret of an account, from memory if possible.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account; [`Error::Crypto`] when the master key is another one.
    pub async fn consumer_secret(&self, id: &AccountId) -> Result<Arc<ConsumerSecret>, Error> {
        if let Some(secret) = self.secrets.get(id) {
            return Ok(secret);
        }
        let account = self.known(id).await?.ok_or(Error::NotFound("account"))?;
        let opened = self.sealing.open(account.consumer_secret.ciphertext(), &secret_context(id));
        let secret = Arc::new(ConsumerSecret(opened.map_err(|error| Error::Crypto(error.into()))?));
        self.secrets.insert(id.clone(), Arc::clone(&secret));
        Ok(secret)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}

fn secret_context(id: &AccountId) -> String {
    format!("account-consumer-secret/{id}")
}
