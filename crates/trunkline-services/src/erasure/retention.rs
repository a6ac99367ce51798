//! Erasing conversations that ended long enough ago, in small steps.
//!
//! The log is in the order of time: where it stood so long ago, a conversation may be erased if it is closed and its last
//! entry is not after that place. The store lists these without reading a single entry, and those that are erased are not
//! listed again, so a round over accounts with nothing to erase costs next to nothing.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use trunkline_model::conversation::Stage;
use trunkline_model::{AuditAction, LogPosition, PageRequest};
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::{Erased, Erasure, Shared};
use crate::Error;

/// The most conversations that one step erases.
const STEP: usize = 16;

/// Where a round is.
#[derive(Debug, Clone, Default)]
pub struct RetentionProgress {
    /// The account that was begun last.
    account: Option<AccountId>,
    /// What is done for it; `None` when that is over.
    run: Option<Run>,
}

/// The work on one account.
#[derive(Debug, Clone)]
struct Run {
    account: AccountId,
    /// What closed then or earlier is erased.
    closed_until: EpochMillis,
    /// Where the log stood then.
    until: LogPosition,
    after: Option<LogPosition>,
    erased: Erased,
}

impl RetentionProgress {
    /// Whether the round can go on after trouble: with the account after the one that was begun last.
    pub fn goes_on(&self) -> bool {
        self.account.is_some()
    }
}

impl Erasure {
    /// Makes one step: finds the next account, or erases a few of its conversations whose time is over. Returns whether the
    /// round goes on.
    ///
    /// # Errors
    /// Trouble with the store; whatever was not erased is found again by the next round.
    pub async fn retain(&self, progress: &mut RetentionProgress) -> Result<bool, Error> {
        let shared = &*self.0;
        let Some(mut run) = progress.run.take() else {
            let page = PageRequest { after: progress.account.take(), limit: 1 };
            let Some(account) = shared.parts.storage.accounts(page).await?.items.pop() else {
                shared.purge().await?;
                return Ok(false);
            };
            progress.account = Some(account.id.clone());
            progress.run = shared.begin(account.id).await?;
            return Ok(true);
        };
        match shared.step(&mut run).await {
            Ok(true) => progress.run = Some(run),
            Ok(false) => shared.finish(&run).await?,
            Err(error) => {
                // What was done is noted, and the next account does not wait for this one.
                shared.finish(&run).await?;
                return Err(error);
            }
        }
        Ok(true)
    }
}

impl Shared {
    async fn begin(&self, account: AccountId) -> Result<Option<Run>, Error> {
        let Some(retention) = self.retention(&account).await? else { return Ok(None) };
        let span = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
        let closed_until = EpochMillis(self.parts.clock.now().0.saturating_sub(span));
        // Whatever was decided at that moment is old enough.
        let until = self.parts.storage.position_before(closed_until.plus(Duration::from_millis(1))).await?;
        Ok(Some(Run { account, closed_until, until, after: None, erased: Erased::default() }))
    }

    /// Erases a few conversations; false when there are no more.
    async fn step(&self, run: &mut Run) -> Result<bool, Error> {
        let page = PageRequest { after: run.after, limit: STEP };
        let found = self.parts.storage.erasable_conversations(&run.account, run.until, page).await?;
        let now = self.parts.clock.now();
        if !found.items.is_empty() {
            self.parts.storage.forget_answers(&run.account, found.items.clone()).await?;
        }
        for id in found.items {
            if self.ended(&run.account, id, run.closed_until).await? {
                self.erase_conversation(&run.account, id, now, &mut run.erased).await?;
            }
        }
        run.after = found.next;
        Ok(found.next.is_some())
    }

    /// Whether a conversation was closed as a whole by then: times of entries are not quite in the order of places.
    async fn ended(
        &self,
        account: &AccountId,
        id: ConversationId,
        moment: EpochMillis,
    ) -> Result<bool, Error> {
        let state = self.parts.storage.conversation(account, id).await?;
        Ok(state.is_some_and(|state| matches!(state.stage, Stage::Closed { at, .. } if at <= moment)))
    }

    /// Notes what was erased, and deletes the bytes of its files.
    async fn finish(&self, run: &Run) -> Result<(), Error> {
        let Erased { conversations, entries, files, profile: _ } = run.erased;
        if conversations == 0 && files == 0 {
            return Ok(());
        }
        self.unpurged.store(true, Ordering::Relaxed);
        let details = json!({
            "closed_until": run.closed_until,
            "conversations": conversations,
            "entries": entries,
            "files": files,
        });
        self.parts.audit.note_of_platform(&run.account, AuditAction::RetentionErased, &details).await?;
        self.parts.files.delete_bytes().await
    }
}
