//! The log of all conversations as one.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use crate::Error;

/// The logs of all conversations as one, in the order in which entries became durable.
///
/// Whoever reads on from the last position they got misses nothing, whatever is written meanwhile. A page may hold fewer
/// entries than asked for although there are more, so that large entries do not fill the memory; of [`Self::tail_after`]
/// and [`Self::conversation_tail`] only an empty one means that there is nothing more.
#[async_trait]
pub trait LogTail: Send + Sync {
    /// The place of the newest durable entry, and a way to wait for the next. A position is shown when every entry up to
    /// it can be read, and never goes back. After a restart it begins at the last durable entry.
    fn tail(&self) -> watch::Receiver<LogPosition>;

    /// The entries of all accounts after `after`, ascending, `limit` at most; empty at the end of the log and beyond.
    /// Entries that were written just now come from memory.
    async fn tail_after(&self, after: LogPosition, limit: usize) -> Result<Vec<Arc<TailEntry>>, Error>;

    /// The entries of one account after `after` and up to `until`, ascending, `limit` at most (1 or more). One call looks
    /// at a bounded number of entries of whatever account, so a page may be empty although there is more: go on after
    /// [`TailPage::reached`] while that is before `until`, and before the end of the log if `until` lies beyond.
    async fn account_tail(
        &self,
        account: &AccountId,
        after: LogPosition,
        until: LogPosition,
        limit: usize,
    ) -> Result<TailPage, Error>;

    /// The entries of one conversation after version `after`, ascending, `limit` at most; empty for an unknown one.
    async fn conversation_tail(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Arc<TailEntry>>, Error>;

    /// The place before the first entry that was decided at `at` or later; the end when there is none. Entries may be
    /// durable in another order than that in which they were decided, so earlier ones can follow; none that was decided
    /// at `at` or later precedes.
    async fn position_before(&self, at: EpochMillis) -> Result<LogPosition, Error>;
}

/// A page of an account's part of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct TailPage {
    /// The entries, ascending.
    pub entries: Vec<Arc<TailEntry>>,
    /// Up to here everything of the account is in this page or an earlier one: where the next page begins. Never before
    /// `after`, and not beyond the end of the log unless `after` is.
    pub reached: LogPosition,
}
