//! Finding conversations that may be about to end: by their heads alone, in the index and in memory.
//!
//! As for lists, the dirty heads are noted first and the index is read afterwards. Rows that are older than what memory
//! knows are put right by it; a head that leaves memory between the two looks makes a conversation be listed that is not
//! wanted any more, which the contract allows.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_storage::{Endings, Error};
use trunkline_wire::{AccountId, ConversationId};

use super::heads::{Head, Heads};
use crate::SqliteStorage;
use crate::row::{all, column, conversation_id, id_bytes, page, page_limit, stored};

/// A page looks at so many rows.
const ROWS: usize = 4096;

const OPEN: &str = "SELECT id, head FROM conversations INDEXED BY conversations_account \
                    WHERE account = ?1 AND open = 1 AND id > ?2 ORDER BY id LIMIT ?3";
const IN_SURVEY: &str = "SELECT id FROM conversations INDEXED BY conversations_survey \
                         WHERE account = ?1 AND survey = 1 AND id > ?2 ORDER BY id LIMIT ?3";

#[async_trait]
impl Endings for SqliteStorage {
    async fn quiet_conversations(
        &self,
        account: &AccountId,
        until: LogPosition,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<ConversationId, ConversationId>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read("quiet_conversations", move |connection| {
            quiet(connection, &heads, &account, stored(until.0), page)
        })
        .await
    }

    async fn conversations_in_survey(
        &self,
        account: &AccountId,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<ConversationId, ConversationId>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read("conversations_in_survey", move |connection| in_survey(connection, &heads, &account, page))
            .await
    }
}

fn quiet(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    until: i64,
    PageRequest { after, limit }: PageRequest<ConversationId>,
) -> Result<Page<ConversationId, ConversationId>, Error> {
    let wanted = |head: &Head| head.open && head.ordinal <= until && head.owner.0 == *account;
    // The index is complete up to the watermark, so heads in memory only lie beyond it.
    let mut ids = if until <= heads.watermark() {
        BTreeSet::new()
    } else {
        heads.first_dirty(after, limit.saturating_add(1), wanted)
    };
    let from = after.as_ref().map_or(&[][..], id_bytes);
    let rows = i64::try_from(ROWS).unwrap_or(i64::MAX);
    let rows = all(connection, "quiet_conversations", OPEN, (account.as_str(), from, rows), place)?;
    // What lies beyond the rows looked at belongs to a later page.
    let reached = if rows.len() == ROWS { rows.last().map(|(id, _)| *id) } else { None };
    ids.retain(|id| reached.is_none_or(|reached| *id <= reached));
    for (id, head) in rows {
        if head <= until && heads.get(id).is_none_or(|head| wanted(&head)) {
            ids.insert(id);
        }
    }
    let Page { items, next } = page(ids.into_iter().collect(), limit, |id| *id);
    Ok(Page { items, next: next.or(reached) })
}

fn place(row: &Row<'_>) -> Result<(ConversationId, i64), Error> {
    let id = conversation_id(row, 0, "conversations.id", &"?")?;
    Ok((id, column(row, 1, "conversations.head", &id)?))
}

fn in_survey(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    PageRequest { after, limit }: PageRequest<ConversationId>,
) -> Result<Page<ConversationId, ConversationId>, Error> {
    let wanted = |head: &Head| head.survey && head.owner.0 == *account;
    let mut ids = heads.first_dirty(after, limit.saturating_add(1), wanted);
    let from = after.as_ref().map_or(&[][..], id_bytes);
    let values = (account.as_str(), from, page_limit(limit));
    let id = |row: &Row<'_>| conversation_id(row, 0, "conversations.id", &"?");
    ids.extend(all(connection, "conversations_in_survey", IN_SURVEY, values, id)?);
    let mut page = page(ids.into_iter().collect(), limit, |id| *id);
    page.items.retain(|id| heads.get(*id).is_none_or(|head| wanted(&head)));
    Ok(page)
}
