//! Copies made while others write.

use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_storage::testing::samples::{brand, consumer, notes, opened, opening};
use trunkline_storage::{Backup as _, ConversationLog as _, Error, Health as _, LogTail as _};
use trunkline_storage_sqlite::{Options, SqliteStorage, verify};

/// Opens `count` conversations with two messages each.
async fn write(storage: &SqliteStorage, first: u32, count: u32) {
    for number in first..first + count {
        let opening = opening(&brand(), number, consumer(number));
        let state = opened(&opening);
        storage.commit(opening).await.unwrap();
        storage.commit(notes(&state, 1, &["one", "two"])).await.unwrap();
    }
}

/// The whole log.
async fn log(storage: &SqliteStorage) -> Vec<Arc<TailEntry>> {
    let (mut all, mut after) = (Vec::new(), LogPosition::START);
    loop {
        let page = storage.tail_after(after, 500).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.position;
        all.extend(page);
    }
}

/// Opens a copy as a store of its own.
fn restored(copy: &Path, directory: &Path) -> Arc<SqliteStorage> {
    std::fs::copy(copy, directory.join("trunkline.db")).unwrap();
    SqliteStorage::open(directory, Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_what_the_log_was_while_others_wrote() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    write(&storage, 0, 200).await;
    let before = log(&storage).await;

    let mut writers = JoinSet::new();
    for writer in 1..5 {
        let storage = Arc::clone(&storage);
        writers.spawn(async move { write(&storage, writer * 1000, 100).await });
    }
    let copy = storage.copy().await.unwrap();
    writers.join_all().await;
    let after = log(&storage).await;

    let elsewhere = tempfile::tempdir().unwrap();
    let again = restored(copy.path(), elsewhere.path());
    let copied = log(&again).await;
    assert!(copied.len() >= before.len(), "what was durable before is in the copy");
    assert_eq!(copied, after[..copied.len()], "every entry, in its place");
    assert_eq!(copied.last().map(|entry| entry.position), Some(copy.position));
    for entry in &copied {
        let conversation = again.conversation(&brand(), entry.conversation).await.unwrap().unwrap();
        assert!(conversation.version >= entry.entry.version);
    }
    // The copy takes writes like any store.
    write(&again, 9000, 1).await;
    assert_eq!(log(&again).await.len(), copied.len() + 3);
}

#[tokio::test]
async fn a_copy_is_verified_and_goes_away() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    write(&storage, 0, 3).await;
    let copy = storage.copy().await.unwrap();
    let contents = verify(copy.path()).unwrap();
    assert_eq!((contents.entries, contents.conversations), (9, 3));
    assert_eq!(copy.bytes, std::fs::metadata(copy.path()).unwrap().len());

    let damaged = directory.path().join("damaged.db");
    let mut bytes = std::fs::read(copy.path()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..].fill(0xff);
    std::fs::write(&damaged, bytes).unwrap();
    assert!(matches!(verify(&damaged), Err(Error::Backend { .. } | Error::Corrupt { .. })));

    let path = copy.path().to_owned();
    drop(copy);
    assert!(!path.exists());
}

#[tokio::test]
async fn what_a_killed_process_left_of_a_copy_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    SqliteStorage::open(directory.path(), Options::default()).unwrap().close().await;
    let left = directory.path().join("copy-0123.tmp");
    std::fs::write(&left, "half").unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    assert!(!left.exists());
    storage.close().await;
}
