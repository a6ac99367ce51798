//! The embedded store against the contract, and against crashes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod opening;
mod wal;

use std::sync::Arc;

use tempfile::TempDir;
use trunkline_storage::Storage;
use trunkline_storage_sqlite::{Options, SqliteStorage};

async fn fresh() -> (Arc<dyn Storage>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = SqliteStorage::open(directory.path(), Options::default()).unwrap();
    (storage, directory)
}

/// The index is always busy: every commit begins a cycle, every clean head is evicted at once.
async fn restless() -> (Arc<dyn Storage>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { index_after_entries: 1, clean_heads: 0, batch: 4, ..Options::default() };
    let storage: Arc<dyn Storage> = SqliteStorage::open(directory.path(), options).unwrap();
    (storage, directory)
}

mod usual {
    use super::fresh;
    trunkline_storage::behaviour_suite!(fresh);
}

mod always_indexing {
    use super::restless;
    trunkline_storage::behaviour_suite!(restless);
}
