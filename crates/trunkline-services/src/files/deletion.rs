//! Deleting bytes that nothing needs any more.
//!
//! A store of bytes that does not answer takes a minute for each blob to say so. Several are deleted at once, and who meets
//! trouble gives up rather than have every other blob take as long; what is left stays noted and is tried again.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use trunkline_model::BlobKey;
use trunkline_storage as storage;
use trunkline_wire::{AccountId, EpochMillis};

use super::Files;
use super::sweep::STEP;
use crate::Error;

/// The most deletions at the same time.
pub(super) const AT_ONCE: usize = 8;
/// A blob that could not be deleted is due again after this: behind the others, for the next round of the sweep, and for
/// whoever erases.
const AGAIN: Duration = Duration::from_millis(1);

impl Files {
    /// Deletes all bytes of an account that nothing needs by now, without waiting for the sweep.
    ///
    /// # Errors
    /// Trouble with the store, or the first with that of bytes: whatever was not deleted is tried again by the same call, and
    /// by the sweep.
    pub(crate) async fn delete_bytes(&self, account: &AccountId) -> Result<(), Error> {
        let now = self.parts.clock.now();
        loop {
            // With those that the sweep could not delete just now.
            let due = self.parts.storage.due_blobs_of(account, now.plus(AGAIN), STEP).await?;
            let count = due.len();
            if let Some(error) = self.delete(due, now, 1).await?.into_iter().next() {
                return Err(error.into());
            }
            if count < STEP {
                return Ok(());
            }
        }
    }

    /// Deletes bytes that were due by then, and begins with no more of them after so many failures. What could not be deleted
    /// is due later than that; returns why.
    pub(super) async fn delete(
        &self,
        due: Vec<BlobKey>,
        by: EpochMillis,
        most_failures: usize,
    ) -> Result<Vec<storage::Error>, Error> {
        let mut due = due.into_iter();
        let mut under_way = FuturesUnordered::new();
        let (mut deleted, mut left, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            while errors.len() < most_failures
                && under_way.len() < AT_ONCE
                && let Some(blob) = due.next()
            {
                under_way.push(self.delete_one(blob));
            }
            let Some((blob, outcome)) = under_way.next().await else { break };
            match outcome {
                Ok(()) => deleted.push(blob),
                Err(error) => {
                    left.push(blob);
                    errors.push(error);
                }
            }
        }
        if !deleted.is_empty() {
            self.parts.storage.forget_blobs(deleted).await?;
        }
        for blob in left {
            self.parts.storage.stage_blob(&blob, by.plus(AGAIN)).await?;
        }
        Ok(errors)
    }

    async fn delete_one(&self, blob: BlobKey) -> (BlobKey, Result<(), storage::Error>) {
        let outcome = self.parts.blobs.delete(&blob).await;
        if let Err(error) = &outcome {
            tracing::warn!(error = error as &dyn std::error::Error, "cannot delete the bytes of a file");
        }
        (blob, outcome)
    }
}
