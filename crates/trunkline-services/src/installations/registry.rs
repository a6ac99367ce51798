//! The app installations in use, in memory: every request asks here whether its app may act.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use trunkline_model::AppInstallation;
use trunkline_storage as storage;
use trunkline_wire::{AccountId, AppInstallationId};

use crate::Error;

/// A bounded cache that is never behind a finished write.
///
/// A miss reads the store without holding anything. Between that read and keeping its result somebody may change the
/// app; each change therefore moves the epoch, and a result is kept only if the epoch is still the one of before the
/// read. Unknown ids are not remembered.
pub struct Registry {
    storage: Arc<dyn storage::Installations>,
    apps: Cache<AppInstallationId, Arc<AppInstallation>>,
    epoch: Mutex<u64>,
}

impl Registry {
    /// Holds up to `capacity` apps.
    pub fn new(storage: Arc<dyn storage::Installations>, capacity: usize) -> Self {
        Self { storage, apps: Cache::new(capacity), epoch: Mutex::new(0) }
    }

    /// The app, if it belongs to the account and may act now; disabled, deleted and unknown ones are `None`.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn live(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<Option<Arc<AppInstallation>>, Error> {
        let app = match self.apps.get(&id) {
            Some(app) => Some(app),
            None => self.read(account, id).await?,
        };
        Ok(app.filter(|app| app.is_live() && app.account == *account))
    }

    async fn read(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<Option<Arc<AppInstallation>>, Error> {
        let before = *self.epoch();
        let Some(app) = self.storage.installation(account, id).await?.0.map(Arc::new) else {
            return Ok(None);
        };
        let epoch = self.epoch();
        if *epoch == before {
            self.apps.insert(id, Arc::clone(&app));
        }
        Ok(Some(app))
    }

    /// Takes over an app that was just written.
    pub(super) fn put(&self, app: Arc<AppInstallation>) {
        let mut epoch = self.epoch();
        *epoch += 1;
        self.apps.insert(app.id, app);
    }

    /// Drops what is remembered of an app; the next request reads the store.
    pub(super) fn forget(&self, id: AppInstallationId) {
        let mut epoch = self.epoch();
        *epoch += 1;
        self.apps.remove(&id);
    }

    fn epoch(&self) -> MutexGuard<'_, u64> {
        // The number is right even if a holder panicked.
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("apps", &self.apps.len()).finish_non_exhaustive()
    }
}
