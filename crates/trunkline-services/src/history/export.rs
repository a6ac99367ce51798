//! Exports: every conversation of an account, one after the other, as its record in history.
//!
//! An export is a walk along the list that searches use, with their records and in their turns: it reads one batch at a
//! time, and between two batches holds neither a reader of the store nor a turn, however long whoever reads it takes. The
//! end of the walk is fixed at its beginning, or it would never end while conversations begin faster than they are read.

use std::fmt;
use std::sync::Arc;
use std::vec;

use tokio::sync::OwnedSemaphorePermit;
use trunkline_model::PageRequest;
use trunkline_storage::{ChronologyFilter, ChronologyOrder};
use trunkline_wire::history::{Contents, Record};
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::access::Access;
use super::pace::Pace;
use super::reader::Reader;
use super::scan::Candidate;
use super::{History, Style, Writing};
use crate::Error;
use crate::auth::AccountAdmin;

/// Conversations listed at once.
pub(super) const LISTED: usize = 100;

/// About how many bytes of records are handed over at once; a longer record comes alone.
const BATCH_BYTES: usize = 512 * 1024;

/// About how long a record may be: some fifty thousand short messages. What is longer is cut and says so.
const RECORD_BYTES: usize = 32 * 1024 * 1024;

/// An export that is under way.
pub struct Export {
    history: Arc<History>,
    account: AccountId,
    filter: ChronologyFilter,
    /// The last conversation that was listed.
    after: Option<ConversationId>,
    /// The last one there is; `None` when the list is at its end.
    last: Option<ConversationId>,
    listed: vec::IntoIter<ConversationId>,
    pub(super) record_bytes: usize,
    pace: Pace,
    _permit: OwnedSemaphorePermit,
}

impl History {
    /// Begins to read every conversation that was started since a moment and comes after one of them, oldest first.
    /// Those that are there now come exactly once; those that begin meanwhile may come.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many exports are under way; the store's.
    pub async fn export(
        self: &Arc<Self>,
        admin: &AccountAdmin,
        since: Option<EpochMillis>,
        after: Option<ConversationId>,
    ) -> Result<Export, Error> {
        let permit = Arc::clone(&self.exports).try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let (account, filter) =
            (admin.account().clone(), ChronologyFilter { from: since, ..Default::default() });
        // Whatever is acknowledged by now has no later id than the last one.
        let newest = self
            .storage
            .conversations_by_start(
                &account,
                ChronologyFilter::default(),
                ChronologyOrder::NewestFirst,
                PageRequest::first(1),
            )
            .await?;
        Ok(Export {
            history: Arc::clone(self),
            account,
            filter,
            after,
            last: newest.items.first().map(|newest| newest.id).or(newest.next),
            listed: Vec::new().into_iter(),
            record_bytes: RECORD_BYTES,
            pace: self.pace(),
            _permit: permit,
        })
    }
}

impl Export {
    /// The next records, with everything they can have; `None` at the end. A conversation that is gone by now is left out.
    ///
    /// # Errors
    /// The store's. The export cannot go on then; another one can, after the last record.
    pub async fn next(&mut self) -> Result<Option<Vec<Record>>, Error> {
        let history = Arc::clone(&self.history);
        loop {
            let _turn = history.searches.wait().await?;
            if self.listed.as_slice().is_empty() && !self.list().await? {
                return Ok(None);
            }
            let records = self.batch().await?;
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
    }

    /// Lists the next conversations, if there are any.
    async fn list(&mut self) -> Result<bool, Error> {
        while let Some(last) = self.last {
            let request = PageRequest { after: self.after, limit: LISTED };
            let (filter, order) = (self.filter, ChronologyOrder::OldestFirst);
            let page =
                self.history.storage.conversations_by_start(&self.account, filter, order, request).await?;
            let ids: Vec<_> = page.items.iter().map(|item| item.id).filter(|id| *id <= last).collect();
            self.after = page.next;
            if page.next.is_none_or(|next| next >= last) {
                self.last = None;
            }
            if !ids.is_empty() {
                self.listed = ids.into_iter();
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads of what is listed as much as is handed over at once.
    async fn batch(&mut self) -> Result<Vec<Record>, Error> {
        let (contents, style) = (Contents::everything(), Style { typed: true });
        let reader = Reader { pace: Some(&self.pace), ..self.history.reader(&self.account) };
        let mut writing = Writing::new(&self.history, reader, Access::Every, &contents, style);
        let (mut records, mut bytes) = (Vec::new(), 0);
        while bytes < BATCH_BYTES {
            let Some(id) = self.listed.next() else { break };
            writing.bytes = self.record_bytes;
            records.extend(writing.record(Candidate::Matching(id)).await?);
            bytes += self.record_bytes - writing.bytes;
        }
        Ok(records)
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").field("account", &self.account).finish_non_exhaustive()
    }
}
