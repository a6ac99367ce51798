//! What was erased is in no file any more, whenever the process ends.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use trunkline_model::conversation::{Conversation, TailEntry};
use trunkline_model::{ConsumerProfile, LogPosition, PageRequest};
use trunkline_storage::testing::samples::{NOW, brand, closing, consumer, notes, opened, opening};
use trunkline_storage::{
    Backup as _, Consumers as _, ConversationLog as _, Erasure as _, Error, Health as _, LogTail as _,
};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::{ConversationId, EpochMillis, JsonText};

const ERASED: EpochMillis = EpochMillis(NOW.0 + 1_000_000);

/// A conversation whose messages say `secret-{number}-…`, some of them at length, and what it is once it is closed.
async fn write(storage: &SqliteStorage, number: u32, messages: usize) -> Conversation {
    let change = opening(&brand(), number, consumer(number));
    let mut state = opened(&change);
    storage.commit(change).await.unwrap();
    for message in 0..messages {
        let length = [3, 40, 900, 9000][message % 4];
        let text = format!("secret-{number}-").repeat(length / 8 + 1);
        let change = notes(&state, state.version, &[&text]);
        change.entries.iter().for_each(|entry| state.apply(entry));
        storage.commit(change).await.unwrap();
    }
    let (change, state) = closing(&state);
    storage.commit(change).await.unwrap();
    state
}

async fn entries(storage: &SqliteStorage, id: ConversationId) -> Vec<Arc<TailEntry>> {
    let mut found: Vec<Arc<TailEntry>> = Vec::new();
    loop {
        let after = found.last().map_or(0, |last| last.entry.version);
        let page = storage.conversation_tail(&brand(), id, after, 20).await.unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

fn tombstones(entries: &[Arc<TailEntry>]) -> Vec<TailEntry> {
    entries.iter().map(|entry| entry.erased(ERASED)).collect()
}

async fn erase(storage: &SqliteStorage, id: ConversationId) {
    for page in entries(storage, id).await.chunks(5) {
        storage.replace_entries(tombstones(page)).await.unwrap();
    }
}

async fn erasable(storage: &SqliteStorage) -> Vec<ConversationId> {
    let all = LogPosition(u64::MAX);
    storage.erasable_conversations(&brand(), all, PageRequest::first(100)).await.unwrap().items
}

fn holds(directory: &Path, text: &str) -> bool {
    ["trunkline.db", "trunkline.db-wal"].into_iter().any(|file| {
        let bytes = std::fs::read(directory.join(file)).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

fn log_bytes(directory: &Path) -> u64 {
    std::fs::metadata(directory.join("trunkline.db-wal")).unwrap().len()
}

/// Conversations that were written one among the other, so that every page of the file has something of several.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erased_text_is_in_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let eager = Options { index_after_entries: 50, ..Options::default() };
    let storage = SqliteStorage::open(directory.path(), eager).unwrap();
    let _follower = storage.tail();
    let mut states = Vec::new();
    for number in 1..=12 {
        states.push(write(&storage, number, 25).await);
    }
    let profile = |text: &str| ConsumerProfile {
        profile: JsonText::normalise(&format!(r#"{{"firstName":"{text}"}}"#)).unwrap(),
        updated_at: NOW,
    };
    storage.set_consumer_profile(&brand(), consumer(1), profile("first-name")).await.unwrap();
    // In an order that has nothing to do with where they are.
    for number in [7, 3, 11, 1, 5, 9] {
        let id = states[number - 1].id;
        erase(&storage, id).await;
        storage.purge().await.unwrap();
        assert!(!holds(directory.path(), &format!("secret-{number}-")), "{number}");
    }
    storage.remove_consumer_profile(&brand(), consumer(1)).await.unwrap();
    storage.purge().await.unwrap();
    assert!(!holds(directory.path(), "first-name"));
    for number in [2, 4, 12] {
        assert!(holds(directory.path(), &format!("secret-{number}-")), "{number} stays");
    }
    let copy = storage.copy().await.unwrap();
    let copied = std::fs::read(copy.path()).unwrap();
    let text = b"secret-7-";
    assert!(!copied.windows(text.len()).any(|window| window == text));
    drop(copy);
    storage.close().await;
    drop(storage);
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let left = storage.conversation(&brand(), states[6].id).await.unwrap();
    assert_eq!(left, Some(states[6].erased(ERASED)));
    let there = storage.conversation(&brand(), states[1].id).await.unwrap();
    assert_eq!(there, Some(states[1].clone()));
    assert_eq!(erasable(&storage).await.len(), 6);
}

/// Whatever of the index was written by then: what was erased stays so, and what was not is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_erasure_is_taken_up_after_a_restart() {
    let lagging = || Options {
        index_after: Duration::from_hours(1),
        index_after_entries: u64::MAX,
        ..Options::default()
    };
    let eager = || Options { index_after_entries: 1, clean_heads: 0, ..Options::default() };
    for (first, then) in [(lagging(), eager()), (eager(), lagging()), (lagging(), lagging())] {
        let directory = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(directory.path(), first).unwrap();
        let (half, whole) = (write(&storage, 1, 10).await, write(&storage, 2, 10).await);
        erase(&storage, whole.id).await;
        let all = entries(&storage, half.id).await;
        storage.replace_entries(tombstones(&all[..7])).await.unwrap();
        drop(storage);

        let storage = SqliteStorage::open(directory.path(), then).unwrap();
        assert_eq!(erasable(&storage).await, [half.id]);
        let (note, _) = closing(&whole);
        assert!(matches!(storage.commit(note).await, Err(Error::Conflict)), "it takes no entry");
        assert_eq!(storage.conversation(&brand(), half.id).await.unwrap(), Some(half.clone()));
        erase(&storage, half.id).await;
        storage.purge().await.unwrap();
        assert!(!holds(directory.path(), "secret-"));
        assert_eq!(erasable(&storage).await, []);
        storage.close().await;
        drop(storage);
        let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
        assert_eq!(erasable(&storage).await, []);
        let left = storage.conversation(&brand(), half.id).await.unwrap();
        assert_eq!(left, Some(half.erased(ERASED)));
    }
}

async fn profile(storage: &SqliteStorage, number: u32) {
    let profile = JsonText::normalise(r#"{"firstName":"Ada"}"#).unwrap();
    let profile = ConsumerProfile { profile, updated_at: NOW };
    storage.set_consumer_profile(&brand(), consumer(number), profile).await.unwrap();
}

#[tokio::test]
async fn the_log_is_emptied_only_where_something_was_erased() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    profile(&storage, 1).await;
    let written = log_bytes(directory.path());
    assert!(written > 0);
    storage.purge().await.unwrap();
    assert_eq!(log_bytes(directory.path()), written, "nothing was");
    storage.remove_consumer_profile(&brand(), consumer(2)).await.unwrap();
    storage.purge().await.unwrap();
    assert!(log_bytes(directory.path()) > 0, "there was none");
    storage.remove_consumer_profile(&brand(), consumer(1)).await.unwrap();
    storage.purge().await.unwrap();
    assert_eq!(log_bytes(directory.path()), 0);
    profile(&storage, 1).await;
    storage.purge().await.unwrap();
    assert!(log_bytes(directory.path()) > 0, "nothing was since");

    // What is left by a process that was killed now may have anything in it.
    let killed = tempfile::tempdir().unwrap();
    for file in ["trunkline.db", "trunkline.db-wal"] {
        std::fs::copy(directory.path().join(file), killed.path().join(file)).unwrap();
    }
    let found = SqliteStorage::open(killed.path(), Options::default()).unwrap();
    assert!(log_bytes(killed.path()) > 0);
    found.purge().await.unwrap();
    assert_eq!(log_bytes(killed.path()), 0);

    // Who closes the store in order leaves nothing.
    storage.close().await;
    drop(storage);
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    profile(&storage, 2).await;
    storage.purge().await.unwrap();
    assert!(log_bytes(directory.path()) > 0);
}

/// Whoever reads what was there before keeps it there, and that is told until it is gone.
#[tokio::test(start_paused = true)]
async fn what_could_not_be_emptied_is_owed() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    profile(&storage, 1).await;
    let reader = rusqlite::Connection::open(directory.path().join("trunkline.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM consumers").unwrap();
    storage.remove_consumer_profile(&brand(), consumer(1)).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(storage.purge().await, Err(Error::Overloaded)));
        assert!(log_bytes(directory.path()) > 0);
    }
    drop(reader);
    storage.purge().await.unwrap();
    assert_eq!(log_bytes(directory.path()), 0);
}
