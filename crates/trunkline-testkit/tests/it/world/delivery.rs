//! Delivery to an app, played.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::task::TaskTracker;
use trunkline_model::{DeliveryOutcome, DeliveryProgress, DeliveryRecord, LogPosition};
use trunkline_services::auth::Operator;
use trunkline_services::webhooks::{AppCommand, AppHandle, AppStatus, Replay, ReplayError};
use trunkline_testkit::TestServer;
use trunkline_wire::installations::{Webhook, WebhookEvent};
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, DeliveryId, EpochMillis};

/// What an app's delivery was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Resume,
    Replay(Replay),
}

/// Plays the delivery to an app: obeys at once, and notes what it was asked.
pub(crate) struct Delivery {
    pub(crate) handle: AppHandle,
    pub(crate) status: watch::Sender<AppStatus>,
    heard: Arc<Heard>,
}

struct Heard {
    asked: Mutex<Vec<Asked>>,
    answer: Mutex<Result<(), ReplayError>>,
}

impl Delivery {
    /// How many records wait for a reader.
    pub(crate) const RECORDS: usize = 8;

    /// Takes the deliveries to an app over; for as long as the server lasts. The app gets a webhook for typing if it has
    /// none: nobody types here.
    pub(crate) async fn to(server: &TestServer, account: &AccountId, app: AppInstallationId) -> Self {
        let admin = Operator::this_process().account_admin(account.clone());
        let installations = &server.services.installations;
        let mut manifest = installations.get(&admin, app).await.unwrap().0.app.manifest.clone();
        let events = &mut manifest.capabilities.webhooks.events;
        if events.is_empty() {
            events.insert(WebhookEvent::ChatState, Webhook::new("https://127.0.0.1:9/typing?key=hush"));
            installations.update(&admin, app, manifest, None).await.unwrap();
        }
        // Returns when the real delivery has begun, which would push this one aside otherwise.
        server.services.webhooks.status(&admin, app).await.unwrap();
        let (sender, mut commands) = mpsc::channel(8);
        let since = server.services.clock.now();
        let (status, receiver) = watch::channel(AppStatus::new(since, LogPosition(41)));
        let records = broadcast::Sender::new(Self::RECORDS);
        let handle = AppHandle { commands: sender, status: receiver, records };
        server.services.hub.register(app, handle.clone());
        let heard = Arc::new(Heard { asked: Mutex::default(), answer: Mutex::new(Ok(())) });
        let obedient = Arc::clone(&heard);
        TaskTracker::new().spawn(async move {
            while let Some(command) = commands.recv().await {
                obedient.obey(command);
            }
        });
        Self { handle, status, heard }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.heard.asked.lock().unwrap().clone()
    }

    /// How the next replays are answered.
    pub(crate) fn answer(&self, answer: Result<(), ReplayError>) {
        *self.heard.answer.lock().unwrap() = answer;
    }

    pub(crate) fn say(&self, record: DeliveryRecord) {
        self.handle.records.send(Arc::new(record)).unwrap();
    }
}

impl Heard {
    fn obey(&self, command: AppCommand) {
        // Who asked may be gone.
        match command {
            AppCommand::Resume { done } => {
                self.asked.lock().unwrap().push(Asked::Resume);
                let _ = done.send(());
            }
            AppCommand::Replay { replay, done } => {
                self.asked.lock().unwrap().push(Asked::Replay(replay));
                let _ = done.send(*self.answer.lock().unwrap());
            }
            AppCommand::Flush { done } => {
                let _ = done.send(());
            }
        }
    }
}

/// A delivery that went well.
pub(crate) fn record(id: u64) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::from_number(id),
        at: EpochMillis(1_700_000_000_000),
        event: WebhookEvent::Content,
        conversation: ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap(),
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
pub(crate) async fn store(server: &TestServer, app: AppInstallationId, records: Vec<DeliveryRecord>) {
    let progress = DeliveryProgress {
        account: TestServer::account(),
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
    server.services.storage.advance_deliveries(vec![progress], 1000, EpochMillis(0)).await.unwrap();
}
