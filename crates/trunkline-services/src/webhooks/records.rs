//! What was tried, as it is stored.

use std::time::Duration;

use trunkline_model::{DeliveryFilter, DeliveryRecord, Page, PageRequest};
use trunkline_wire::{AppInstallationId, DeliveryId};

use super::service::ask;
use super::{AppCommand, WebhookError, Webhooks};
use crate::Error;
use crate::auth::AccountAdmin;

/// How long a reader waits for records that are not stored yet. Without them the answer is still right, if a moment old.
const FLUSH: Duration = Duration::from_secs(2);

impl Webhooks {
    /// The records of an app, newest first. They outlive the app's being disabled.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown app.
    pub async fn records(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
        filter: DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRecord, DeliveryId>, WebhookError> {
        self.app(admin.account(), app).await?;
        // Further pages are older than what may be missing.
        if page.after.is_none() {
            self.flush(app).await;
        }
        Ok(self.parts.storage.delivery_records(admin.account(), app, filter, page).await?)
    }

    /// One record of an app.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown app or record, also for one that is not kept any more.
    pub async fn record(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
        id: DeliveryId,
    ) -> Result<DeliveryRecord, WebhookError> {
        self.app(admin.account(), app).await?;
        if let Some(record) = self.parts.storage.delivery_record(admin.account(), app, id).await? {
            return Ok(record);
        }
        // A live tail shows records before they are stored.
        self.flush(app).await;
        let record = self.parts.storage.delivery_record(admin.account(), app, id).await?;
        Ok(record.ok_or(Error::NotFound("delivery"))?)
    }

    /// Has a delivering app write what it knows. Neither an app that does not deliver nor one that cannot write now is an
    /// error: the store has what it has.
    async fn flush(&self, app: AppInstallationId) {
        if let Some(handle) = self.parts.hub.app(app) {
            let flushed = ask(&handle, |done| AppCommand::Flush { done });
            if !matches!(tokio::time::timeout(FLUSH, flushed).await, Ok(Ok(()))) {
                tracing::debug!(app.id = %app, "the newest delivery records are not stored yet");
            }
        }
    }
}
