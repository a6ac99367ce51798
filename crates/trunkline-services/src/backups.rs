//! Backups: the store of an installation in one archive, made while it serves.
//!
//! The keys are not in it: the secrets of the store stay sealed, so an archive alone opens nothing.

mod archive;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Semaphore;
use trunkline_model::Clock;
use trunkline_storage::{self as storage, Storage};

use crate::Error;
use crate::auth::Operator;

pub use archive::Archive;

/// Makes backups, one at a time.
pub struct Backups {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    turn: Arc<Semaphore>,
}

impl Backups {
    /// Backups of this store.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Copies the store and returns the archive to read.
    ///
    /// # Errors
    /// [`Error::Duplicate`] while another backup is being made or read; [`Error::Invalid`] when this store's own tools are to
    /// be used; the store's.
    pub async fn begin(&self, _operator: &Operator) -> Result<Archive, Error> {
        let turn = Arc::clone(&self.turn).try_acquire_owned();
        let turn = turn.map_err(|_| Error::Duplicate("another backup is being made".to_owned()))?;
        let begun_at = self.clock.now();
        let copy = self.storage.copy().await.map_err(|error| match error {
            storage::Error::Unsupported(text) => Error::Invalid(text.to_owned()),
            other => other.into(),
        })?;
        Ok(Archive::new(copy, begun_at, turn))
    }
}

impl fmt::Debug for Backups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backups").finish_non_exhaustive()
    }
}
