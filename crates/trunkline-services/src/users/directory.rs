//! Users by any of their ids. Source: spec 20 §1.
//!
//! A PID cannot be turned back into the number it was made from, so the PIDs of an account's users are kept beside their
//! numbers. Users are numbered upwards and never removed: what is kept stays true, and an unknown PID is looked for among
//! later users only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use trunkline_model::{PageRequest, User};
use trunkline_storage::Storage;
use trunkline_wire::{AccountId, AgentId, UserId};

use crate::Error;

/// How many accounts' PIDs are kept.
const ACCOUNTS: usize = 1024;
/// How many users are kept.
const USERS: usize = 16 * 1024;
/// How many users are read at once.
const PAGE: usize = 500;

/// Finds users, mostly in memory.
pub(super) struct Directory {
    storage: Arc<dyn Storage>,
    accounts: Cache<AccountId, Arc<Mutex<Numbers>>>,
    users: Cache<(AccountId, UserId), Arc<User>>,
    /// Counts the changes, so that a user who was read before one is not kept after it.
    changes: Mutex<u64>,
}

/// The users of one account.
#[derive(Default)]
struct Numbers {
    by_pid: HashMap<AgentId, UserId>,
    /// The last user who was looked at.
    last: Option<UserId>,
}

impl Directory {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, accounts: Cache::new(ACCOUNTS), users: Cache::new(USERS), changes: Mutex::new(0) }
    }

    /// The user with this number.
    pub(super) async fn by_number(
        &self,
        account: &AccountId,
        id: UserId,
    ) -> Result<Option<Arc<User>>, Error> {
        let key = (account.clone(), id);
        if let Some(user) = self.users.get(&key) {
            return Ok(Some(user));
        }
        let before = *self.changes();
        let Some(user) = self.storage.user(account, id).await?.map(Arc::new) else { return Ok(None) };
        let changes = self.changes();
        if *changes == before {
            self.users.insert(key, Arc::clone(&user));
        }
        Ok(Some(user))
    }

    /// The number of the user with this PID.
    pub(super) async fn number_of(&self, account: &AccountId, pid: AgentId) -> Result<Option<UserId>, Error> {
        let numbers = self.accounts.get_or_insert_with(account, || Ok::<_, Error>(Arc::default()))?;
        loop {
            let after = {
                let numbers = locked(&numbers);
                if let Some(number) = numbers.by_pid.get(&pid) {
                    return Ok(Some(*number));
                }
                numbers.last
            };
            let page = self.storage.users(account, PageRequest { after, limit: PAGE }).await?;
            let is_last = page.next.is_none();
            let mut numbers = locked(&numbers);
            for user in page.items {
                numbers.last = numbers.last.max(Some(user.id));
                numbers.by_pid.insert(user.agent_id(), user.id);
            }
            if is_last {
                return Ok(numbers.by_pid.get(&pid).copied());
            }
        }
    }

    /// Forgets a user who was changed.
    pub(super) fn forget(&self, account: &AccountId, id: UserId) {
        let mut changes = self.changes();
        *changes += 1;
        self.users.remove(&(account.clone(), id));
    }

    fn changes(&self) -> MutexGuard<'_, u64> {
        locked(&self.changes)
    }
}

/// What is locked here is right even if a holder panicked.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
