//! The conversation log: append-only by ordinal, with an index kept behind a watermark.
//!
//! Entries are appended, and written over in their places when what they hold is erased ([`tombstones`]); nothing else
//! happens to them.
//!
//! A commit appends rows and touches nothing else. The place of a conversation's last entry, its *head*, lives in
//! memory ([`heads`]); the `conversations` table gets it later, in bulk ([`index`]). A head that was evicted from memory
//! is always in the table, so a miss in memory is answered there.
//!
//! Lists of conversations put both together ([`list`], [`chronology`]), and so does the search for those that may be about to
//! end ([`endings`]).
//!
//! Ordinals grow by one in commit order and become visible in that order, so a reader can follow all conversations of
//! the store with one cursor ([`tail`]): near the end from memory ([`ring`]), further back from the file ([`scan`]).

mod append;
mod change;
mod chronology;
mod endings;
mod erasure;
pub(crate) mod heads;
pub(crate) mod index;
mod list;
mod read;
pub(crate) mod recover;
pub(crate) mod ring;
mod row;
mod scan;
mod tail;
pub(crate) mod times;
mod tombstones;

use async_trait::async_trait;
use trunkline_model::LogPosition;
use trunkline_model::conversation::{Conversation, ConversationChange, LogEntry};
use trunkline_storage::{ConversationLog, Error};
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

pub(crate) use append::{Appender, Refusal};
pub(crate) use change::Change;
pub(crate) use tombstones::Tombstones;

use crate::SqliteStorage;

/// Every so many versions an entry is a milestone, to which the entries after it refer.
const MILESTONE: u64 = 64;

/// An ordinal as the contract knows it. Neither ordinals nor links are negative.
pub(crate) fn position(ordinal: i64) -> LogPosition {
    LogPosition(u64::try_from(ordinal).unwrap_or(0))
}

#[async_trait]
impl ConversationLog for SqliteStorage {
    async fn commit(&self, change: ConversationChange) -> Result<(), Error> {
        let change = Change::prepare(change, self.ring().is_followed())?;
        self.append(change).await
    }

    async fn conversation(
        &self,
        account: &AccountId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read("conversation", move |connection| read::conversation(connection, &heads, &account, id))
            .await
    }

    async fn log_after(
        &self,
        account: &AccountId,
        id: ConversationId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LogEntry>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read("log_after", move |connection| {
            read::log_after(connection, &heads, &account, id, after, limit)
        })
        .await
    }

    async fn open_conversation_of(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<Option<ConversationId>, Error> {
        let owner = (account.clone(), consumer);
        if let Some(standing) = self.heads().standing(&owner) {
            return Ok(standing.open());
        }
        self.read("open_conversation_of", move |connection| row::open_of(connection, &owner)).await
    }
}
