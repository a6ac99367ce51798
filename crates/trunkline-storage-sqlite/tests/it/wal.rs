//! The write-ahead log stays bounded.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;
use trunkline_storage::ConversationLog as _;
use trunkline_storage::testing::samples::{brand, consumer, notes, opened, opening};
use trunkline_storage_sqlite::{Options, SqliteStorage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_write_ahead_log_is_bounded_under_continuous_load() {
    const BOUND: u64 = 1 << 20;
    let directory = tempfile::tempdir().unwrap();
    let options = Options { checkpoint_bytes: BOUND / 4, wal_bytes: BOUND, ..Options::default() };
    let storage = SqliteStorage::open(directory.path(), options).unwrap();
    let text = "x".repeat(4000);
    let peak = Arc::new(AtomicU64::new(0));
    let mut writers = JoinSet::new();
    for number in 0..8_u32 {
        let (storage, text) = (Arc::clone(&storage), text.clone());
        let (peak, path) = (Arc::clone(&peak), directory.path().to_owned());
        writers.spawn(async move {
            let open = opening(&brand(), number, consumer(number));
            let state = opened(&open);
            storage.commit(open).await.unwrap();
            for version in 1..400 {
                storage.commit(notes(&state, version, &[&text])).await.unwrap();
                if version % 10 == 0 {
                    peak.fetch_max(bytes(&path.join("trunkline.db-wal")), Ordering::Relaxed);
                    storage.log_after(&brand(), state.id, 0, 10).await.unwrap();
                }
            }
        });
    }
    writers.join_all().await;
    let written = bytes(&directory.path().join("trunkline.db"));
    assert!(written > 8 * BOUND, "{written} bytes went through the log");
    let peak = peak.load(Ordering::Relaxed);
    assert!(peak > 0, "the log is where it is looked for");
    assert!(peak < 6 * BOUND, "the log grew to {peak} bytes");
}

fn bytes(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}
