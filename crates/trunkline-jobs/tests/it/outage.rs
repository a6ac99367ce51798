//! A long outage: everything that was stored meanwhile arrives in order afterwards, out of the store and not out of memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_blobs::ObjectBlobs;
use trunkline_jobs::webhooks::transport::{Answer, Post, Transport};
use trunkline_jobs::webhooks::{self, Options};
use trunkline_jose::SealingKey;
use trunkline_model::conversation::{
    Conversation, ConversationChange, EntryBody, LogEntry, MessageEvent, OpenConversation, Ttr,
};
use trunkline_model::{Clock, Timer};
use trunkline_services::auth::Operator;
use trunkline_services::keys::ReadyKeys;
use trunkline_services::users::PasswordOptions;
use trunkline_services::webhooks::{AppStatus, DeliveryPhase};
use trunkline_services::{Dependencies, Services};
use trunkline_storage::{ConversationLog as _, Storage};
use trunkline_storage_sqlite::SqliteStorage;
use trunkline_testkit::{TestClock, TestRng};
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, ParticipantRole, TtrType};
use trunkline_wire::installations::Manifest;
use trunkline_wire::{
    AccountId, ConsumerId, ConversationId, DialogId, ExternalConsumerId, JsonText, ParticipantId, SkillId,
};
use uuid::Uuid;

const CONVERSATIONS: u8 = 100;
const ROUNDS: u64 = 20;
const BATCH: u64 = 50;

/// An endpoint that is down or up, and keeps the next expected sequence of each conversation instead of what came.
#[derive(Default)]
struct Endpoint {
    up: AtomicBool,
    next: Mutex<HashMap<String, u64>>,
}

impl Endpoint {
    fn received(&self) -> u64 {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Takes a notification; one that came before is a repetition, one that comes too early is a fault.
    fn take(&self, body: &str) {
        let member = |name: &str, end: char| {
            let rest = body.split_once(name).unwrap().1;
            rest[..rest.find(end).unwrap()].to_owned()
        };
        let sequence: u64 = member(r#""sequence":"#, ',').parse().unwrap();
        let conversation = member(r#""conversationId":""#, '"');
        let mut next = self.next.lock().unwrap();
        let expected = next.entry(conversation).or_default();
        assert!(sequence <= *expected, "{sequence} came before {expected}");
        *expected = (*expected).max(sequence + 1);
    }
}

#[async_trait]
impl Transport for Endpoint {
    async fn post(&self, request: Post) -> Answer {
        let up = self.up.load(Ordering::SeqCst);
        if up {
            self.take(std::str::from_utf8(&request.body).unwrap());
        }
        Answer { status: Some(if up { 200 } else { 503 }), ..Answer::default() }
    }
}

fn account() -> AccountId {
    AccountId::parse("10020030").unwrap()
}

fn opened(number: u8, clock: &TestClock) -> ConversationChange {
    let open = OpenConversation {
        account: account(),
        consumer: ConsumerId::from_bytes([number; 32]),
        external_consumer: ExternalConsumerId::parse(&format!("c{number}")).unwrap(),
        app: None,
        skill: SkillId::UNASSIGNED,
        ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
        campaign: None,
        context: None,
        client_properties: None,
        features: Vec::new(),
    };
    open.decide(ConversationId::from_uuid(Uuid::from_bytes([number; 16])), clock.now())
}

/// Fifty texts at once.
fn texts(state: &mut Conversation, clock: &TestClock) -> ConversationChange {
    let mut change = ConversationChange {
        account: account(),
        conversation: state.id,
        consumer: state.consumer,
        expected_version: state.version,
        entries: Vec::new(),
    };
    for _ in 0..BATCH {
        let event = MessageEvent {
            dialog: DialogId::Main(state.id),
            sequence: state.main().next_sequence,
            originator: ParticipantId::Consumer(state.consumer),
            role: ParticipantRole::Consumer,
            kind: EventKind::Content,
            event: JsonText::normalise(
                r#"{"type":"ContentEvent","message":"hi","contentType":"text/plain"}"#,
            )
            .unwrap(),
            audience: Audience::All,
            metadata: None,
            encoded_metadata: None,
            public: None,
        };
        let version = state.version + 1;
        let mut entry = LogEntry { version, at: clock.now(), body: EntryBody::Event(event), state: None };
        let mut next = state.clone();
        next.apply(&entry);
        if version.is_multiple_of(LogEntry::STATE_EVERY) {
            entry.state = Some(Arc::new(next.clone()));
        }
        *state = next;
        change.entries.push(entry);
    }
    change
}

async fn reaches(
    services: &Services,
    app: trunkline_wire::AppInstallationId,
    phase: DeliveryPhase,
) -> AppStatus {
    let mut status = services.hub.app(app).unwrap().status;
    let reached =
        tokio::time::timeout(Duration::from_secs(100), status.wait_for(|status| status.phase == phase));
    reached.await.unwrap_or_else(|_| panic!("never {phase:?}")).unwrap().clone()
}

#[tokio::test]
async fn two_days_of_outage_are_made_up_for_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path(), trunkline_storage_sqlite::Options::default()).unwrap();
    let clock = Arc::new(TestClock::default());
    let dependencies = Dependencies {
        storage: Arc::clone(&storage) as Arc<dyn Storage>,
        blobs: Arc::new(ObjectBlobs::in_folder(folder.path()).unwrap()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        rng: Arc::new(TestRng::seeded(1)),
        sealing: Arc::new(SealingKey::from_bytes([7; 32])),
    };
    let mut options = trunkline_services::Options::default();
    let keys = (0..trunkline_jose::testing::KEY_COUNT).map(trunkline_jose::testing::key).collect();
    options.keys.source = Arc::new(ReadyKeys::new(keys));
    options.passwords = PasswordOptions::cheap();
    let services = Services::start(dependencies, options).await.unwrap();
    services.accounts.create(&Operator::this_process(), account()).await.unwrap();
    let manifest = r#"{"client_name": "com.example.texts", "capabilities": {"webhooks": {
        "retry": {"retention_time": 259200},
        "ms.MessagingEventNotification.ContentEvent": {"endpoint": "https://example.org/texts"}}}}"#;
    let manifest: Manifest = serde_json::from_str(manifest).unwrap();
    let admin = Operator::this_process().account_admin(account());
    let app = services.installations.create(&admin, manifest, None).await.unwrap().0.app.id;
    let (endpoint, tasks, stop) =
        (Arc::new(Endpoint::default()), TaskTracker::new(), CancellationToken::new());
    let timer = Arc::clone(&clock) as Arc<dyn Timer>;
    webhooks::start(&services, timer, Arc::clone(&endpoint) as _, Options::default(), &tasks, stop.clone())
        .await
        .unwrap();

    let mut states = Vec::new();
    for number in 0..CONVERSATIONS {
        let change = opened(number, &clock);
        states.push(Conversation::clone(change.entries[0].state.as_deref().unwrap()));
        storage.commit(change).await.unwrap();
    }
    for round in 0..ROUNDS {
        for state in &mut states {
            storage.commit(texts(state, &clock)).await.unwrap();
        }
        if round == 0 {
            reaches(&services, app, DeliveryPhase::Failed).await;
        }
        clock.advance(Duration::from_secs(2 * 24 * 3600 / ROUNDS));
    }
    endpoint.up.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_mins(5));
    let up = reaches(&services, app, DeliveryPhase::Up).await;
    assert_eq!(up.lost, None);
    assert_eq!(endpoint.received(), u64::from(CONVERSATIONS) * ROUNDS * BATCH);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}
