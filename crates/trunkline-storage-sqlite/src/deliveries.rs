//! How far webhook deliveries are, and what was tried.
//!
//! Every app has one row in `delivery_cursors` from its creation on ([`cursor`]); the other tables name it by its number,
//! which is found by account and id, so that nothing here is reached from another account. [`advance`] is what runs
//! beside the commits of the log many times a second: a handful of prepared statements and no scan.

mod advance;
pub(crate) mod cursor;
mod parked;
mod records;

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use trunkline_model::{
    AppInstallation, DeliveryCursor, DeliveryFilter, DeliveryProgress, DeliveryRecord, Page, PageRequest,
    ParkedEvent,
};
use trunkline_storage::{Deliveries, Error};
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, DeliveryId, EpochMillis};

use crate::SqliteStorage;

/// Records that are looked at in one read when answers are forgotten.
const LOOKED_AT: usize = 4096;
/// Answers that are forgotten in one write.
const FORGOTTEN: usize = 256;

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
        let heads = self.heads();
        self.write("advance_deliveries", move |connection| {
            advance::run(connection, &heads, &progress, keep_records, records_since)
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
        let wanted: Arc<HashSet<_>> = Arc::new(conversations.into_iter().collect());
        for app in self.read("forget_answers", move |connection| records::apps(connection, &account)).await? {
            let mut after = Some(0);
            while let Some(from) = after {
                let wanted = Arc::clone(&wanted);
                let found = self.read("forget_answers", move |connection| {
                    records::answered(connection, app, from, LOOKED_AT, &wanted)
                });
                let found = found.await?;
                for ids in found.ids.chunks(FORGOTTEN) {
                    let ids = ids.to_vec();
                    self.write("forget_answers", move |connection| {
                        records::forget_answers(connection, app, &ids)
                    })
                    .await?;
                    self.remains().note(true);
                }
                after = found.next;
            }
        }
        Ok(())
    }
}

fn uuid_bytes(app: &AppInstallationId) -> &[u8] {
    app.as_uuid().as_bytes().as_slice()
}
