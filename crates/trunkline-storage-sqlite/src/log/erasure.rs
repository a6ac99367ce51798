//! Erasing what conversations hold, and finding those that may be erased.
//!
//! As for lists, the dirty heads are noted first and the index is read afterwards; rows that are older than what memory knows
//! are passed over, because memory has their conversations at another place.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use tokio::time::Instant;
use trunkline_model::conversation::TailEntry;
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_storage::{Erasure, Error};
use trunkline_wire::{AccountId, ConversationId};

use super::heads::{Head, Heads};
use super::position;
use super::tombstones::Tombstones;
use crate::SqliteStorage;
use crate::checkpoint::{self, Emptying};
use crate::failure::{During as _, failed};
use crate::row::{all, column, conversation_id, page, page_limit, stored};

/// How long it is tried to empty the write-ahead log.
const PURGE: Duration = Duration::from_secs(30);
/// The time after the first attempt, in which commits go on as ever; it grows up to [`PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest time between two attempts.
const PAUSE: Duration = Duration::from_millis(200);

const ERASABLE: &str = "SELECT id, head FROM conversations INDEXED BY conversations_erasable \
                        WHERE account = ?1 AND open = 0 AND erased = 0 AND head > ?2 AND head <= ?3 \
                        ORDER BY head LIMIT ?4";

#[async_trait]
impl Erasure for SqliteStorage {
    async fn replace_entries(&self, tombstones: Vec<TailEntry>) -> Result<(), Error> {
        self.replace(Tombstones::prepare(tombstones)?).await
    }

    async fn erasable_conversations(
        &self,
        account: &AccountId,
        until: LogPosition,
        page: PageRequest<LogPosition>,
    ) -> Result<Page<ConversationId, LogPosition>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read("erasable_conversations", move |connection| {
            erasable(connection, &heads, &account, stored(until.0), page)
        })
        .await
    }

    async fn purge(&self) -> Result<(), Error> {
        self.remains().remove(self.empty_log()).await
    }
}

impl SqliteStorage {
    /// Tries to empty the write-ahead log for as long as [`PURGE`].
    async fn empty_log(&self) -> Result<(), Error> {
        let until = Instant::now() + PURGE;
        let mut pause = FIRST_PAUSE;
        loop {
            let (path, checkpoints) = (self.path().to_owned(), self.checkpoints());
            let tried = tokio::task::spawn_blocking(move || checkpoint::empty(&path, &checkpoints)).await;
            let tried = tried.map_err(|_| failed("purge", "the thread ended early"))?.during("purge")?;
            if tried == Emptying::Done {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(Error::Overloaded);
            }
            tokio::time::sleep(pause).await;
            pause = PAUSE.min(pause * 2);
        }
    }
}

fn erasable(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    until: i64,
    PageRequest { after, limit }: PageRequest<LogPosition>,
) -> Result<Page<ConversationId, LogPosition>, Error> {
    let after = after.map_or(0, |after| stored(after.0));
    let wanted = |head: &Head| !head.open && !head.erased && head.owner.0 == *account;
    let within = |head: &Head| wanted(head) && head.ordinal > after && head.ordinal <= until;
    // The index is complete up to the watermark, so what else memory knows lies beyond it.
    let mut found = if until <= heads.watermark() {
        BTreeMap::new()
    } else {
        heads.first_dirty_by_ordinal(limit.saturating_add(1), within)
    };
    let values = (account.as_str(), after, until, page_limit(limit));
    let rows = all(connection, "erasable_conversations", ERASABLE, values, place)?;
    // What lies beyond the rows looked at belongs to a later page.
    let reached = if rows.len() > limit { rows.last().map(|(ordinal, _)| *ordinal) } else { None };
    found.retain(|ordinal, _| reached.is_none_or(|reached| *ordinal <= reached));
    for (ordinal, id) in rows {
        if heads.get(id).is_none_or(|head| head.ordinal == ordinal && wanted(&head)) {
            found.insert(ordinal, id);
        }
    }
    let Page { items, next } = page(found.into_iter().collect(), limit, |(ordinal, _)| *ordinal);
    let items = items.into_iter().map(|(_, id)| id).collect();
    Ok(Page { items, next: next.or(reached).map(position) })
}

fn place(row: &Row<'_>) -> Result<(i64, ConversationId), Error> {
    let id = conversation_id(row, 0, "conversations.id", &"?")?;
    Ok((column(row, 1, "conversations.head", &id)?, id))
}
