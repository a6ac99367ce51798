//! Conversations in the order of their starts, which is that of their ids: a walk along the same indexes as lists take
//! ([`super::list`]), in either direction and between bounds.
//!
//! As there: dirty heads are noted before the view of the file is taken, and what a head says is newer than its row.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{Page, PageRequest};
use trunkline_storage::{Chronology, ChronologyFilter, ChronologyOrder, Error, StartedConversation};
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis};

use super::heads::{Head, Heads};
use super::row;
use crate::SqliteStorage;
use crate::failure::During as _;
use crate::row::{all, conversation_id, id_bytes, page_limit};

const OPERATION: &str = "conversations_by_start";

/// The query over one value of `open`. Both indexes end with the id, so neither sorts.
const fn sql(of_consumer: bool, order: ChronologyOrder) -> &'static str {
    match (of_consumer, order) {
        (false, ChronologyOrder::OldestFirst) => {
            "SELECT id FROM conversations INDEXED BY conversations_account \
             WHERE account = ?1 AND open = ?2 AND id > ?3 AND id < ?4 ORDER BY id LIMIT ?5"
        }
        (false, ChronologyOrder::NewestFirst) => {
            "SELECT id FROM conversations INDEXED BY conversations_account \
             WHERE account = ?1 AND open = ?2 AND id > ?3 AND id < ?4 ORDER BY id DESC LIMIT ?5"
        }
        (true, ChronologyOrder::OldestFirst) => {
            "SELECT id FROM conversations INDEXED BY conversations_consumer \
             WHERE consumer = ?6 AND account = ?1 AND open = ?2 AND id > ?3 AND id < ?4 ORDER BY id LIMIT ?5"
        }
        (true, ChronologyOrder::NewestFirst) => {
            "SELECT id FROM conversations INDEXED BY conversations_consumer \
             WHERE consumer = ?6 AND account = ?1 AND open = ?2 AND id > ?3 AND id < ?4 ORDER BY id DESC LIMIT ?5"
        }
    }
}

#[async_trait]
impl Chronology for SqliteStorage {
    async fn conversations_by_start(
        &self,
        account: &AccountId,
        filter: ChronologyFilter,
        order: ChronologyOrder,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<StartedConversation, ConversationId>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read(OPERATION, move |connection| {
            Chronicle { connection, heads: &heads, account: &account, filter, order }.page(page)
        })
        .await
    }
}

/// What is listed.
struct Chronicle<'c> {
    connection: &'c Connection,
    heads: &'c Heads,
    account: &'c AccountId,
    filter: ChronologyFilter,
    order: ChronologyOrder,
}

impl Chronicle<'_> {
    fn page(
        &self,
        PageRequest { after, limit }: PageRequest<ConversationId>,
    ) -> Result<Page<StartedConversation, ConversationId>, Error> {
        let bounds = Bounds::of(&self.filter, self.order, after);
        let mut ids = self.ids(&bounds, limit)?;
        if self.order == ChronologyOrder::NewestFirst {
            ids.reverse();
        }
        let next = if ids.len() > limit {
            limit.checked_sub(1).and_then(|last| ids.get(last)).copied()
        } else {
            None
        };
        ids.truncate(limit);
        let heads: Vec<_> = ids.into_iter().map(|id| (id, self.heads.get(id))).collect();
        let view = self.connection.unchecked_transaction().during(OPERATION)?;
        let mut items = Vec::with_capacity(heads.len());
        for (id, known) in heads {
            let head = match known {
                Some(head) => Some(head),
                None => row::head(&view, id)?,
            };
            items.extend(head.filter(|head| self.wants(head)).map(|head| StartedConversation {
                id,
                consumer: head.owner.1,
                started_at: EpochMillis(head.started_at),
                open: head.open,
            }));
        }
        Ok(Page { items, next })
    }

    fn wants(&self, head: &Head) -> bool {
        head.owner.0 == *self.account
            && self.filter.accepts(head.open, head.owner.1, EpochMillis(head.started_at))
    }

    /// Whatever may belong on the page, by id: the first (or last) `limit` and some beyond them.
    fn ids(&self, bounds: &Bounds, limit: usize) -> Result<Vec<ConversationId>, Error> {
        let newest_first = self.order == ChronologyOrder::NewestFirst;
        let within = |id: ConversationId| bounds.hold(id);
        let mut ids =
            self.heads.dirty_among(within, newest_first, limit.saturating_add(1), |head| self.wants(head));
        for open in [true, false] {
            if self.filter.open.is_none_or(|wanted| wanted == open) {
                ids.extend(self.filed(open, bounds, limit)?);
            }
        }
        Ok(cut(ids, newest_first, limit.saturating_add(1)))
    }

    /// What the index has.
    fn filed(&self, open: bool, bounds: &Bounds, limit: usize) -> Result<Vec<ConversationId>, Error> {
        let (account, limit) = (self.account.as_str(), page_limit(limit));
        let id = |row: &Row<'_>| conversation_id(row, 0, "conversations.id", &"?");
        let consumer = self.filter.consumer.as_ref().map(ConsumerId::as_bytes);
        let sql = sql(consumer.is_some(), self.order);
        let (above, below) = (bounds.above.as_slice(), bounds.below.as_slice());
        match consumer {
            None => all(self.connection, OPERATION, sql, (account, open, above, below, limit), id),
            Some(consumer) => {
                let values = (account, open, above, below, limit, consumer.as_slice());
                all(self.connection, OPERATION, sql, values, id)
            }
        }
    }
}

/// The first, or last, `most` of some ids, ascending.
fn cut(ids: BTreeSet<ConversationId>, from_the_end: bool, most: usize) -> Vec<ConversationId> {
    let skipped = if from_the_end { ids.len().saturating_sub(most) } else { 0 };
    ids.into_iter().skip(skipped).take(most).collect()
}

/// Between which bytes an id must lie. Shorter bytes come before longer ones that begin with them.
struct Bounds {
    above: Vec<u8>,
    below: Vec<u8>,
}

/// Comes after every id.
const BEHIND_ALL: [u8; 17] = [0xff; 17];

impl Bounds {
    fn of(filter: &ChronologyFilter, order: ChronologyOrder, after: Option<ConversationId>) -> Self {
        let tolerance = ChronologyFilter::ID_TOLERANCE_MILLIS;
        let from = filter.from.map(|from| made_at(from.0.saturating_sub(tolerance)));
        let mut above = from.unwrap_or_default();
        let mut below = match filter.to {
            Some(to) => made_at(to.0.saturating_add(tolerance).saturating_add(1)),
            None => BEHIND_ALL.to_vec(),
        };
        let seen = after.as_ref().map(id_bytes);
        match (order, seen) {
            (ChronologyOrder::OldestFirst, Some(seen)) if seen > above.as_slice() => above = seen.to_vec(),
            (ChronologyOrder::NewestFirst, Some(seen)) if seen < below.as_slice() => below = seen.to_vec(),
            _ => {}
        }
        Self { above, below }
    }

    fn hold(&self, id: ConversationId) -> bool {
        let id = id_bytes(&id);
        self.above.as_slice() < id && id < self.below.as_slice()
    }
}

/// With what the ids begin that were made at a moment: 48 bits of milliseconds. Source: RFC 9562 §5.7.
fn made_at(millis: i64) -> Vec<u8> {
    let millis = u64::try_from(millis).unwrap_or(0);
    match millis.to_be_bytes() {
        [0, 0, moment @ ..] => moment.to_vec(),
        _ => BEHIND_ALL.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{connection, migrations};

    /// Neither a scan nor a sort, or a million conversations would be read for a page.
    #[test]
    fn every_list_walks_along_an_index() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        connection::create_private(&path).unwrap();
        let mut writer = connection::writer(&path, 1 << 20).unwrap();
        migrations::run(&mut writer).unwrap();
        for of_consumer in [false, true] {
            for order in [ChronologyOrder::OldestFirst, ChronologyOrder::NewestFirst] {
                let mut statement =
                    writer.prepare(&format!("EXPLAIN QUERY PLAN {}", sql(of_consumer, order))).unwrap();
                let nothing: [Option<&[u8]>; 6] = [None; 6];
                let count = statement.parameter_count();
                let plan: Vec<String> = statement
                    .query_map(rusqlite::params_from_iter(nothing.iter().take(count)), |row| row.get(3))
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap();
                let plan = plan.join("; ");
                assert!(plan.starts_with("SEARCH conversations USING"), "{plan}");
                assert!(plan.contains("id>? AND id<?") && !plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }

    #[test]
    fn ids_are_bounded_by_the_moment_they_were_made_at() {
        assert_eq!(made_at(-5), [0; 6]);
        assert_eq!(made_at(0x0193_0000_0001), [0x01, 0x93, 0, 0, 0, 1]);
        assert_eq!(made_at(i64::MAX), BEHIND_ALL);
    }
}
