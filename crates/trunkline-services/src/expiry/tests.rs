//! Time-outs on moved time. Source: spec 05 §4.3 "Auto-close", 21 §9 "system time-out".

use std::ops::Range;
use std::pin::Pin;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::DropGuard;
use trunkline_jose::SealingKey;
use trunkline_model::conversation::{
    CloseDialog, Conversation, ConversationChange, EntryBody, FieldChange, LogEntry, Publish, Stage, Ttr,
};
use trunkline_model::{Account, Behaviour, BlobKey, Clock, Rng, SealedSecret};
use trunkline_storage::testing::samples::request;
use trunkline_storage::{
    self as storage, Accounts as _, BlobReader, BlobWriter, Blobs, ConversationLog as _, LogTail as _,
};
use trunkline_storage_sqlite::SqliteStorage;
use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{Audience, CloseReason, TtrType};
use trunkline_wire::json::JsValue;
use trunkline_wire::operator::behaviour::Change;
use trunkline_wire::{AgentId, ConsumerId, ParticipantId};
use uuid::Uuid;

use super::*;
use crate::accounts::Accounts;
use crate::auth::Operator;
use crate::auth::tests::TestRng;
use crate::conversations::{self, SurveyChange};
use crate::files::{Files, FilesParts};
use crate::settings::BehaviourChange;
use crate::webhooks::Hub;

/// Far longer than anything here takes: only so that a broken test ends.
const GUARD: Duration = Duration::from_mins(1);
/// How long nothing happens before the clock moves on by itself.
const STEP: Duration = Duration::from_millis(50);
/// The time-out of surveys here, and a little more: while the clock stands, times of update grow by themselves.
const SURVEY: Duration = Duration::from_millis(600_100);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

#[derive(Debug)]
struct Time(watch::Sender<i64>);

impl Clock for Time {
    fn now(&self) -> EpochMillis {
        EpochMillis(*self.0.borrow())
    }
}

impl Timer for Time {
    fn sleep_until(&self, at: EpochMillis) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= at.0).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Nobody shares files here.
struct NoBlobs;

#[async_trait]
impl Blobs for NoBlobs {
    async fn create(&self, _: &BlobKey) -> Result<Box<dyn BlobWriter>, storage::Error> {
        Err(storage::Error::Closed)
    }

    async fn open(&self, _: &BlobKey, _: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, storage::Error> {
        Err(storage::Error::Closed)
    }

    async fn delete(&self, _: &BlobKey) -> Result<(), storage::Error> {
        Err(storage::Error::Closed)
    }
}

fn files(storage: &Arc<SqliteStorage>, time: &Arc<Time>) -> Arc<Files> {
    let rng = TestRng::new() as Arc<dyn Rng>;
    let accounts = Accounts::new(
        Arc::clone(storage) as _,
        Arc::clone(time) as _,
        Arc::clone(&rng),
        Arc::new(SealingKey::from_bytes([7; 32])),
    );
    let parts = FilesParts {
        storage: Arc::clone(storage) as _,
        blobs: Arc::new(NoBlobs),
        clock: Arc::clone(time) as _,
        rng,
        accounts: Arc::new(accounts),
    };
    Arc::new(Files::new(parts, crate::files::Options::default()))
}

/// Conversations and time-outs on one store.
struct Rig {
    time: Arc<Time>,
    parts: Arc<ExpiryParts>,
    storage: Arc<SqliteStorage>,
    _directory: TempDir,
}

impl Rig {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage =
            SqliteStorage::open(directory.path(), trunkline_storage_sqlite::Options::default()).unwrap();
        let time = Arc::new(Time(watch::Sender::new(1_700_000_000_000)));
        let settings = Arc::new(Settings::new(Arc::clone(&storage) as _, Behaviour::default()));
        let conversations = Arc::new(Conversations::new(
            Arc::clone(&storage) as _,
            Arc::clone(&time) as _,
            TestRng::new() as Arc<dyn Rng>,
            Arc::new(Hub::default()),
            Arc::clone(&settings),
            files(&storage, &time),
            conversations::Options::default(),
        ));
        let parts = ExpiryParts { storage: Arc::clone(&storage) as _, settings, conversations };
        let rig = Self { time, parts: Arc::new(parts), storage, _directory: directory };
        for account in ["brand", "other"] {
            rig.create(account).await;
        }
        rig
    }

    async fn create(&self, account: &str) {
        let consumer_secret = SealedSecret::from_ciphertext(vec![1]);
        let account = Account { id: id(account), created_at: self.time.now(), consumer_secret };
        self.storage.create_account(account).await.unwrap();
    }

    fn start(&self) -> DropGuard {
        let stop = CancellationToken::new();
        let timer = Arc::clone(&self.time) as Arc<dyn Timer>;
        Expiry(Arc::clone(&self.parts)).start(&timer, &TaskTracker::new(), &stop);
        stop.drop_guard()
    }

    fn pass(&self, span: Duration) {
        self.time.0.send_modify(|now| *now += i64::try_from(span.as_millis()).unwrap());
    }

    async fn close_after(&self, account: &str, span: Duration) {
        let seconds = u32::try_from(span.as_secs()).unwrap();
        let change =
            BehaviourChange { close_after_seconds: Change::Set(seconds), ..BehaviourChange::default() };
        self.parts
            .settings
            .change_behaviour(&Operator::this_process().account_admin(id(account)), change)
            .await
            .unwrap();
    }

    async fn open(&self, account: &str, number: u8) -> ConversationId {
        let open = request(&id(account), consumer(number));
        let conversation = ConversationId::from_uuid(Uuid::from_u128(u128::from(number)));
        self.storage.commit(open.decide(conversation, self.time.now())).await.unwrap();
        conversation
    }

    /// The consumer does something.
    async fn act(&self, account: &str, number: u8, seconds: u32) -> Result<(), NotDone> {
        let changes = vec![FieldChange::Ttr(Ttr { kind: TtrType::Custom, seconds })];
        let command = Command::Update { changes, metadata: None, survey: None };
        let actor = Actor::Consumer(ParticipantId::Consumer(consumer(number)));
        let conversation = ConversationId::from_uuid(Uuid::from_u128(u128::from(number)));
        self.parts.conversations.act(&id(account), actor, conversation, command).await.map(drop)
    }

    /// Closes the main dialog of a consumer who can answer a survey.
    async fn begin_survey(&self, account: &str, conversation: ConversationId) {
        let admin = Operator::this_process().account_admin(id(account));
        let survey =
            r#"{"timeout": "10m", "question": [{"id": "q", "text": "How was it?", "kind": "csat"}]}"#;
        self.parts.settings.set_survey(&admin, serde_json::from_str(survey).unwrap()).await.unwrap();
        let close = CloseDialog { dialog: Some(DialogId::Main(conversation)), cause: None };
        let changes = vec![FieldChange::CloseDialog(close)];
        let features = Some(vec!["MULTI_DIALOG".to_owned()]);
        let actor = Actor::Agent { id: AgentId::from_uuid(Uuid::nil()), manager: true };
        let conversations = &self.parts.conversations;
        conversations.change(&id(account), actor, conversation, changes, None, features).await.unwrap();
        assert!(self.state(account, conversation).await.survey_expiry().is_some());
    }

    /// Stores something after which the conversation cannot be read any more: a change without its state.
    async fn spoil(&self, account: &str, conversation: ConversationId) {
        let state = self.state(account, conversation).await;
        let body = EntryBody::Changed { by: None, metadata: None };
        let entry = LogEntry { version: state.version + 1, at: self.time.now(), body, state: None };
        let change = ConversationChange {
            account: state.account,
            conversation,
            consumer: state.consumer,
            expected_version: state.version,
            entries: vec![entry],
            tally: None,
        };
        self.storage.commit(change).await.unwrap();
        self.storage.conversation(&id(account), conversation).await.unwrap_err();
    }

    async fn state(&self, account: &str, conversation: ConversationId) -> Conversation {
        self.storage.conversation(&id(account), conversation).await.unwrap().unwrap()
    }

    /// Waits until a conversation is closed.
    async fn closed(&self, account: &str, conversation: ConversationId) -> Conversation {
        let mut tail = self.storage.tail();
        let wait = async {
            loop {
                let state = self.state(account, conversation).await;
                if !state.is_open() {
                    return state;
                }
                tail.changed().await.unwrap();
            }
        };
        tokio::time::timeout(GUARD, wait).await.expect("it is closed in time")
    }

    /// Waits until a conversation is closed while time goes on: on a busy machine a look takes long, and so does the rest after
    /// it.
    async fn closed_as_time_goes_on(&self, account: &str, conversation: ConversationId) -> Conversation {
        let mut tail = self.storage.tail();
        let wait = async {
            loop {
                let state = self.state(account, conversation).await;
                if !state.is_open() {
                    return state;
                }
                if tokio::time::timeout(STEP, tail.changed()).await.is_err() {
                    self.pass(Duration::from_secs(1));
                }
            }
        };
        tokio::time::timeout(GUARD, wait).await.expect("it is closed in time")
    }
}

fn id(account: &str) -> AccountId {
    AccountId::parse(account).unwrap()
}

fn consumer(number: u8) -> ConsumerId {
    ConsumerId::from_bytes([number; 32])
}

fn closed_at(state: &Conversation) -> EpochMillis {
    let Stage::Closed { at, .. } = state.stage else { panic!("still open") };
    at
}

#[tokio::test]
async fn a_conversation_is_closed_after_a_week_without_activity() {
    let rig = Rig::new().await;
    let _running = rig.start();
    let (quiet, lively) = (rig.open("brand", 1).await, rig.open("brand", 2).await);
    rig.pass(DAY * 6);
    rig.act("brand", 2, 7).await.unwrap();
    let quiet_since = rig.state("brand", quiet).await.last_activity();
    rig.pass(DAY + Duration::from_mins(15));
    let due = rig.time.now();
    let state = rig.closed_as_time_goes_on("brand", quiet).await;
    assert_eq!(state.close_reason(), Some(CloseReason::Timeout));
    assert_eq!(state.main().closed_by(), Some(CloseReason::System));
    assert!(closed_at(&state) >= due && closed_at(&state).since(quiet_since) >= DAY * 7);
    assert!(rig.state("brand", lively).await.is_open());
    let (lively_since, before) = (rig.state("brand", lively).await.last_activity(), rig.time.now());
    rig.pass(DAY * 6);
    let state = rig.closed_as_time_goes_on("brand", lively).await;
    assert!(closed_at(&state) > before && closed_at(&state).since(lively_since) >= DAY * 7);
}

#[tokio::test]
async fn what_was_quiet_before_the_start_is_found() {
    let rig = Rig::new().await;
    let conversation = rig.open("brand", 1).await;
    rig.pass(DAY * 30);
    let _running = rig.start();
    rig.closed("brand", conversation).await;
}

#[tokio::test]
async fn another_setting_counts_at_once_and_for_its_account_only() {
    let rig = Rig::new().await;
    let _running = rig.start();
    let (here, there) = (rig.open("brand", 1).await, rig.open("other", 2).await);
    rig.pass(HOUR);
    rig.close_after("other", HOUR * 2).await;
    rig.close_after("brand", Duration::from_mins(30)).await;
    rig.closed("brand", here).await;
    assert!(rig.state("other", there).await.is_open());
    let again = rig.open("brand", 3).await;
    rig.pass(HOUR + Duration::from_mins(2));
    rig.closed("other", there).await;
    rig.closed("brand", again).await;
}

#[tokio::test]
async fn an_account_that_is_new_is_looked_at() {
    let rig = Rig::new().await;
    let _running = rig.start();
    rig.create("new").await;
    rig.close_after("new", Duration::from_secs(10)).await;
    let conversation = rig.open("new", 1).await;
    rig.pass(Duration::from_secs(11));
    rig.closed("new", conversation).await;
    rig.create("newer").await;
    let conversation = rig.open("newer", 2).await;
    rig.pass(DAY * 8);
    rig.closed("newer", conversation).await;
}

/// More than are closed at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_closed_and_those_with_activity_in_the_same_moment_are_not() {
    const MANY: u8 = 200;
    let rig = Arc::new(Rig::new().await);
    let _running = rig.start();
    rig.close_after("brand", Duration::from_mins(1)).await;
    let mut conversations = Vec::new();
    for number in 0..MANY {
        conversations.push(rig.open("brand", number).await);
    }
    rig.pass(Duration::from_secs(30));
    let mut acting = JoinSet::new();
    for number in (0..MANY).step_by(3) {
        let rig = Arc::clone(&rig);
        acting.spawn(async move { (number, rig.act("brand", number, 7).await.is_ok()) });
    }
    rig.pass(Duration::from_secs(30));
    let acted = acting.join_all().await;
    let alive: Vec<_> = acted.into_iter().filter(|(_, done)| *done).map(|(number, _)| number).collect();
    for number in (0..MANY).filter(|number| !alive.contains(number)) {
        rig.closed_as_time_goes_on("brand", conversations[usize::from(number)]).await;
    }
    rig.pass(Duration::from_mins(2));
    for number in alive {
        let state = rig.closed_as_time_goes_on("brand", conversations[usize::from(number)]).await;
        let acted = rig.storage.log_after(&id("brand"), state.id, 1, 1).await.unwrap()[0].at;
        assert!(closed_at(&state).since(acted) >= Duration::from_mins(1), "{number}");
    }
}

#[tokio::test]
async fn a_survey_that_nobody_answers_ends_within_a_second_of_its_time() {
    let rig = Rig::new().await;
    let found_at_start = rig.open("brand", 1).await;
    rig.begin_survey("brand", found_at_start).await;
    let _running = rig.start();
    let met_in_the_log = rig.open("other", 2).await;
    rig.begin_survey("other", met_in_the_log).await;
    rig.pass(SURVEY);
    for (account, conversation) in [("brand", found_at_start), ("other", met_in_the_log)] {
        let state = rig.closed(account, conversation).await;
        assert_eq!(state.close_reason(), Some(CloseReason::Agent), "who closed the main dialog");
        assert_eq!(state.dialogs[1].closed_by(), Some(CloseReason::System));
        assert!(rig.time.now().since(closed_at(&state)) <= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn an_answer_moves_the_end_of_a_survey() {
    let rig = Rig::new().await;
    let _running = rig.start();
    let (answered, silent) = (rig.open("brand", 1).await, rig.open("brand", 2).await);
    for conversation in [answered, silent] {
        rig.begin_survey("brand", conversation).await;
    }
    rig.pass(SURVEY / 2);
    // None of the replies: it is asked again.
    let words = r#"{"type":"ContentEvent","contentType":"text/plain","message":"what?"}"#;
    let command = Command::Publish(Publish {
        dialog: DialogId::survey_of(answered),
        conversation: None,
        event: Event::from_js(JsValue::parse(words).unwrap()).unwrap(),
        metadata: None,
        encoded_metadata: None,
        audience: Audience::All,
    });
    let actor = Actor::Consumer(ParticipantId::Consumer(consumer(1)));
    rig.parts.conversations.act(&id("brand"), actor, answered, command).await.unwrap();
    rig.pass(SURVEY / 2);
    rig.closed("brand", silent).await;
    assert!(rig.state("brand", answered).await.is_open());
    let before = rig.time.now();
    rig.pass(SURVEY / 2);
    assert!(closed_at(&rig.closed("brand", answered).await) > before);
}

/// What is remembered of surveys is remembered while they are on.
#[tokio::test]
async fn surveys_are_told_when_they_begin_and_when_they_end() {
    let rig = Rig::new().await;
    let conversation = rig.open("brand", 1).await;
    rig.begin_survey("brand", conversation).await;
    rig.act("brand", 1, 7).await.unwrap();
    let ends_at = rig.state("brand", conversation).await.survey_expiry().unwrap().at;
    let conversations = &rig.parts.conversations;
    let begins = SurveyChange::Begins { account: id("brand"), conversation, ends_at };
    assert_eq!(conversations.surveys().take().await, [begins]);
    let close = vec![FieldChange::CloseConversation];
    conversations.change(&id("brand"), Actor::System, conversation, close, None, None).await.unwrap();
    assert_eq!(conversations.surveys().take().await, [SurveyChange::Ended(conversation)]);
}

#[tokio::test]
async fn a_survey_that_cannot_be_read_keeps_no_other_open() {
    let rig = Rig::new().await;
    let spoilt = rig.open("brand", 1).await;
    rig.begin_survey("brand", spoilt).await;
    rig.spoil("brand", spoilt).await;
    let _running = rig.start();
    for number in 2..4 {
        let good = rig.open("other", number).await;
        rig.begin_survey("other", good).await;
        rig.pass(SURVEY);
        rig.closed("other", good).await;
    }
}

#[tokio::test]
async fn conversations_that_cannot_be_read_keep_no_other_open() {
    let rig = Rig::new().await;
    for number in 0..40 {
        let spoilt = rig.open("brand", number).await;
        rig.spoil("brand", spoilt).await;
    }
    let good = rig.open("brand", 40).await;
    rig.pass(DAY * 8);
    let _running = rig.start();
    rig.closed("brand", good).await;
}
