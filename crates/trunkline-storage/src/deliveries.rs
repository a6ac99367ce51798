//! How far webhook deliveries are, and what was tried.

use async_trait::async_trait;
use trunkline_model::{
    AppInstallation, DeliveryCursor, DeliveryFilter, DeliveryProgress, DeliveryRecord, Page, PageRequest,
    ParkedEvent,
};
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, DeliveryId, EpochMillis};

use crate::Error;

/// How far webhook deliveries are, and what was tried.
///
/// Creating an app enabled and enabling a disabled one ([`Installations`](crate::Installations)) sets its cursor to the end
/// of the log in the same transaction, under a generation higher than any the app had, with nothing parked, lost or
/// replayed; disabling or deleting it forgets all of that but the generation. Changing an app that stays enabled leaves its
/// cursor alone. Records stay through all of it.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Every enabled app of every account with its cursor, by account and app; a page at a time.
    async fn delivering_apps(
        &self,
        page: PageRequest<(AccountId, AppInstallationId)>,
    ) -> Result<Page<(AppInstallation, DeliveryCursor), (AccountId, AppInstallationId)>, Error>;

    /// One enabled app and its cursor; `None` when there is no such app or it is not enabled.
    async fn delivering_app(
        &self,
        account: &AccountId,
        app: AppInstallationId,
    ) -> Result<Option<(AppInstallation, DeliveryCursor)>, Error>;

    /// The parked events of an app, by position.
    async fn parked_events(
        &self,
        account: &AccountId,
        app: AppInstallationId,
    ) -> Result<Vec<ParkedEvent>, Error>;

    /// Writes progress, all or nothing; durable when it returns. Progress of another generation than the app's present one,
    /// or of an app that is not enabled, changes nothing but the records; of an unknown app, nothing at all. An event that
    /// is both settled and parked stays parked. Writing the same progress again is no error and changes nothing.
    ///
    /// Of each app in `progress` the `keep_records` records with the highest ids stay, and of all apps none from before
    /// `records_since`; where thousands must go, later calls remove the rest.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many writes wait.
    async fn advance_deliveries(
        &self,
        progress: Vec<DeliveryProgress>,
        keep_records: usize,
        records_since: EpochMillis,
    ) -> Result<(), Error>;

    /// The records of an app, newest first; the cursor is the id of the last one of a page. Deleted apps have some, too,
    /// until they are too old.
    async fn delivery_records(
        &self,
        account: &AccountId,
        app: AppInstallationId,
        filter: DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRecord, DeliveryId>, Error>;

    /// One record.
    async fn delivery_record(
        &self,
        account: &AccountId,
        app: AppInstallationId,
        id: DeliveryId,
    ) -> Result<Option<DeliveryRecord>, Error>;

    /// Forgets what receivers answered to events of these conversations of an account; all else of the records stays. In
    /// steps: others' writes find their place between, and an interruption leaves some for the next call. Of conversations that
    /// are erased ([`Erasure`](crate::Erasure)) no answer is recorded any more.
    async fn forget_answers(
        &self,
        account: &AccountId,
        conversations: Vec<ConversationId>,
    ) -> Result<(), Error>;
}
