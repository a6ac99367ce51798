//! A delivering app in the tests' hands.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use trunkline_model::{DeliveryOutcome, DeliveryProgress, DeliveryRecord, LogPosition};
use trunkline_storage::Storage;
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{AppInstallationId, ConversationId, DeliveryId, EpochMillis};
use uuid::Uuid;

use crate::auth::tests::account;
use crate::webhooks::{AppCommand, AppHandle, AppStatus, Hub};

const NOW: EpochMillis = EpochMillis(1_700_000_000_000);

/// How many records wait for a reader.
pub(super) const RECORDS: usize = 4;

pub(super) struct Actor {
    pub(super) handle: AppHandle,
    pub(super) commands: mpsc::Receiver<AppCommand>,
    pub(super) status: watch::Sender<AppStatus>,
}

impl Actor {
    /// Takes deliveries to an app over.
    pub(super) fn of(hub: &Hub, app: AppInstallationId) -> Self {
        let (sender, commands) = mpsc::channel(1);
        let (status, receiver) = watch::channel(AppStatus::new(NOW, LogPosition(7)));
        let records = broadcast::Sender::new(RECORDS);
        let handle = AppHandle { commands: sender, status: receiver, records };
        hub.register(app, handle.clone());
        Self { handle, commands, status }
    }

    /// Carries out a call while `obey` deals with the commands it sends.
    pub(super) async fn during<T>(
        &mut self,
        call: impl Future<Output = T>,
        mut obey: impl AsyncFnMut(AppCommand),
    ) -> T {
        let mut call = std::pin::pin!(call);
        loop {
            tokio::select! {
                outcome = &mut call => return outcome,
                Some(command) = self.commands.recv() => obey(command).await,
            }
        }
    }

    pub(super) fn say(&self, record: DeliveryRecord) {
        // Nobody may be listening.
        let _ = self.handle.records.send(Arc::new(record));
    }
}

pub(super) fn record(id: u64, event: WebhookEvent) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::from_number(id),
        at: NOW,
        event,
        conversation: ConversationId::from_uuid(Uuid::from_u128(0xb0d7)),
        version: 3,
        endpoint: "https://bridge.example.org/lp".to_owned(),
        attempt: 1,
        outcome: DeliveryOutcome::Delivered,
        status: Some(200),
        duration: Duration::from_millis(12),
        answer: "OK".to_owned(),
        error: None,
    }
}

/// Stores records as delivery does.
pub(super) async fn store(storage: &dyn Storage, app: AppInstallationId, records: Vec<DeliveryRecord>) {
    let progress = DeliveryProgress {
        account: account("10020030"),
        app,
        // Records are written whatever the generation is.
        generation: i64::MIN,
        position: LogPosition::START,
        lost: None,
        replayed: None,
        parked: Vec::new(),
        settled: Vec::new(),
        records,
    };
    storage.advance_deliveries(vec![progress], 1000, EpochMillis(0)).await.unwrap();
}
