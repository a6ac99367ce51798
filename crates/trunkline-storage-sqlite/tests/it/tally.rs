//! The state of a conversation is read at once, also when nobody counted what its messages changed.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use trunkline_model::conversation::{Actor, AutoOffer, Automatic, Command, Conversation, Decision, Publish};
use trunkline_model::{AutoMessages, PageRequest};
use trunkline_storage::testing::samples::{NOW, brand, consumer, opened, opening};
use trunkline_storage::{ConversationFilter, ConversationLog as _, Conversations as _, Health as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::Event;
use trunkline_wire::json::JsValue;
use trunkline_wire::{AgentId, DialogId, EpochMillis, ParticipantId};
use uuid::Uuid;

use crate::crash::{crash_image, lagging};

fn text() -> Event {
    let text = r#"{"type":"ContentEvent","contentType":"text/plain","message":"hello"}"#;
    Event::from_js(JsValue::parse(text).unwrap()).unwrap()
}

/// Has the consumer say something so many times.
async fn talk(storage: &SqliteStorage, state: &mut Conversation, messages: u64) {
    for _ in 0..messages {
        let publish = Publish {
            dialog: DialogId::Main(state.id),
            conversation: None,
            event: text(),
            metadata: None,
            encoded_metadata: None,
            audience: Audience::All,
        };
        let actor = Actor::Consumer(ParticipantId::Consumer(state.consumer));
        let now = EpochMillis(NOW.0 + i64::try_from(state.version).unwrap());
        let Ok(Decision::Append { change, .. }) = state.decide(actor, Command::Publish(publish), now) else {
            panic!("the consumer may say something")
        };
        change.entries.iter().for_each(|entry| state.apply(entry));
        storage.commit(change).await.unwrap();
    }
}

async fn talks(storage: &SqliteStorage) -> Vec<Conversation> {
    let mut states = Vec::new();
    for (number, messages) in (0..).zip([0, 1, 30, 62, 63, 64, 70]) {
        let open = opening(&brand(), number, consumer(number));
        let mut state = opened(&open);
        storage.commit(open).await.unwrap();
        talk(storage, &mut state, messages).await;
        states.push(state);
    }
    states
}

async fn assert_stored(storage: &SqliteStorage, states: &[Conversation]) {
    let filter = ConversationFilter { open: Some(true), consumer: None };
    let listed = storage.conversations(&brand(), filter, PageRequest::first(99)).await.unwrap().items;
    assert_eq!(listed, states);
    for state in states {
        assert_eq!(storage.conversation(&brand(), state.id).await.unwrap().as_ref(), Some(state));
    }
}

fn count(directory: &Path, condition: &str) -> i64 {
    let connection = Connection::open(directory.join("trunkline.db")).unwrap();
    let sql = format!("SELECT count(*) FROM conversations WHERE {condition}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

async fn reopened(storage: Arc<SqliteStorage>, directory: &Path) -> Arc<SqliteStorage> {
    storage.close().await;
    drop(storage);
    SqliteStorage::open(directory, Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_leads_to_the_newest_state_and_the_tally() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let states = talks(&storage).await;
    assert_stored(&storage, &states).await;
    let storage = reopened(storage, directory.path()).await;
    assert_eq!(count(directory.path(), "state IS NOT NULL AND tally IS NOT NULL"), 7);
    assert_stored(&storage, &states).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_counted_is_read_from_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let mut states = talks(&storage).await;
    storage.close().await;
    let connection = Connection::open(directory.path().join("trunkline.db")).unwrap();
    connection.execute_batch("UPDATE conversations SET state = NULL, tally = NULL").unwrap();
    drop(connection);
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    assert_stored(&storage, &states).await;
    for state in &mut states {
        talk(&storage, state, 2).await;
    }
    assert_stored(&storage, &states).await;
    let storage = reopened(storage, directory.path()).await;
    assert_eq!(count(directory.path(), "tally IS NOT NULL"), 7);
    assert_stored(&storage, &states).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_crash_the_states_are_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
    let mut states = talks(&storage).await;
    let image = crash_image(directory.path());
    let again = SqliteStorage::open(image.path(), lagging()).unwrap();
    assert_stored(&again, &states).await;
    for state in &mut states {
        talk(&again, state, 3).await;
    }
    assert_stored(&again, &states).await;
    let again = reopened(again, image.path()).await;
    assert_stored(&again, &states).await;
}

/// The platform says something about a change: the state is within what was committed at once, not at its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_within_a_change_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
    let mut open = opening(&brand(), 0, consumer(0));
    Arc::make_mut(open.entries[0].state.as_mut().unwrap()).automatic = Automatic::On;
    let mut state = opened(&open);
    storage.commit(open).await.unwrap();
    talk(&storage, &mut state, 5).await;
    let words = serde_json::from_str(r#"{"agent_joined":"Joined."}"#).unwrap();
    let controller = AutoMessages::controller_of(&brand());
    let words = AutoOffer { messages: Arc::new(AutoMessages::new(words).unwrap()), controller };
    let agent = Actor::Agent { id: AgentId::from_uuid(Uuid::from_u128(1)), manager: false };
    let Ok(Decision::Append { change, .. }) =
        state.decide_saying(Some(&words), agent, Command::AcceptRing, EpochMillis(NOW.0 + 9))
    else {
        panic!("nobody answers yet")
    };
    let states: Vec<_> = change.entries.iter().map(|entry| entry.state.is_some()).collect();
    assert_eq!(states, [true, false]);
    change.entries.iter().for_each(|entry| state.apply(entry));
    storage.commit(change).await.unwrap();
    let states = [state];
    assert_stored(&storage, &states).await;
    let image = crash_image(directory.path());
    assert_stored(&SqliteStorage::open(image.path(), lagging()).unwrap(), &states).await;
    let storage = reopened(storage, directory.path()).await;
    assert_stored(&storage, &states).await;
}
