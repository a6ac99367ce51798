//! App installations: registration, changes, secrets, and the registry every request asks. Source: spec 02.
//!
//! The store decides what is unique and which revision is present; every change is computed from the app it read and
//! written on condition that the revision is still the same, so two changes never lose one another, whoever makes them.
//! Changes of one process also take turns, so that the [`Registry`] sees them in the order of the store.

mod change;
mod registry;
mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;
use trunkline_jose::SealingKey;
use trunkline_model::{AppInstallation, AppSecrets, Clock, Rng, Secret};
use trunkline_storage as storage;
use trunkline_wire::installations::{AppObject, EndpointPolicy, Manifest};
use trunkline_wire::{AccountId, AppInstallationId};
use uuid::Builder;

use crate::Error;
use crate::auth::AccountAdmin;
use crate::webhooks::Hub;
use change::Change;

pub use registry::Registry;
pub use secrets::open_secret;
pub use storage::Revision;

/// How often a change is computed anew because somebody else wrote in between.
const ATTEMPTS: usize = 50;

/// An app installation and its present secret: what its admin sees.
#[derive(Debug, Clone)]
pub struct InstalledApp {
    /// The app.
    pub app: Arc<AppInstallation>,
    /// `client_secret`.
    pub secret: Secret,
}

impl InstalledApp {
    /// The read form on the wire, secret included.
    pub fn to_wire(&self) -> AppObject {
        let app = &self.app;
        AppObject::new(app.id, self.secret.expose().to_owned(), app.issued_at, app.manifest.clone())
    }
}

/// Registers and changes app installations.
pub struct Installations {
    inner: Arc<Inner>,
    tasks: TaskTracker,
}

struct Inner {
    storage: Arc<dyn storage::Installations>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    sealing: Arc<SealingKey>,
    registry: Arc<Registry>,
    policy: EndpointPolicy,
    hub: Arc<Hub>,
    turn: Mutex<()>,
}

impl Installations {
    /// Wires the service to its store and to the registry it keeps true.
    pub fn new(
        storage: Arc<dyn storage::Installations>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        sealing: Arc<SealingKey>,
        registry: Arc<Registry>,
        policy: EndpointPolicy,
        hub: Arc<Hub>,
    ) -> Self {
        let turn = Mutex::new(());
        let inner = Inner { storage, clock, rng, sealing, registry, policy, hub, turn };
        Self { inner: Arc::new(inner), tasks: TaskTracker::new() }
    }

    /// Which webhook endpoints manifests may name here.
    pub fn policy(&self) -> EndpointPolicy {
        self.inner.policy
    }

    /// All app installations of the account that are not deleted, oldest first, and their revision.
    ///
    /// # Errors
    /// Trouble with the store or the master key.
    pub async fn list(&self, admin: &AccountAdmin) -> Result<(Vec<InstalledApp>, Revision), Error> {
        let (apps, revision) = self.inner.storage.installations(admin.account()).await?;
        let apps =
            apps.into_iter().map(|app| self.inner.installed(Arc::new(app))).collect::<Result<_, _>>()?;
        Ok((apps, revision))
    }

    /// One app installation and the account's revision.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or deleted app.
    pub async fn get(
        &self,
        admin: &AccountAdmin,
        id: AppInstallationId,
    ) -> Result<(InstalledApp, Revision), Error> {
        let (app, revision) = self.inner.present(admin.account(), id).await?;
        Ok((self.inner.installed(Arc::new(app))?, revision))
    }

    /// The account's present revision.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn revision(&self, admin: &AccountAdmin) -> Result<Revision, Error> {
        let nobody = AppInstallationId::from_uuid(uuid::Uuid::nil());
        Ok(self.inner.storage.installation(admin.account(), nobody).await?.1)
    }

    /// Registers an app under a new id with a new secret.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a manifest that breaks a rule, [`Error::Duplicate`] for a `client_name` that is taken,
    /// [`Error::StaleRevision`] when `expected` is not the present revision.
    pub async fn create(
        &self,
        admin: &AccountAdmin,
        manifest: Manifest,
        expected: Option<Revision>,
    ) -> Result<(InstalledApp, Revision), Error> {
        self.check(&manifest)?;
        let inner = &self.inner;
        let account = admin.account().clone();
        let id = AppInstallationId::from_uuid(Builder::from_random_bytes(inner.rng.bytes()).into_uuid());
        let secret = secrets::new_secret(&*inner.rng);
        let sealed = secrets::seal_secret(&inner.sealing, &*inner.rng, &account, id, &secret)?;
        let app = AppInstallation {
            account,
            id,
            secrets: AppSecrets { current: sealed, previous: None },
            issued_at: inner.clock.now().seconds(),
            state: change::state_of(&manifest),
            manifest,
        };
        // The registry fills itself when the app is first used: it remembers no absence, so nothing there is stale.
        let told = app.account.clone();
        let _told = TellOfApp { hub: &inner.hub, account: &told, id };
        let written = inner.storage.create_installation(app.clone(), expected).await;
        let revision = written.map_err(|error| refused(error, expected))?;
        Ok((InstalledApp { app: Arc::new(app), secret }, revision))
    }

    /// Replaces the writable members of an app; id, secret and time of issue stay.
    ///
    /// # Errors
    /// As for [`Self::create`], and [`Error::NotFound`] for an unknown or deleted app.
    pub async fn update(
        &self,
        admin: &AccountAdmin,
        id: AppInstallationId,
        manifest: Manifest,
        expected: Option<Revision>,
    ) -> Result<(InstalledApp, Revision), Error> {
        self.check(&manifest)?;
        self.change(admin.account(), id, Change::Replace(Box::new(manifest)), expected).await
    }

    /// Deletes an app: it stays as a hidden tombstone, its tokens stop working at once, its name is free again.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or deleted app, [`Error::StaleRevision`].
    pub async fn delete(
        &self,
        admin: &AccountAdmin,
        id: AppInstallationId,
        expected: Option<Revision>,
    ) -> Result<Revision, Error> {
        Ok(self.change(admin.account(), id, Change::Delete, expected).await?.1)
    }

    /// Enables or disables an app.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or deleted app.
    pub async fn set_enabled(
        &self,
        admin: &AccountAdmin,
        id: AppInstallationId,
        enabled: bool,
    ) -> Result<(InstalledApp, Revision), Error> {
        self.change(admin.account(), id, Change::SetEnabled(enabled), None).await
    }

    /// Gives an app a new secret; the present one signs in until `overlap` has passed. Without overlap it stops at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or deleted app.
    pub async fn rotate_secret(
        &self,
        admin: &AccountAdmin,
        id: AppInstallationId,
        overlap: Duration,
    ) -> Result<(InstalledApp, Revision), Error> {
        let inner = &self.inner;
        let secret = secrets::new_secret(&*inner.rng);
        let sealed = secrets::seal_secret(&inner.sealing, &*inner.rng, admin.account(), id, &secret)?;
        self.change(admin.account(), id, Change::RotateSecret { to: sealed, overlap }, None).await
    }

    fn check(&self, manifest: &Manifest) -> Result<(), Error> {
        manifest.validate(self.inner.policy).map_err(|error| Error::Invalid(error.to_string()))
    }

    /// Runs a change as a task of its own: a caller who goes away must not leave a change that is in the store but not
    /// in the registry.
    async fn change(
        &self,
        account: &AccountId,
        id: AppInstallationId,
        change: Change,
        expected: Option<Revision>,
    ) -> Result<(InstalledApp, Revision), Error> {
        let (inner, account) = (Arc::clone(&self.inner), account.clone());
        let task = self.tasks.spawn(async move { inner.change(&account, id, &change, expected).await });
        task.await.unwrap_or_else(|error| {
            let operation = "changing an app installation";
            Err(Error::Storage(storage::Error::Backend { operation, source: Box::new(error) }))
        })
    }
}

impl Inner {
    async fn change(
        &self,
        account: &AccountId,
        id: AppInstallationId,
        change: &Change,
        expected: Option<Revision>,
    ) -> Result<(InstalledApp, Revision), Error> {
        let _turn = self.turn.lock().await;
        for _ in 0..ATTEMPTS {
            let (app, revision) = self.present(account, id).await?;
            if let Some(expected) = expected.filter(|expected| *expected != revision) {
                return Err(Error::StaleRevision(expected));
            }
            let app = change.apply(app, self.clock.now());
            let _told = TellOfApp { hub: &self.hub, account, id };
            match self.storage.update_installation(app.clone(), Some(revision)).await {
                Ok(revision) => {
                    let app = Arc::new(app);
                    self.registry.put(Arc::clone(&app));
                    return Ok((self.installed(app)?, revision));
                }
                Err(storage::Error::StaleRevision | storage::Error::Conflict) if expected.is_none() => {}
                Err(error) => {
                    // Whether the write happened may be unknown; what is remembered must not contradict it.
                    self.registry.forget(id);
                    return Err(refused(error, expected));
                }
            }
        }
        Err(Error::Storage(storage::Error::Conflict))
    }

    async fn present(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<(AppInstallation, Revision), Error> {
        let (app, revision) = self.storage.installation(account, id).await?;
        let app = app.filter(|app| !change::is_deleted(app)).ok_or(Error::NotFound("app installation"))?;
        Ok((app, revision))
    }

    fn installed(&self, app: Arc<AppInstallation>) -> Result<InstalledApp, Error> {
        let secret = open_secret(&self.sealing, &app, &app.secrets.current)?;
        Ok(InstalledApp { app, secret })
    }
}

/// Has webhook delivery look at an app when a write ends, in whatever way: it may have happened although its caller went
/// away or was told that it failed.
struct TellOfApp<'a> {
    hub: &'a Hub,
    account: &'a AccountId,
    id: AppInstallationId,
}

impl Drop for TellOfApp<'_> {
    fn drop(&mut self) {
        self.hub.app_changed(self.account, self.id);
    }
}

/// What the store's refusals mean to an admin.
fn refused(error: storage::Error, expected: Option<Revision>) -> Error {
    match (error, expected) {
        (storage::Error::Duplicate(_), _) => {
            Error::Duplicate("client_name must be unique in the account: another app has this one".to_owned())
        }
        (storage::Error::StaleRevision, Some(expected)) => Error::StaleRevision(expected),
        (storage::Error::NotFound, _) => Error::NotFound("app installation"),
        (error, _) => error.into(),
    }
}

impl fmt::Debug for Installations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installations").field("policy", &self.inner.policy).finish_non_exhaustive()
    }
}
