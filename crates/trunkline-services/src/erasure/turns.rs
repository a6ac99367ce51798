//! Who erases next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use trunkline_wire::AccountId;

/// The turns of accounts: consumers of one account are erased one after the other, because the store has other things to
/// do, and no account waits for what keeps another one.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<AccountId, Arc<Turn<()>>>>);

impl Turns {
    /// Waits for the account's turn, which ends when the guard is dropped.
    pub(super) async fn take(&self, account: &AccountId) -> OwnedMutexGuard<()> {
        self.of(account).lock_owned().await
    }

    fn of(&self, account: &AccountId) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has or waits for a turn holds it, too.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(account.clone()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accounts_wait_for_themselves_alone_and_are_forgotten() {
        let turns = Turns::default();
        let [one, other] = ["one", "other"].map(|name| AccountId::parse(name).unwrap());
        let first = turns.take(&one).await;
        assert!(turns.of(&one).try_lock().is_err());
        let second = turns.take(&other).await;
        drop(first);
        drop(turns.take(&one).await);
        drop(second);
        drop(turns.take(&other).await);
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
