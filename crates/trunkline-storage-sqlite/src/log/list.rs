//! Lists of conversations: what the index tells, and what memory knows better.
//!
//! Conversations that changed after the watermark are in memory, dirty until their rows are committed. So the dirty ones
//! are noted first; a view of the file that is taken afterwards has all others. Rows may still be older than what memory
//! knew: whether a conversation is wanted is decided by its state, which is read last, in another view. That one is newer
//! than the heads it starts from, and one for a whole page, because beginning a view costs more than reading a state.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::conversation::Conversation;
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_storage::{ConversationFilter, Conversations, Error, PlacedConversation};
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use super::heads::{Head, Heads};
use super::{read, row};
use crate::SqliteStorage;
use crate::failure::During as _;
use crate::row::{all, conversation_id, id_bytes, page, page_limit, stored};

const OPERATION: &str = "conversations";

const OF_ACCOUNT: &str = "SELECT id FROM conversations INDEXED BY conversations_account \
                          WHERE account = ?1 AND open = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
const OF_CONSUMER: &str = "SELECT id FROM conversations INDEXED BY conversations_consumer \
                           WHERE consumer = ?5 AND account = ?1 AND open = ?2 AND id > ?3 ORDER BY id LIMIT ?4";

#[async_trait]
impl Conversations for SqliteStorage {
    async fn conversations(
        &self,
        account: &AccountId,
        filter: ConversationFilter,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<Conversation, ConversationId>, Error> {
        let found = self.placed_conversations(account, filter, page).await?;
        let items = found.items.into_iter().map(|placed| placed.conversation).collect();
        Ok(Page { items, next: found.next })
    }

    async fn placed_conversations(
        &self,
        account: &AccountId,
        filter: ConversationFilter,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<PlacedConversation, ConversationId>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read(OPERATION, move |connection| {
            List { connection, heads: &heads, account: &account, filter }.page(page)
        })
        .await
    }

    async fn states_at(
        &self,
        account: &AccountId,
        places: Vec<LogPosition>,
    ) -> Result<Vec<Conversation>, Error> {
        let account = account.clone();
        self.read("states_at", move |connection| states_at(connection, &account, &places)).await
    }
}

/// The states in entries of an account, all read in one view: beginning one costs more than reading a state.
fn states_at(
    connection: &Connection,
    account: &AccountId,
    places: &[LogPosition],
) -> Result<Vec<Conversation>, Error> {
    let ordinals: Vec<i64> = places.iter().map(|place| stored(place.0)).collect();
    let view = connection.unchecked_transaction().during("states_at")?;
    let mut states = row::states(&view, &ordinals)?;
    states.retain(|state| state.account == *account);
    Ok(states)
}

/// What is listed.
struct List<'c> {
    connection: &'c Connection,
    heads: &'c Heads,
    account: &'c AccountId,
    filter: ConversationFilter,
}

impl List<'_> {
    fn page(
        &self,
        PageRequest { after, limit }: PageRequest<ConversationId>,
    ) -> Result<Page<PlacedConversation, ConversationId>, Error> {
        let ids = self.ids(after, limit)?;
        let Page { items: ids, next } = page(ids.into_iter().collect(), limit, |id| *id);
        let heads: Vec<_> = ids.into_iter().map(|id| (id, self.heads.get(id))).collect();
        let view = self.connection.unchecked_transaction().during(OPERATION)?;
        let mut items = Vec::with_capacity(heads.len());
        for (id, known) in heads {
            let head = match known {
                Some(head) => Some(head),
                None => row::head(&view, id)?,
            };
            let Some(head) = head.filter(|head| head.owner.0 == *self.account) else { continue };
            let found = read::state_at(&view, &head, id)?;
            let is_wanted = self.filter.accepts(found.conversation.is_open(), found.conversation.consumer);
            items.extend(Some(found).filter(|_| is_wanted));
        }
        Ok(Page { items, next })
    }

    /// Whatever may belong on the page: the first `limit` and some that follow them.
    fn ids(&self, after: Option<ConversationId>, limit: usize) -> Result<BTreeSet<ConversationId>, Error> {
        let wanted =
            |head: &Head| head.owner.0 == *self.account && self.filter.accepts(head.open, head.owner.1);
        let mut ids = self.heads.first_dirty(after, limit.saturating_add(1), wanted);
        for open in [true, false] {
            if self.filter.open.is_none_or(|wanted| wanted == open) {
                ids.extend(self.filed(open, after, limit)?);
            }
        }
        Ok(ids)
    }

    /// What the index has.
    fn filed(
        &self,
        open: bool,
        after: Option<ConversationId>,
        limit: usize,
    ) -> Result<Vec<ConversationId>, Error> {
        let account = self.account.as_str();
        let after = after.as_ref().map_or(&[][..], id_bytes);
        let limit = page_limit(limit);
        let id = |row: &Row<'_>| conversation_id(row, 0, "conversations.id", &"?");
        match self.filter.consumer.as_ref().map(ConsumerId::as_bytes) {
            None => all(self.connection, OPERATION, OF_ACCOUNT, (account, open, after, limit), id),
            Some(consumer) => {
                let values = (account, open, after, limit, consumer.as_slice());
                all(self.connection, OPERATION, OF_CONSUMER, values, id)
            }
        }
    }
}
