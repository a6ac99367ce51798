//! The service: what operators and connectors may ask about deliveries.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use trunkline_model::{AppInstallation, AppState, Clock, Rng};
use trunkline_storage::Storage;
use trunkline_wire::installations::EndpointPolicy;
use trunkline_wire::{AccountId, AppInstallationId};

use super::{AppCommand, AppHandle, AppStatus, Hub, Sampler, WebhookError};
use crate::Error;
use crate::auth::{AccountAdmin, AppCaller};
use crate::sentinel::ClientSecrets;

/// How long a command may take. What waits is a write to the store at most.
const ANSWER: Duration = Duration::from_secs(30);

/// How long a call waits for the delivery to an app that was installed, enabled or changed a moment ago, and how often it
/// looks.
const BEGINNING: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(20);

/// The most readers of live records at the same time, in one process.
const TAILS: usize = 64;

/// The most tests of endpoints at the same time, in one process.
pub(super) const TESTS: usize = 4;

/// What the service stands on.
pub struct WebhooksParts {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The way to delivering apps.
    pub hub: Arc<Hub>,
    /// The secrets that sign samples.
    pub secrets: Arc<ClientSecrets>,
    /// Which endpoints may be tested.
    pub endpoints: EndpointPolicy,
}

/// Deliveries as operators and connectors see them: records, state, replay, samples.
pub struct Webhooks {
    pub(super) parts: WebhooksParts,
    pub(super) sampler: OnceLock<Arc<dyn Sampler>>,
    pub(super) tails: Arc<Semaphore>,
    pub(super) tests: Semaphore,
}

impl Webhooks {
    /// The service; it sends no samples before [`Self::sample_with`].
    pub fn new(parts: WebhooksParts) -> Self {
        let (tails, tests) = (Arc::new(Semaphore::new(TAILS)), Semaphore::new(TESTS));
        Self { parts, sampler: OnceLock::new(), tails, tests }
    }

    /// Gives the service what sends its samples; the first call counts.
    pub fn sample_with(&self, sampler: Arc<dyn Sampler>) {
        self.sampler.get_or_init(|| sampler);
    }

    /// How delivery to an app stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown app, [`WebhookError::Disabled`], [`WebhookError::NoWebhooks`],
    /// [`WebhookError::NotRunning`].
    pub async fn status(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
    ) -> Result<AppStatus, WebhookError> {
        let handle = self.delivering(admin, app).await?;
        let status = handle.status.borrow().clone();
        Ok(status)
    }

    /// "We are back": has failed endpoints of an app tried at once, on behalf of its operator.
    ///
    /// # Errors
    /// As for [`Self::status`]; [`WebhookError::Busy`] when the app does not take the command in time.
    pub async fn resume(&self, admin: &AccountAdmin, app: AppInstallationId) -> Result<(), WebhookError> {
        let handle = self.delivering(admin, app).await?;
        ask(&handle, |done| AppCommand::Resume { done }).await
    }

    /// "We are back", said by the app itself.
    ///
    /// # Errors
    /// As for [`Self::resume`]; the app is known.
    pub async fn resume_own(&self, caller: &AppCaller) -> Result<(), WebhookError> {
        let handle = self.handle(caller.app()).await?;
        ask(&handle, |done| AppCommand::Resume { done }).await
    }

    /// An app of the account that is not deleted.
    pub(super) async fn app(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<AppInstallation, WebhookError> {
        let (app, _) = self.parts.storage.installation(account, id).await?;
        let app = app.filter(|app| !matches!(app.state, AppState::Deleted { .. }));
        Ok(app.ok_or(Error::NotFound("app installation"))?)
    }

    /// The way to an app of the account.
    pub(super) async fn delivering(
        &self,
        admin: &AccountAdmin,
        id: AppInstallationId,
    ) -> Result<AppHandle, WebhookError> {
        self.handle(&self.app(admin.account(), id).await?).await
    }

    /// The way to an app, or why there is none. The hub is asked by id only: the caller knows whose app it is.
    async fn handle(&self, app: &AppInstallation) -> Result<AppHandle, WebhookError> {
        if !app.is_live() {
            return Err(WebhookError::Disabled);
        }
        if app.manifest.capabilities.webhooks.events.is_empty() {
            return Err(WebhookError::NoWebhooks);
        }
        let registered = async {
            loop {
                match self.parts.hub.app(app.id) {
                    Some(handle) => return handle,
                    None => tokio::time::sleep(LOOK).await,
                }
            }
        };
        tokio::time::timeout(BEGINNING, registered).await.map_err(|_| WebhookError::NotRunning)
    }
}

/// Sends a command and waits for its answer.
pub(super) async fn ask<T>(
    handle: &AppHandle,
    command: impl FnOnce(oneshot::Sender<T>) -> AppCommand,
) -> Result<T, WebhookError> {
    let (done, answer) = oneshot::channel();
    let asked = async {
        handle.commands.send(command(done)).await.map_err(|_| WebhookError::NotRunning)?;
        answer.await.map_err(|_| WebhookError::NotRunning)
    };
    let late = WebhookError::Busy("delivery did not answer in time: what was asked may still happen");
    tokio::time::timeout(ANSWER, asked).await.unwrap_or(Err(late))
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("hub", &self.parts.hub).finish_non_exhaustive()
    }
}
