//! A store in memory whose reads and writes can be held up.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::{Semaphore, SemaphorePermit};
use trunkline_model::AppInstallation;
use trunkline_storage::{Error, Installations, Revision};
use trunkline_wire::{AccountId, AppInstallationId};

use super::super::change::is_deleted;

/// While `gate` has no permits, whoever reads or writes one app waits *after* having done so: a read has seen the old
/// state, a write is durable, and neither caller knows yet.
#[derive(Debug)]
pub(super) struct MemoryStore {
    state: Mutex<State>,
    pub(super) after_read: Semaphore,
    pub(super) after_write: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    apps: Vec<AppInstallation>,
    revisions: BTreeMap<AccountId, Revision>,
}

impl MemoryStore {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), after_read: Semaphore::new(1000), after_write: Semaphore::new(1000) }
    }

    /// Closes a gate; dropping the result opens it.
    pub(super) fn hold(gate: &Semaphore) -> SemaphorePermit<'_> {
        gate.try_acquire_many(1000).unwrap()
    }

    async fn pass(gate: &Semaphore) {
        drop(gate.acquire().await.unwrap());
    }
}

impl State {
    fn check(&self, app: &AppInstallation, expected: Option<Revision>) -> Result<Revision, Error> {
        let present = self.revisions.get(&app.account).copied().unwrap_or(0);
        if expected.is_some_and(|expected| expected != present) {
            return Err(Error::StaleRevision);
        }
        let taken = |other: &AppInstallation| {
            other.account == app.account
                && other.id != app.id
                && other.manifest.client_name == app.manifest.client_name
                && !is_deleted(other)
        };
        if self.apps.iter().any(taken) { Err(Error::Duplicate("client_name")) } else { Ok(present + 1) }
    }
}

#[async_trait]
impl Installations for MemoryStore {
    async fn installations(&self, account: &AccountId) -> Result<(Vec<AppInstallation>, Revision), Error> {
        let state = self.state.lock().unwrap();
        let mine = |app: &&AppInstallation| app.account == *account && !is_deleted(app);
        let apps = state.apps.iter().filter(mine).cloned().collect();
        Ok((apps, state.revisions.get(account).copied().unwrap_or(0)))
    }

    async fn installation(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<(Option<AppInstallation>, Revision), Error> {
        let found = {
            let state = self.state.lock().unwrap();
            let app = state.apps.iter().find(|app| app.account == *account && app.id == id).cloned();
            (app, state.revisions.get(account).copied().unwrap_or(0))
        };
        Self::pass(&self.after_read).await;
        Ok(found)
    }

    async fn create_installation(
        &self,
        app: AppInstallation,
        expected: Option<Revision>,
    ) -> Result<Revision, Error> {
        let mut state = self.state.lock().unwrap();
        let revision = state.check(&app, expected)?;
        state.revisions.insert(app.account.clone(), revision);
        state.apps.push(app);
        Ok(revision)
    }

    async fn update_installation(
        &self,
        app: AppInstallation,
        expected: Option<Revision>,
    ) -> Result<Revision, Error> {
        let revision = {
            let mut state = self.state.lock().unwrap();
            let revision = state.check(&app, expected)?;
            let stored = state.apps.iter_mut().find(|stored| stored.id == app.id && !is_deleted(stored));
            let stored = stored.ok_or(Error::NotFound)?;
            let account = app.account.clone();
            *stored = app;
            state.revisions.insert(account, revision);
            revision
        };
        Self::pass(&self.after_write).await;
        Ok(revision)
    }
}
