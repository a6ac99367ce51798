//! The embedded store against the contract, and against crashes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod backup;
mod crash;
mod endings;
mod erasure;
mod migration;
mod opening;
mod tail;
mod tally;
mod wal;

use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::watch;
use trunkline_model::LogPosition;
use trunkline_storage::Storage;
use trunkline_storage_sqlite::{Options, SqliteStorage};

/// Somebody who follows the log all the time, so that its end is in memory.
type Follower = watch::Receiver<LogPosition>;

async fn fresh() -> (Arc<dyn Storage>, (TempDir, Follower)) {
    let directory = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    let follower = storage.tail();
    (storage, (directory, follower))
}

/// The index is always busy: every commit begins a cycle, every clean head is evicted at once. Of the log hardly anything
/// is in memory.
async fn restless() -> (Arc<dyn Storage>, (TempDir, Follower)) {
    let directory = tempfile::tempdir().unwrap();
    let options =
        Options { index_after_entries: 1, clean_heads: 0, batch: 4, tail_entries: 3, ..Options::default() };
    let storage: Arc<dyn Storage> = SqliteStorage::open(directory.path(), options).unwrap();
    let follower = storage.tail();
    (storage, (directory, follower))
}

mod usual {
    use super::fresh;
    trunkline_storage::behaviour_suite!(fresh);
}

mod always_indexing {
    use super::restless;
    trunkline_storage::behaviour_suite!(restless);
}
