//! Records as they happen.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use trunkline_model::DeliveryRecord;
use trunkline_wire::AppInstallationId;

use super::{WebhookError, Webhooks};
use crate::auth::AccountAdmin;

/// A reader of an app's records. It is never waited for: one that is too slow misses records and is told so.
#[derive(Debug)]
pub struct RecordTail {
    records: Receiver<Arc<DeliveryRecord>>,
    _place: OwnedSemaphorePermit,
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tailed {
    /// A record.
    Record(Arc<DeliveryRecord>),
    /// So many records were missed here.
    Missed(u64),
}

impl RecordTail {
    /// The next record; `None` when nothing is delivered to the app any more. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Tailed> {
        match self.records.recv().await {
            Ok(record) => Some(Tailed::Record(record)),
            Err(RecvError::Lagged(missed)) => Some(Tailed::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

impl Webhooks {
    /// Follows the records of an app from now on.
    ///
    /// # Errors
    /// As for [`Webhooks::status`]; [`WebhookError::Busy`] when there are too many readers.
    pub async fn follow(
        &self,
        admin: &AccountAdmin,
        app: AppInstallationId,
    ) -> Result<RecordTail, WebhookError> {
        let handle = self.delivering(admin, app).await?;
        let place = Arc::clone(&self.tails).try_acquire_owned();
        let place = place.map_err(|_| WebhookError::Busy("too many readers follow deliveries"))?;
        // Only the receiving half is kept: the stream must end when the app's delivery does.
        Ok(RecordTail { records: handle.records.subscribe(), _place: place })
    }
}
