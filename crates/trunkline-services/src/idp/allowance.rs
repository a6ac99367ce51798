//! How many identities an account may give away: what anybody may ask for must not keep the signing threads busy.
//!
//! A limit per address would be the proxy's behind a proxy; one per account cannot be got around.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use trunkline_wire::{AccountId, EpochMillis};

use crate::rate::{Meter, Rate};

/// Counts by account; only accounts that exist are counted.
#[derive(Debug)]
pub(super) struct Allowances {
    rate: Rate,
    accounts: Mutex<HashMap<AccountId, Meter>>,
}

impl Allowances {
    /// So many a minute, all of which may come at once.
    pub(super) fn new(per_minute: u32) -> Self {
        let rate = Rate { requests: per_minute, window: Duration::from_mins(1) };
        Self { rate, accounts: Mutex::default() }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How long to wait until there is one again.
    pub(super) fn take(&self, account: &AccountId, now: EpochMillis) -> Result<(), Duration> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.entry(account.clone()).or_default().take(self.rate, now)
    }
}
