//! Following the log: memory and file must tell the same story, whatever is where.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::LogPosition;
use trunkline_model::conversation::{Conversation, LogEntry, TailEntry};
use trunkline_storage::testing::samples::{NOW, brand, consumer, note, notes, opened, opening};
use trunkline_storage::{ConversationLog as _, Health as _, LogTail as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::EpochMillis;

use crate::crash::crash_image;

async fn read_on(storage: &SqliteStorage, mut after: LogPosition, limit: usize) -> Vec<Arc<TailEntry>> {
    let mut entries = Vec::new();
    loop {
        let page = storage.tail_after(after, limit).await.unwrap();
        let Some(last) = page.last() else {
            return entries;
        };
        after = last.position;
        entries.extend(page);
    }
}

async fn open(storage: &SqliteStorage, number: u32) -> Conversation {
    let change = opening(&brand(), number, consumer(number));
    let state = opened(&change);
    storage.commit(change).await.unwrap();
    state
}

/// Twenty conversations of three entries each.
async fn fill(storage: &SqliteStorage) {
    for number in 0..20 {
        let state = open(storage, number).await;
        storage.commit(notes(&state, 1, &["2", "3"])).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tail_is_the_same_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    fill(&storage).await;
    let before = read_on(&storage, LogPosition::START, 7).await;
    let end = *storage.tail().borrow();
    storage.close().await;
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    assert_eq!(*storage.tail().borrow(), end);
    assert_eq!(read_on(&storage, LogPosition::START, 7).await, before);
    assert_eq!(storage.tail_after(end, 7).await.unwrap(), []);
    let state = open(&storage, 100).await;
    let after = read_on(&storage, end, 7).await;
    assert_eq!(after.iter().map(|entry| entry.conversation).collect::<Vec<_>>(), [state.id]);
    assert_eq!(*storage.tail().borrow(), after[0].position);
    assert!(end < after[0].position);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tail_is_the_same_after_a_crash() {
    let lagging = Options {
        index_after_entries: u64::MAX,
        index_after: Duration::from_secs(100_000),
        ..Options::default()
    };
    let eager = Options { index_after_entries: 3, clean_heads: 0, ..Options::default() };
    for options in [lagging, eager] {
        // No checkpoints, so that the copy of two files fits together.
        let options = Options { checkpoint_bytes: u64::MAX, wal_bytes: u64::MAX, ..options };
        let directory = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(directory.path(), options.clone()).unwrap();
        fill(&storage).await;
        let before = read_on(&storage, LogPosition::START, 1000).await;
        let image = crash_image(directory.path());
        let again = SqliteStorage::open(image.path(), options).unwrap();
        assert_eq!(*again.tail().borrow(), *storage.tail().borrow());
        assert_eq!(read_on(&again, LogPosition::START, 7).await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file_and_memory_meet_without_a_seam() {
    for (tail_entries, tail_bytes) in [(8192, 8 << 20), (10, 8 << 20), (8192, 3000), (1, 1), (0, 0)] {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { tail_entries, tail_bytes, ..Options::default() };
        let storage = SqliteStorage::open(directory.path(), options).unwrap();
        let _follower = storage.tail();
        fill(&storage).await;
        let all = read_on(&storage, LogPosition::START, 1000).await;
        assert_eq!(all.len(), 60);
        for (index, entry) in all.iter().enumerate() {
            for limit in [1, 4, 100] {
                let page = storage.tail_after(entry.position, limit).await.unwrap();
                let rest = &all[index + 1..];
                assert_eq!(page, rest[..rest.len().min(limit)], "{limit} after {index}");
            }
        }
    }
}

/// However many entries are asked for, large ones are handed out a few at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_from_the_file_ends_when_it_is_large() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let state = open(&storage, 1).await;
    let text = "x".repeat(600_000);
    for version in 1..10 {
        storage.commit(notes(&state, version, &[&text])).await.unwrap();
    }
    let end = *storage.tail().borrow();
    let page = storage.tail_after(LogPosition::START, 100).await.unwrap();
    assert_eq!(page.len(), 3, "the opening, and two that fill the page");
    let own = storage.account_tail(&brand(), LogPosition::START, end, 100).await.unwrap();
    assert_eq!((own.entries, own.reached), (page, LogPosition(3)));
}

/// Whoever reads without waiting for anything meets entries that were committed this very moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restless_reader_sees_whole_entries_only() {
    const CONVERSATIONS: u32 = 400;
    let directory = tempfile::tempdir().unwrap();
    let options = Options { tail_entries: 0, index_after_entries: 1, clean_heads: 0, ..Options::default() };
    let storage = SqliteStorage::open(directory.path(), options).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let storage = Arc::clone(&storage);
        writers.spawn(async move {
            for number in (writer..CONVERSATIONS).step_by(8) {
                open(&storage, number).await;
            }
        });
    }
    let mut seen = LogPosition::START;
    while seen.0 < u64::from(CONVERSATIONS) {
        for entry in storage.tail_after(seen, 50).await.unwrap() {
            assert_eq!(entry.position.0, seen.0 + 1);
            assert_eq!(entry.entry.state.as_ref().map(|state| state.consumer), Some(entry.consumer));
            seen = entry.position;
        }
    }
    writers.join_all().await;
}

/// Entries that were committed while nobody followed are in the file only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_come_and_go() {
    let directory = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let state = open(&storage, 1).await;
    let mut follower = None;
    for version in 1..60 {
        if version % 7 == 0 {
            follower = if follower.is_none() { Some(storage.tail()) } else { None };
        }
        storage.commit(notes(&state, version, &["x"])).await.unwrap();
        for after in 0..=version {
            let page = storage.tail_after(LogPosition(after), 100).await.unwrap();
            let found: Vec<_> = page.iter().map(|entry| (entry.position.0, entry.entry.version)).collect();
            let expected: Vec<_> = (after + 1..=version + 1).map(|place| (place, place)).collect();
            assert_eq!(found, expected);
        }
    }
}

/// A reader who stays behind while the ring moves on must not notice where an entry comes from.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_is_overtaken_and_misses_nothing() {
    const ENTRIES: u64 = 600;
    let directory = tempfile::tempdir().unwrap();
    let options = Options { tail_entries: 5, index_after_entries: 1, clean_heads: 0, ..Options::default() };
    let storage = SqliteStorage::open(directory.path(), options).unwrap();
    let state = open(&storage, 1).await;
    let mut writers = tokio::task::JoinSet::new();
    let writing = Arc::clone(&storage);
    writers.spawn(async move {
        for version in 1..ENTRIES {
            writing.commit(notes(&state, version, &["x"])).await.unwrap();
        }
    });
    let mut tail = storage.tail();
    let mut seen = LogPosition::START;
    for limit in [1, 20, 3].into_iter().cycle() {
        for entry in storage.tail_after(seen, limit).await.unwrap() {
            assert_eq!(entry.position.0, seen.0 + 1);
            assert_eq!(entry.entry.version, seen.0 + 1);
            seen = entry.position;
        }
        if seen.0 == ENTRIES {
            break;
        }
        tail.wait_for(|end| *end > seen).await.unwrap();
    }
    writers.join_all().await;
}

/// The place before a time, by the definition.
fn before(moments: &[i64], at: i64) -> LogPosition {
    let first = moments.iter().position(|moment| *moment >= at).unwrap_or(moments.len());
    LogPosition(u64::try_from(first).unwrap())
}

/// Times that mostly grow, with jitter and two clocks set back, over many notes.
fn moments(count: usize) -> Vec<i64> {
    let mut seed = 0x9e37_79b9_u64;
    let jitter = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(seed >> 48).unwrap() % 500
    };
    let jitters: Vec<_> = (0..count).map(jitter).collect();
    let set_back = |index: usize| {
        if (7000..9000).contains(&index) { 400_000 } else { 0 }
    };
    (0..count)
        .map(|index| NOW.0 + i64::try_from(index).unwrap() * 40 + jitters[index] - set_back(index))
        .collect()
}

async fn assert_times(storage: &SqliteStorage, moments: &[i64]) {
    for index in (0..moments.len()).step_by(97) {
        for at in [moments[index] - 1, moments[index], moments[index] + 1] {
            let found = storage.position_before(EpochMillis(at)).await.unwrap();
            assert_eq!(found, before(moments, at), "{at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_found_in_a_long_log_and_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { index_after_entries: 500, ..Options::default() };
    let storage = SqliteStorage::open(directory.path(), options.clone()).unwrap();
    let moments = moments(12_000);
    let first = open(&storage, 1).await;
    let at = |index: usize| EpochMillis(moments[index]);
    for start in (1..moments.len()).step_by(50) {
        let version = u64::try_from(start).unwrap();
        let mut change = notes(&first, version, &[]);
        change.entries = (version + 1..)
            .zip(start..(start + 50).min(moments.len()))
            .map(|(version, index)| LogEntry { at: at(index), ..note(version, "x") })
            .collect();
        storage.commit(change).await.unwrap();
    }
    let mut moments = moments.clone();
    moments[0] = NOW.0;
    assert_times(&storage, &moments).await;
    storage.close().await;
    let connection = rusqlite::Connection::open(directory.path().join("trunkline.db")).unwrap();
    let notes_of_time: i64 =
        connection.query_row("SELECT count(*) FROM log_times", [], |row| row.get(0)).unwrap();
    assert!((5..12).contains(&notes_of_time), "{notes_of_time} for eight minutes");
    drop(connection);

    let storage = SqliteStorage::open(directory.path(), options).unwrap();
    assert_times(&storage, &moments).await;
    // The clock was set back during the restart, and it stays so for many entries.
    let texts = ["x"; 100];
    for _ in 0..60 {
        let version = u64::try_from(moments.len()).unwrap();
        storage.commit(notes(&first, version, &texts)).await.unwrap();
        moments.extend((1..=100).map(|more| NOW.0 + i64::try_from(version).unwrap() + more));
    }
    assert_times(&storage, &moments).await;
    let end = *storage.tail().borrow();
    let newest = moments.iter().max().unwrap();
    assert_eq!(storage.position_before(EpochMillis(newest + 1)).await.unwrap(), end);
}
