//! Erasing conversations that ended long enough ago, in small steps.
//!
//! The log is in the order of time: where it stood so long ago, a conversation may be erased if it is closed and its last
//! entry is not after that place. The store lists these without reading a single entry, and those that are erased are not
//! listed again, so a round over accounts with nothing to erase costs next to nothing.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::json;
use trunkline_model::conversation::Stage;
use trunkline_model::{AuditAction, LogPosition, PageRequest};
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::{Erased, Erasure, Shared};
use crate::Error;

/// The most conversations that one step erases.
const STEP: usize = 16;
/// The most conversations that are found at once.
const FOUND: usize = 256;
/// What was erased is noted after so many conversations.
const NOTED: usize = 256;

/// Where a round is.
#[derive(Debug, Default)]
pub struct RetentionProgress {
    /// The account that was begun last.
    account: Option<AccountId>,
    /// All accounts were begun.
    all_begun: bool,
    /// The work on accounts that were begun, in the order of their turns.
    runs: VecDeque<Run>,
    /// Accounts of which something was erased: bytes of their files may be left.
    erased: BTreeSet<AccountId>,
    /// What was erased has left the store's files, or has to wait for the next round.
    is_purged: bool,
}

/// The work on one account.
#[derive(Debug)]
struct Run {
    account: AccountId,
    /// What closed then or earlier is erased.
    closed_until: EpochMillis,
    /// Where the log stood then.
    until: LogPosition,
    /// Where to look for more.
    after: Option<LogPosition>,
    /// All were found.
    all_found: bool,
    /// What is to be erased next.
    found: VecDeque<ConversationId>,
    /// What went since that was noted.
    erased: Erased,
    /// The conversations since then.
    ids: Vec<ConversationId>,
}

impl RetentionProgress {
    /// Whether the round can go on after trouble.
    pub fn goes_on(&self) -> bool {
        !self.all_begun || !self.runs.is_empty() || !self.erased.is_empty()
    }
}

impl Erasure {
    /// Makes one step: begins with the next account, or erases a few conversations whose time is over, of each account in
    /// turn. Returns whether the round goes on. Progress is right also when this is dropped.
    ///
    /// # Errors
    /// Trouble with the store; whatever was not erased is found again by the next round.
    pub async fn retain(&self, progress: &mut RetentionProgress) -> Result<bool, Error> {
        let shared = &*self.0;
        if !progress.all_begun {
            shared.begin_next(progress).await?;
        }
        let Some(run) = progress.runs.front_mut() else {
            return if progress.all_begun { shared.clear(progress).await } else { Ok(true) };
        };
        let stepped = shared.step(run).await;
        if !run.ids.is_empty() && !progress.erased.contains(&run.account) {
            progress.erased.insert(run.account.clone());
        }
        let is_over = !matches!(stepped, Ok(true));
        let noted = if is_over || run.ids.len() >= NOTED { shared.note(run).await } else { Ok(()) };
        if is_over || noted.is_err() {
            progress.runs.pop_front();
        } else {
            progress.runs.rotate_left(1);
        }
        stepped.and(noted).map(|()| true)
    }

    /// Notes what was erased, because there will be no other step.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn end_retention(&self, progress: RetentionProgress) -> Result<(), Error> {
        for mut run in progress.runs {
            self.0.note(&mut run).await?;
        }
        Ok(())
    }
}

impl Shared {
    /// Begins with the next account; it has its first turn at once.
    async fn begin_next(&self, progress: &mut RetentionProgress) -> Result<(), Error> {
        let page = PageRequest { after: progress.account.clone(), limit: 1 };
        let listed = self.parts.storage.accounts(page).await;
        let next = listed.as_ref().ok().and_then(|page| page.items.first());
        let Some(account) = next.map(|account| account.id.clone()) else {
            // Those that were begun go on also when no more can be listed.
            progress.all_begun = true;
            return listed.map(drop).map_err(Error::from);
        };
        progress.account = Some(account.clone());
        if let Some(run) = self.begin(account).await? {
            progress.runs.push_front(run);
        }
        Ok(())
    }

    /// Ends a round: what was erased leaves the store's files, too, and then the bytes of files go, of one account with each
    /// step. Where these cannot be deleted the sweep is left to do it, so that no round waits for every account's.
    async fn clear(&self, progress: &mut RetentionProgress) -> Result<bool, Error> {
        if !progress.is_purged {
            self.purge().await;
            progress.is_purged = true;
        }
        let Some(account) = progress.erased.pop_first() else { return Ok(false) };
        let deleted = self.parts.files.delete_bytes(&account).await;
        if deleted.is_err() {
            progress.erased.clear();
        }
        deleted.map(|()| true)
    }

    async fn purge(&self) {
        if let Err(error) = self.parts.storage.purge().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what was erased may still be in the store's files; the next round tries to remove it from there"
            );
        }
    }

    async fn begin(&self, account: AccountId) -> Result<Option<Run>, Error> {
        let Some(retention) = self.retention(&account).await? else { return Ok(None) };
        let span = i64::try_from(retention.as_millis()).unwrap_or(i64::MAX);
        let closed_until = EpochMillis(self.parts.clock.now().0.saturating_sub(span));
        // Whatever was decided at that moment is old enough.
        let until = self.parts.storage.position_before(closed_until.plus(Duration::from_millis(1))).await?;
        Ok(Some(Run {
            account,
            closed_until,
            until,
            after: None,
            all_found: false,
            found: VecDeque::new(),
            erased: Erased::default(),
            ids: Vec::new(),
        }))
    }

    /// Finds conversations, or erases a few; false when there are no more.
    async fn step(&self, run: &mut Run) -> Result<bool, Error> {
        if run.found.is_empty() {
            self.find(run).await?;
        }
        let count = run.found.len().min(STEP);
        let mut refused = 0;
        for _ in 0..count {
            let Some(id) = run.found.pop_front() else { break };
            let Err(error) = self.erase_if_ended(run, id).await else { continue };
            refused += usize::from(matches!(error, Error::Overloaded));
            // No other waits for it; the next round tries it again.
            tracing::error!(
                account = %run.account,
                conversation.id = %id,
                error = &error as &dyn std::error::Error,
                "an old conversation could not be erased"
            );
        }
        if count > 0 && refused == count {
            return Err(Error::Overloaded);
        }
        Ok(!run.found.is_empty() || !run.all_found)
    }

    async fn find(&self, run: &mut Run) -> Result<(), Error> {
        let page = PageRequest { after: run.after, limit: FOUND };
        let found = self.parts.storage.erasable_conversations(&run.account, run.until, page).await?;
        if !found.items.is_empty() {
            self.parts.storage.forget_answers(&run.account, found.items.clone()).await?;
        }
        run.found = found.items.into();
        (run.after, run.all_found) = (found.next, found.next.is_none());
        Ok(())
    }

    async fn erase_if_ended(&self, run: &mut Run, id: ConversationId) -> Result<(), Error> {
        if self.ended(&run.account, id, run.closed_until).await? {
            run.ids.push(id);
            self.erase_conversation(&run.account, id, self.parts.clock.now(), &mut run.erased).await?;
        }
        Ok(())
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

    /// Notes what was erased since the last note, and removes what is left of it elsewhere.
    async fn note(&self, run: &mut Run) -> Result<(), Error> {
        let (ids, erased) = (std::mem::take(&mut run.ids), std::mem::take(&mut run.erased));
        let Erased { conversations, entries, files, profile: _ } = erased;
        if conversations > 0 || files > 0 {
            let details = json!({
                "closed_until": run.closed_until,
                "conversations": conversations,
                "entries": entries,
                "files": files,
            });
            self.parts.audit.note_of_platform(&run.account, AuditAction::RetentionErased, &details).await?;
        }
        if !ids.is_empty() {
            // Answers may have come in meanwhile.
            self.parts.storage.forget_answers(&run.account, ids).await?;
        }
        Ok(())
    }
}
