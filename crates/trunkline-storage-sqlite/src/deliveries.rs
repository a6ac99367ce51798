//! How far webhook deliveries are, and what was tried.
//!
//! Every app has one row in `delivery_cursors` from its creation on ([`cursor`]); the other tables name it by its number,
//! which is found by account and id, so that nothing here is reached from another account. [`advance`] is what runs
//! beside the commits of the log many times a second: a handful of prepared statements and no scan.

mod advance;
pub(crate) mod cursor;
mod parked;
mod records;

use async_trait::async_trait;
use trunkline_model::{
    AppInstallation, DeliveryCursor, DeliveryFilter, DeliveryProgress, DeliveryRecord, Page, PageRequest,
    ParkedEvent,
};
use trunkline_storage::{Deliveries, Error};
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, DeliveryId, EpochMillis};

use crate::SqliteStorage;

#[async_trait]
impl Deliveries for SqliteStorage {
    async fn delivering_apps(
        &self,
        page: PageRequest<(AccountId, AppInstallationId)>,
    ) -> Result<Page<(AppInstallation, DeliveryCursor), (AccountId, AppInstallationId)>, Error> {
        self.read("delivering_apps", move |connection| cursor::page(connection, &page)).await
    }

    async fn delivering_app(
        &self,
        account: &AccountId,
        app: AppInstallationId,
    ) -> Result<Option<(AppInstallation, DeliveryCursor)>, Error> {
        let account = account.clone();
        self.read("delivering_app", move |connection| cursor::one_app(connection, &account, app)).await
    }

    async fn parked_events(
        &self,
        account: &AccountId,
        app: AppInstallationId,
    ) -> Result<Vec<ParkedEvent>, Error> {
        let account = account.clone();
        self.read("parked_events", move |connection| parked::list(connection, &account, app)).await
    }

    async fn advance_deliveries(
        &self,
        progress: Vec<DeliveryProgress>,
        keep_records: usize,
        records_since: EpochMillis,
    ) -> Result<(), Error> {
        self.write("advance_deliveries", move |connection| {
            advance::run(connection, &progress, keep_records, records_since)
        })
        .await
    }

    async fn delivery_records(
        &self,
        account: &AccountId,
        app: AppInstallationId,
        filter: DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRecord, DeliveryId>, Error> {
        let account = account.clone();
        self.read("delivery_records", move |connection| {
            records::page_of(connection, &account, app, &filter, page)
        })
        .await
    }

    async fn delivery_record(
        &self,
        account: &AccountId,
        app: AppInstallationId,
        id: DeliveryId,
    ) -> Result<Option<DeliveryRecord>, Error> {
        let account = account.clone();
        self.read("delivery_record", move |connection| records::by_id(connection, &account, app, id)).await
    }

    async fn forget_answers(
        &self,
        account: &AccountId,
        conversations: Vec<ConversationId>,
    ) -> Result<(), Error> {
        let account = account.clone();
        self.write("forget_answers", move |connection| {
            records::forget_answers(connection, &account, &conversations)
        })
        .await
    }
}

fn uuid_bytes(app: &AppInstallationId) -> &[u8] {
    app.as_uuid().as_bytes().as_slice()
}
