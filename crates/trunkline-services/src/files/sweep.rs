//! What is removed in the course of time, in small steps.

use std::collections::HashMap;
use std::time::Duration;

use trunkline_model::PageRequest;
use trunkline_model::conversation::Stage;
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis, ParticipantId};

use super::Files;
use crate::Error;
use crate::auth::AccountAdmin;

/// The most rows of each kind that one step looks at.
const STEP: usize = 100;
/// When a blob is tried again that could not be deleted.
const AGAIN: Duration = Duration::from_mins(10);

/// Where a round of the sweep is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepProgress {
    after: Option<u64>,
}

impl Files {
    /// Makes one step: removes files that were not published in time and files whose conversation was closed long enough
    /// ago, and deletes bytes that nothing needs any more. Returns whether the round goes on.
    ///
    /// # Errors
    /// Trouble with the store; whatever was not removed is found again.
    pub async fn sweep(&self, progress: &mut SweepProgress) -> Result<bool, Error> {
        let now = self.parts.clock.now();
        let waiting = before(now, self.options.waiting_life);
        let removed = self.parts.storage.remove_waiting_files(waiting, now, STEP).await?;
        if let Some(retention) = self.options.retention {
            progress.after = self.remove_outdated(progress.after, before(now, retention), now).await?;
        }
        let due = self.delete_due(now).await?;
        Ok(removed == STEP || due == STEP || progress.after.is_some())
    }

    /// Removes all files that a consumer uploaded. Their bytes are deleted by the next sweep.
    ///
    /// # Errors
    /// Trouble with the store; some may be removed already.
    pub async fn erase(&self, admin: &AccountAdmin, consumer: ConsumerId) -> Result<(), Error> {
        let (owner, now) = (ParticipantId::Consumer(consumer), self.parts.clock.now());
        while self.parts.storage.remove_files_of(admin.account(), owner, now, STEP).await? > 0 {}
        Ok(())
    }

    /// Looks at the next shared files and removes those whose conversation was closed before `closed_before`; returns
    /// where to go on.
    async fn remove_outdated(
        &self,
        after: Option<u64>,
        closed_before: EpochMillis,
        now: EpochMillis,
    ) -> Result<Option<u64>, Error> {
        // A conversation ends after its files were created: younger ones need no look.
        let page = PageRequest { after, limit: STEP };
        let found = self.parts.storage.shared_files(closed_before, page).await?;
        let mut outdated = Vec::new();
        let mut known = HashMap::new();
        for file in found.items {
            let is_outdated = if let Some(is_outdated) = known.get(&file.conversation) {
                *is_outdated
            } else {
                let ended = self.ended_before(file.path.account(), file.conversation, closed_before);
                *known.entry(file.conversation).or_insert(ended.await?)
            };
            if is_outdated {
                outdated.push(file.path);
            }
        }
        if !outdated.is_empty() {
            self.parts.storage.remove_files(outdated, now).await?;
        }
        Ok(found.next)
    }

    async fn ended_before(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        moment: EpochMillis,
    ) -> Result<bool, Error> {
        let state = self.parts.storage.conversation(account, conversation).await?;
        Ok(match state.map(|state| state.stage) {
            Some(Stage::Open) => false,
            Some(Stage::Closed { at, .. }) => at <= moment,
            // A message that was to be the first of a conversation that never was.
            None => true,
        })
    }

    /// Deletes bytes; returns how many were due.
    async fn delete_due(&self, now: EpochMillis) -> Result<usize, Error> {
        let due = self.parts.storage.due_blobs(now, STEP).await?;
        let count = due.len();
        let mut deleted = Vec::with_capacity(count);
        for blob in due {
            match self.parts.blobs.delete(&blob).await {
                Ok(()) => deleted.push(blob),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "cannot delete the bytes of a file"
                    );
                    self.parts.storage.stage_blob(&blob, now.plus(AGAIN)).await?;
                }
            }
        }
        if !deleted.is_empty() {
            self.parts.storage.forget_blobs(deleted).await?;
        }
        Ok(count)
    }
}

/// The moment that was `span` ago.
pub(super) fn before(now: EpochMillis, span: Duration) -> EpochMillis {
    EpochMillis(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
