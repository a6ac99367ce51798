//! A sweep that panics is not the last one.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_jobs::files::{self, INTERVAL};
use trunkline_jose::SealingKey;
use trunkline_model::{BlobKey, Clock as _};
use trunkline_services::keys::ReadyKeys;
use trunkline_services::{Dependencies, Services};
use trunkline_storage::{BlobReader, BlobWriter, Blobs, Error, Files as _};
use trunkline_storage_sqlite::SqliteStorage;
use trunkline_testkit::{TestClock, TestRng};
use trunkline_wire::{AccountId, EpochMillis};
use uuid::Uuid;

/// Panics when it is asked to delete something for the first time.
#[derive(Default)]
struct Startled(AtomicU32);

#[async_trait]
impl Blobs for Startled {
    async fn create(&self, _: &BlobKey) -> Result<Box<dyn BlobWriter>, Error> {
        Err(Error::Closed)
    }

    async fn open(&self, _: &BlobKey, _: Range<u64>) -> Result<Option<Box<dyn BlobReader>>, Error> {
        Err(Error::Closed)
    }

    async fn delete(&self, _: &BlobKey) -> Result<(), Error> {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "startled");
        Ok(())
    }
}

#[tokio::test]
async fn the_next_sweep_comes_after_one_that_panicked() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(folder.path(), trunkline_storage_sqlite::Options::default()).unwrap();
    let (clock, blobs) = (Arc::new(TestClock::default()), Arc::new(Startled::default()));
    let dependencies = Dependencies {
        storage: Arc::clone(&storage) as _,
        blobs: Arc::clone(&blobs) as _,
        clock: Arc::clone(&clock) as _,
        rng: Arc::new(TestRng::seeded(1)),
        sealing: Arc::new(SealingKey::from_bytes([7; 32])),
    };
    let mut options = trunkline_services::Options::default();
    let keys = (0..trunkline_jose::testing::KEY_COUNT).map(trunkline_jose::testing::key).collect();
    options.keys.source = Arc::new(ReadyKeys::new(keys));
    let services = Services::start(dependencies, options).await.unwrap();
    let blob = BlobKey::new(&AccountId::parse("brand").unwrap(), Uuid::nil());
    storage.stage_blob(&blob, clock.now()).await.unwrap();
    let left = async || storage.due_blobs(EpochMillis(i64::MAX), 10).await.unwrap();

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let mut rounds = files::start(Arc::clone(&services.files), Arc::clone(&clock) as _, &tasks, stop.clone());
    rounds.wait_for(|&rounds| rounds == 1).await.unwrap();
    assert_eq!((blobs.0.load(Ordering::SeqCst), left().await), (1, vec![blob]));
    clock.advance(INTERVAL);
    rounds.wait_for(|&rounds| rounds == 2).await.unwrap();
    assert_eq!((blobs.0.load(Ordering::SeqCst), left().await), (2, vec![]));
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}
