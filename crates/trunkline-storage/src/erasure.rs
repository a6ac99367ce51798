//! Erasing what conversations hold.
//!
//! The log keeps its shape: an entry is replaced by its tombstone ([`LogEntry::erased`]), at its place and under its
//! version. A conversation counts as erased once its last entry was replaced, so whoever is interrupted before that begins
//! anew.
//!
//! [`LogEntry::erased`]: trunkline_model::conversation::LogEntry::erased

use async_trait::async_trait;
use trunkline_model::conversation::TailEntry;
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_wire::{AccountId, ConversationId};

use crate::Error;

/// Erasing what conversations hold.
#[async_trait]
pub trait Erasure: Send + Sync {
    /// Replaces entries of one closed conversation, all or none; every reader finds the tombstones from now on. With the
    /// conversation's last entry among them it counts as erased and takes no more entries: [`Error::Conflict`] is what
    /// committing one yields.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a place does not hold the entry of that version, or holds a state where the tombstone has
    /// none, and when the conversation is open.
    async fn replace_entries(&self, tombstones: Vec<TailEntry>) -> Result<(), Error>;

    /// The conversations of an account that are closed as a whole, were not erased, and have no entry after `until`, in the
    /// order of their last entries. One for which that holds at times only may be listed or not: whoever acts on it looks
    /// again. A page may hold fewer than `limit`, none included, before the end: only `next` tells whether there are more.
    async fn erasable_conversations(
        &self,
        account: &AccountId,
        until: LogPosition,
        page: PageRequest<LogPosition>,
    ) -> Result<Page<ConversationId, LogPosition>, Error>;

    /// Sees to it that what was erased before is in none of the backend's files any more: entries that were replaced,
    /// profiles, files of an owner or a conversation, answers. Does nothing where nothing is left.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when somebody still reads what was there before, such as a long copy.
    async fn purge(&self) -> Result<(), Error>;
}
