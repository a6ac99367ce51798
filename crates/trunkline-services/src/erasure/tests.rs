//! What stands in the way of erasing, on moved time.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::{Semaphore, watch};
use trunkline_jose::SealingKey;
use trunkline_model::conversation::{
    Conversation, ConversationChange, EntryBody, LogEntry, OpenConversation,
};
use trunkline_model::{Account, Behaviour, BlobKey, Rng, SealedSecret};
use trunkline_storage::testing::samples::request;
use trunkline_storage::{
    self as storage, Accounts as _, AuditTrail as _, BlobReader, BlobWriter, Blobs, ConversationLog as _,
    Conversations as _, Files as _,
};
use trunkline_storage_sqlite::SqliteStorage;
use trunkline_wire::AgentId;
use trunkline_wire::conversations::conversation::RequestConversation;
use uuid::Uuid;

use super::*;
use crate::auth::Operator;
use crate::auth::tests::TestRng;
use crate::conversations::{self, ConversationError};
use crate::files::{FilesParts, SweepProgress};
use crate::webhooks::Hub;

const HOUR: Duration = Duration::from_hours(1);

#[derive(Debug)]
struct Time(AtomicI64);

impl Clock for Time {
    fn now(&self) -> EpochMillis {
        EpochMillis(self.0.load(Ordering::Relaxed))
    }
}

/// Bytes that can be deleted at times.
#[derive(Debug)]
struct Stubborn {
    refuses: AtomicBool,
    /// Whose deletion was asked for.
    asked: Mutex<Vec<BlobKey>>,
    /// What a deletion waits for, and how many wait.
    gate: Semaphore,
    waiting: watch::Sender<usize>,
    most_waiting: AtomicUsize,
}

impl Default for Stubborn {
    fn default() -> Self {
        Self {
            refuses: AtomicBool::new(false),
            asked: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            waiting: watch::Sender::new(0),
            most_waiting: AtomicUsize::new(0),
        }
    }
}

impl Stubborn {
    fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Relaxed);
    }

    fn asked(&self) -> Vec<BlobKey> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Blobs for Stubborn {
    async fn create(&self, _: &BlobKey) -> Result<Box<dyn BlobWriter>, storage::Error> {
        Err(storage::Error::Closed)
    }

    async fn open(&self, _: &BlobKey, _: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, storage::Error> {
        Err(storage::Error::Closed)
    }

    async fn delete(&self, blob: &BlobKey) -> Result<(), storage::Error> {
        self.asked.lock().unwrap().push(blob.clone());
        self.waiting.send_modify(|waiting| {
            *waiting += 1;
            self.most_waiting.fetch_max(*waiting, Ordering::Relaxed);
        });
        self.gate.acquire().await.unwrap().forget();
        self.waiting.send_modify(|waiting| *waiting -= 1);
        if self.refuses.load(Ordering::Relaxed) { Err(storage::Error::Closed) } else { Ok(()) }
    }
}

struct Rig {
    time: Arc<Time>,
    storage: Arc<SqliteStorage>,
    blobs: Arc<Stubborn>,
    erasure: Erasure,
    directory: TempDir,
}

fn id(account: &str) -> AccountId {
    AccountId::parse(account).unwrap()
}

fn consumer(number: u8) -> ConsumerId {
    ConsumerId::from_bytes([number; 32])
}

fn admin(account: &str) -> AccountAdmin {
    Operator::this_process().account_admin(id(account))
}

impl Rig {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage =
            SqliteStorage::open(directory.path(), trunkline_storage_sqlite::Options::default()).unwrap();
        let time = Arc::new(Time(AtomicI64::new(1_700_000_000_000)));
        let (clock, rng) = (Arc::clone(&time) as Arc<dyn Clock>, TestRng::new() as Arc<dyn Rng>);
        let everything = Arc::clone(&storage) as Arc<dyn Storage>;
        let accounts = Arc::new(Accounts::new(
            Arc::clone(&storage) as _,
            Arc::clone(&clock),
            Arc::clone(&rng),
            Arc::new(SealingKey::from_bytes([7; 32])),
        ));
        let blobs = Arc::new(Stubborn::default());
        let files = FilesParts {
            storage: Arc::clone(&everything),
            blobs: Arc::clone(&blobs) as _,
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            accounts: Arc::clone(&accounts),
        };
        let files = Arc::new(Files::new(files, crate::files::Options::default()));
        let settings = Arc::new(Settings::new(Arc::clone(&everything), Behaviour::default()));
        let conversations = Arc::new(Conversations::new(
            Arc::clone(&everything),
            Arc::clone(&clock),
            rng,
            Arc::new(Hub::default()),
            Arc::clone(&settings),
            Arc::clone(&files),
            conversations::Options::default(),
        ));
        let audit = Arc::new(Audit::new(Arc::clone(&everything), Arc::clone(&clock)));
        let hub = Arc::default();
        let parts =
            ErasureParts { storage: everything, clock, accounts, settings, conversations, files, audit, hub };
        let erasure = Erasure::new(parts, Options { retention: Some(HOUR) });
        let rig = Self { time, storage, blobs, erasure, directory };
        for account in ["brand", "other"] {
            let consumer_secret = SealedSecret::from_ciphertext(vec![1]);
            let account = Account { id: id(account), created_at: rig.time.now(), consumer_secret };
            rig.storage.create_account(account).await.unwrap();
        }
        rig
    }

    fn conversations(&self) -> &Conversations {
        &self.erasure.0.parts.conversations
    }

    fn pass(&self, span: Duration) {
        self.time.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// A closed conversation.
    async fn closed(&self, account: &str, number: u8) -> ConversationId {
        let external_consumer = ExternalConsumerId::parse("crm-4711").unwrap();
        let open = OpenConversation { external_consumer, ..request(&id(account), consumer(number)) };
        let salt = if account == "brand" { 0 } else { 1000 };
        let conversation = ConversationId::from_uuid(Uuid::from_u128(salt + u128::from(number)));
        self.storage.commit(open.decide(conversation, self.time.now())).await.unwrap();
        self.conversations().close_for_platform(&id(account), conversation).await.unwrap();
        conversation
    }

    /// Bytes of an account that nothing needs.
    async fn due(&self, account: &str, count: u128) {
        for number in 0..count {
            let blob = BlobKey::new(&id(account), Uuid::from_u128(number));
            self.storage.stage_blob(&blob, self.time.now()).await.unwrap();
        }
    }

    /// Whether the write-ahead log has this text.
    fn log_has(&self, text: &str) -> bool {
        let log = std::fs::read(self.directory.path().join("trunkline.db-wal")).unwrap();
        log.windows(text.len()).any(|window| window == text.as_bytes())
    }

    async fn state(&self, account: &str, conversation: ConversationId) -> Conversation {
        self.storage.conversation(&id(account), conversation).await.unwrap().unwrap()
    }

    /// Stores something after which the conversation cannot be read any more: a change without its state.
    async fn spoil(&self, account: &str, conversation: ConversationId) {
        let state = self.state(account, conversation).await;
        let body = EntryBody::Changed { by: None, metadata: None };
        let change = ConversationChange {
            account: state.account,
            conversation,
            consumer: state.consumer,
            expected_version: state.version,
            entries: vec![LogEntry { version: state.version + 1, at: self.time.now(), body, state: None }],
            tally: None,
        };
        self.storage.commit(change).await.unwrap();
        self.storage.conversation(&id(account), conversation).await.unwrap_err();
    }

    /// The conversations of an account that are not erased.
    async fn left(&self, account: &str) -> usize {
        let all = trunkline_model::LogPosition(u64::MAX);
        let page = PageRequest::first(1000);
        self.erasure
            .0
            .parts
            .storage
            .erasable_conversations(&id(account), all, page)
            .await
            .unwrap()
            .items
            .len()
    }

    /// What was noted: the action, and how many conversations it was about.
    async fn noted(&self, account: &str) -> Vec<(AuditAction, u64)> {
        let page = self.storage.audit_trail(&id(account), None, PageRequest::first(100)).await.unwrap();
        let details = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let count = |text: &str| details(text)["conversations"].as_u64().unwrap_or_default();
        page.items.into_iter().map(|entry| (entry.note.action, count(entry.note.details.as_str()))).collect()
    }
}

#[tokio::test]
async fn one_conversation_that_cannot_be_read_keeps_no_other() {
    let rig = Rig::new().await;
    let spoilt = rig.closed("brand", 1).await;
    let other = rig.closed("brand", 2).await;
    rig.spoil("brand", spoilt).await;
    rig.pass(2 * HOUR);
    let mut progress = RetentionProgress::default();
    while rig.erasure.retain(&mut progress).await.unwrap() {}
    assert!(rig.state("brand", other).await.erased_at.is_some());
    assert_eq!(rig.noted("brand").await, [(AuditAction::RetentionErased, 1)]);
    assert_eq!(rig.left("brand").await, 1);
}

#[tokio::test]
async fn accounts_take_turns_and_what_was_done_is_noted_before_the_end() {
    let rig = Rig::new().await;
    for account in ["brand", "other"] {
        for number in 1..=40 {
            rig.closed(account, number).await;
        }
    }
    rig.pass(2 * HOUR);
    let mut progress = RetentionProgress::default();
    for _ in 0..2 {
        assert!(rig.erasure.retain(&mut progress).await.unwrap());
    }
    assert_eq!((rig.left("brand").await, rig.left("other").await), (24, 24));
    assert_eq!(rig.noted("brand").await, []);
    rig.erasure.end_retention(progress).await.unwrap();
    for account in ["brand", "other"] {
        assert_eq!(rig.noted(account).await, [(AuditAction::RetentionErased, 16)]);
    }
    // The next round goes on from there.
    let mut progress = RetentionProgress::default();
    while rig.erasure.retain(&mut progress).await.unwrap() {}
    for account in ["brand", "other"] {
        assert_eq!(rig.left(account).await, 0);
        assert_eq!(rig.noted(account).await[1..], [(AuditAction::RetentionErased, 24)]);
    }
}

#[tokio::test]
async fn nothing_is_done_while_bytes_are_left() {
    let rig = Rig::new().await;
    rig.closed("brand", 1).await;
    let blob = BlobKey::new(&id("brand"), Uuid::from_u128(1));
    rig.storage.stage_blob(&blob, rig.time.now()).await.unwrap();
    rig.blobs.refuse(true);
    for _ in 0..2 {
        rig.pass(Duration::from_secs(1));
        assert!(rig.erasure.erase_consumer(&admin("brand"), consumer(1)).await.is_err());
    }
    assert_eq!(rig.noted("brand").await, [(AuditAction::ErasureBegun, 0); 2]);
    // Those of another account are not what was asked for.
    rig.erasure.erase_consumer(&admin("other"), consumer(1)).await.unwrap();
    rig.blobs.refuse(false);
    rig.pass(Duration::from_secs(1));
    rig.erasure.erase_consumer(&admin("brand"), consumer(1)).await.unwrap();
    assert_eq!(
        rig.noted("brand").await[2..],
        [(AuditAction::ErasureBegun, 0), (AuditAction::ErasureDone, 0)]
    );
    assert_eq!(rig.storage.due_blobs(EpochMillis(i64::MAX), 10).await.unwrap(), []);
}

/// A store of bytes that does not answer is asked for a few blobs, of the account that was to be erased.
#[tokio::test]
async fn an_erasure_gives_up_on_bytes_when_one_cannot_be_deleted() {
    let rig = Rig::new().await;
    rig.due("other", 3).await;
    rig.pass(Duration::from_secs(1));
    rig.due("brand", 250).await;
    rig.blobs.refuse(true);
    rig.pass(Duration::from_secs(1));
    assert!(rig.erasure.erase_consumer(&admin("brand"), consumer(1)).await.is_err());
    let asked = rig.blobs.asked();
    assert_eq!(asked.len(), 8);
    assert!(asked.iter().all(|blob| blob.as_str().starts_with("brand/")));
    rig.blobs.refuse(false);
    // Within the same millisecond: what was refused is tried, too.
    rig.erasure.erase_consumer(&admin("brand"), consumer(1)).await.unwrap();
    assert_eq!(rig.blobs.asked().len(), 250);
    let left = rig.storage.due_blobs(EpochMillis(i64::MAX), 100).await.unwrap();
    assert_eq!(left.len(), 3);
    assert!(left.iter().all(|blob| blob.as_str().starts_with("other/")));
}

#[tokio::test]
async fn a_store_of_bytes_that_does_not_answer_keeps_no_other_account() {
    let rig = Rig::new().await;
    rig.due("brand", 20).await;
    rig.pass(Duration::from_secs(1));
    rig.blobs.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (brand, other) = (admin("brand"), admin("other"));
    let mut waiting = rig.blobs.waiting.subscribe();
    let kept = rig.erasure.erase_consumer(&brand, consumer(1));
    let meanwhile = async {
        waiting.wait_for(|&waiting| waiting == 8).await.unwrap();
        rig.erasure.erase_consumer(&other, consumer(1)).await.unwrap();
        assert_eq!(rig.noted("brand").await, [(AuditAction::ErasureBegun, 0)]);
        rig.blobs.gate.add_permits(20);
    };
    tokio::join!(async { kept.await.unwrap() }, meanwhile);
    assert_eq!(rig.blobs.most_waiting.load(Ordering::Relaxed), 8);
}

#[tokio::test]
async fn text_leaves_the_log_of_the_store_whatever_becomes_of_bytes() {
    let rig = Rig::new().await;
    let conversation = rig.closed("brand", 1).await;
    assert!(rig.log_has("crm-4711"));
    rig.due("brand", 1).await;
    rig.pass(2 * HOUR);
    rig.blobs.refuse(true);
    assert!(rig.erasure.erase_consumer(&admin("brand"), consumer(1)).await.is_err());
    assert!(rig.state("brand", conversation).await.erased_at.is_some());
    assert!(!rig.log_has("crm-4711"));
}

/// The accounts after it are not kept, and of their bytes the sweep takes care.
#[tokio::test]
async fn retention_tries_bytes_last_and_gives_up_on_them() {
    let rig = Rig::new().await;
    for account in ["brand", "other"] {
        rig.closed(account, 1).await;
        rig.due(account, 20).await;
    }
    assert!(rig.log_has("crm-4711"));
    rig.pass(2 * HOUR);
    rig.blobs.refuse(true);
    let mut progress = RetentionProgress::default();
    let mut troubles = 0;
    while progress.goes_on() {
        troubles += usize::from(rig.erasure.retain(&mut progress).await.is_err());
    }
    assert_eq!((troubles, rig.blobs.asked().len()), (1, 8));
    for account in ["brand", "other"] {
        assert_eq!(rig.left(account).await, 0);
        assert_eq!(rig.noted(account).await, [(AuditAction::RetentionErased, 1)]);
    }
    assert!(!rig.log_has("crm-4711"));
    rig.blobs.refuse(false);
    rig.pass(Duration::from_secs(1));
    let mut sweep = SweepProgress::default();
    while rig.erasure.0.parts.files.sweep(&mut sweep).await.unwrap() {}
    assert_eq!(rig.storage.due_blobs(EpochMillis(i64::MAX), 100).await.unwrap(), []);
}

/// Whatever its bytes are, the store of bytes is not asked for each of them when it does not answer.
#[tokio::test]
async fn a_sweep_leaves_bytes_to_the_next_one_after_a_few_failures() {
    let rig = Rig::new().await;
    rig.due("brand", 250).await;
    rig.pass(Duration::from_secs(1));
    rig.blobs.refuse(true);
    let files = &rig.erasure.0.parts.files;
    let mut sweep = SweepProgress::default();
    while files.sweep(&mut sweep).await.unwrap() {}
    let refused = rig.blobs.asked();
    assert_eq!(refused.len(), 15, "seven more begin while the eighth failure is awaited");
    rig.pass(Duration::from_secs(1));
    rig.blobs.refuse(false);
    let mut sweep = SweepProgress::default();
    while files.sweep(&mut sweep).await.unwrap() {}
    let asked = rig.blobs.asked();
    assert_eq!(asked.len(), 250);
    assert!(asked[235..].iter().all(|blob| refused.contains(blob)), "they come last");
    assert_eq!(rig.storage.due_blobs(EpochMillis(i64::MAX), 100).await.unwrap(), []);
}

/// An agent who had looked before the consumer was erased.
#[tokio::test]
async fn nobody_carries_an_erased_consumer_over() {
    let rig = Rig::new().await;
    let conversation = rig.closed("brand", 1).await;
    let earlier = rig.state("brand", conversation).await;
    rig.erasure.erase_consumer(&admin("brand"), consumer(1)).await.unwrap();
    for earlier in [&earlier, &rig.state("brand", conversation).await] {
        let agent = AgentId::from_uuid(Uuid::nil());
        let opened = rig.conversations().open_for_agent(agent, earlier, RequestConversation::default()).await;
        assert!(matches!(opened, Err(ConversationError::Unknown)), "{opened:?}");
    }
    let (account, filter) = (id("brand"), ConversationFilter { open: None, consumer: Some(consumer(1)) });
    let found = rig.storage.conversations(&account, filter, PageRequest::first(10)).await.unwrap().items;
    assert_eq!(found.len(), 2, "one was opened and taken back");
    assert!(found.iter().all(|state| state.erased_at.is_some() && state.external_consumer.is_none()));
}
