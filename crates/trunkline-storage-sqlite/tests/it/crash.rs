//! A copy of the files of a running store is what a crash leaves behind.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinSet;
use trunkline_model::PageRequest;
use trunkline_model::conversation::Conversation;
use trunkline_storage::testing::samples::{brand, changed, closing, consumer, notes, opened, opening};
use trunkline_storage::{ConversationFilter, ConversationLog as _, Conversations as _, Error, Health as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};

/// An index that is never brought up to date.
pub(crate) fn lagging() -> Options {
    Options { index_after_entries: u64::MAX, index_after: Duration::from_secs(100_000), ..Options::default() }
}

/// An index that is brought up to date all the time.
fn eager() -> Options {
    Options { index_after_entries: 3, clean_heads: 2, ..Options::default() }
}

/// Copies database, then write-ahead log. Without a checkpoint in between, the log's frames are complete.
pub(crate) fn crash_image(directory: &Path) -> TempDir {
    let image = tempfile::tempdir().unwrap();
    for name in ["trunkline.db", "trunkline.db-wal"] {
        std::fs::copy(directory.join(name), image.path().join(name)).unwrap();
    }
    image
}

async fn version(storage: &SqliteStorage, state: &Conversation) -> u64 {
    storage.conversation(&brand(), state.id).await.unwrap().unwrap().version
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_behind_the_watermark_is_recovered() {
    for options in [lagging(), eager()] {
        let directory = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(directory.path(), options.clone()).unwrap();
        let mut states = Vec::new();
        for number in 0..20 {
            let open = opening(&brand(), number, consumer(number));
            states.push(opened(&open));
            storage.commit(open).await.unwrap();
        }
        for state in &states {
            storage.commit(notes(state, 1, &["2", "3"])).await.unwrap();
        }
        let (close, _) = closing(&Conversation { version: 3, ..states[0].clone() });
        storage.commit(close).await.unwrap();
        storage.commit(opening(&brand(), 100, consumer(0))).await.unwrap();

        let image = crash_image(directory.path());
        let again = SqliteStorage::open(image.path(), options).unwrap();
        let filter = ConversationFilter { open: Some(true), consumer: None };
        let listed = again.conversations(&brand(), filter, PageRequest::first(99)).await.unwrap().items;
        let last = opening(&brand(), 100, consumer(0)).conversation;
        let expected = states[1..].iter().map(|state| state.id).chain([last]);
        assert!(listed.iter().map(|state| state.id).eq(expected), "{listed:?}");
        for state in &states[1..] {
            assert_eq!(version(&again, state).await, 3);
            let open = again.open_conversation_of(&brand(), state.consumer).await.unwrap();
            assert_eq!(open, Some(state.id));
            again.commit(notes(state, 3, &["4"])).await.unwrap();
            let log = again.log_after(&brand(), state.id, 0, 10).await.unwrap();
            assert_eq!(log.iter().map(|entry| entry.version).collect::<Vec<_>>(), [1, 2, 3, 4]);
        }
        let open = again.open_conversation_of(&brand(), consumer(0)).await.unwrap();
        assert_eq!(open, Some(last));
        let second = again.commit(opening(&brand(), 101, consumer(0))).await;
        assert!(matches!(second, Err(Error::AlreadyOpen(_))));
    }
}

/// A cycle that ended half way: the row of the new conversation was written, that of the one closed before was not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_written_half_way_does_not_open_a_closed_conversation() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (opening(&brand(), 1, consumer(1)), opening(&brand(), 2, consumer(1)));
    let (close, closed) = closing(&opened(&first));
    let (score, _) = changed(&closed, Conversation { features: vec!["scored".into()], ..closed.clone() });

    let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
    storage.commit(first).await.unwrap();
    storage.close().await;
    let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
    storage.commit(close).await.unwrap();
    storage.commit(second.clone()).await.unwrap();
    drop(storage);
    let connection = rusqlite::Connection::open(directory.path().join("trunkline.db")).unwrap();
    let copy = "INSERT INTO conversations SELECT ?1, account, consumer, started_at, 1, 1, 3, 0, 0, state, tally, 0 FROM conversations";
    assert_eq!(connection.execute(copy, [second.conversation.as_uuid().as_bytes().as_slice()]).unwrap(), 1);
    drop(connection);

    let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.unwrap();
    assert_eq!(open, Some(second.conversation));
    storage.commit(score).await.unwrap();
    drop(storage);
    let storage = SqliteStorage::open(directory.path(), eager()).unwrap();
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.unwrap();
    assert_eq!(open, Some(second.conversation));
    let third = storage.commit(opening(&brand(), 3, consumer(1))).await;
    assert!(matches!(third, Err(Error::AlreadyOpen(id)) if id == second.conversation));
    let (close, _) = closing(&opened(&second));
    storage.commit(close).await.unwrap();
    storage.commit(opening(&brand(), 3, consumer(1))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_store_opens_again() {
    let directory = tempfile::tempdir().unwrap();
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    for round in 0..4 {
        let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
        if round == 0 {
            storage.commit(open.clone()).await.unwrap();
        } else {
            assert_eq!(version(&storage, &state).await, round);
            storage.commit(notes(&state, round, &["x"])).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_before_a_crash_is_there_after_it() {
    let directory = tempfile::tempdir().unwrap();
    // No checkpoints, so that the copy of two files fits together.
    let options = Options { checkpoint_bytes: u64::MAX, wal_bytes: u64::MAX, ..eager() };
    let storage = SqliteStorage::open(directory.path(), options.clone()).unwrap();
    let acknowledged = Arc::new(std::sync::Mutex::new(vec![0_u64; 16]));
    let mut writers = JoinSet::new();
    for number in 0..16_u32 {
        let (storage, acknowledged) = (Arc::clone(&storage), Arc::clone(&acknowledged));
        writers.spawn(async move {
            let open = opening(&brand(), number, consumer(number));
            let state = opened(&open);
            storage.commit(open).await.unwrap();
            for version in 1..200 {
                acknowledged.lock().unwrap()[number as usize] = version;
                storage.commit(notes(&state, version, &["x"])).await.unwrap();
            }
        });
    }
    for _ in 0..5 {
        let before = acknowledged.lock().unwrap().clone();
        let source = directory.path().to_owned();
        let image = tokio::task::spawn_blocking(move || crash_image(&source)).await.unwrap();
        let again = SqliteStorage::open(image.path(), options.clone()).unwrap();
        for (number, acknowledged) in (0_u32..).zip(before) {
            let open = opening(&brand(), number, consumer(number));
            let log = again.log_after(&brand(), open.conversation, 0, usize::MAX).await.unwrap();
            let versions: Vec<_> = log.iter().map(|entry| entry.version).collect();
            assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>(), "no gap");
            assert!(versions.len() as u64 >= acknowledged, "{} of {acknowledged}", versions.len());
            let present = again.conversation(&brand(), open.conversation).await.unwrap();
            assert_eq!(present.map_or(0, |state| state.version), versions.len() as u64);
            let open_now = again.open_conversation_of(&brand(), consumer(number)).await.unwrap();
            assert_eq!(open_now.is_some(), !versions.is_empty());
        }
    }
    writers.join_all().await;
}
