//! Reading all conversations along the ordinals.
//!
//! A row of the log does not say whose it is; the head of its conversation does. A head is in memory or in the index, and
//! one that leaves memory was committed to the index before. So the places are read first, then the owners, each look-up
//! with a view of the file that is newer than its miss in memory, and the entries last.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::{Connection, Row};
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_storage::{Error, TailPage};
use trunkline_wire::{AccountId, ConversationId};

use super::heads::{Heads, Owner};
use super::row;
use crate::failure::{During as _, corrupt};
use crate::row::{all, column, conversation_id, stored, unsigned};

/// A page of one account looks at no more rows when it has looked at so many…
const ROWS: usize = 4096;
/// …and at no fewer than these at once.
const FEW: usize = 64;
/// A page ends with the entry that brings its text to so many bytes.
const BYTES: usize = 1 << 20;

const PLACES: &str =
    "SELECT ordinal, conversation FROM log WHERE ordinal > ?1 AND ordinal <= ?2 ORDER BY ordinal LIMIT ?3";
const ENTRIES: &str = "SELECT ordinal, conversation, previous, version, at, body, state FROM log \
                       WHERE ordinal > ?1 AND ordinal <= ?2 ORDER BY ordinal";

/// What a page is read for.
struct Scan<'c> {
    connection: &'c Connection,
    after: LogPosition,
    /// Entries after it are not looked at; at most the newest that everybody may see.
    until: LogPosition,
    limit: usize,
    /// The account whose entries are wanted; `None` for all.
    account: Option<&'c AccountId>,
}

/// The entries of all accounts after a place.
pub(super) fn page(
    connection: &Connection,
    heads: &Heads,
    after: LogPosition,
    until: LogPosition,
    limit: usize,
) -> Result<Vec<Arc<TailEntry>>, Error> {
    let scan = Scan { connection, after, until, limit, account: None };
    scan.run(heads, limit).map(|page| page.entries)
}

/// The entries of one account after a place.
pub(super) fn account_page(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    after: LogPosition,
    until: LogPosition,
    limit: usize,
) -> Result<TailPage, Error> {
    let mut page = TailPage { entries: Vec::new(), reached: after };
    let (mut rows, mut looked_at) = (limit.clamp(FEW, ROWS), 0);
    while page.entries.is_empty() && page.reached < until && looked_at < ROWS {
        let scan = Scan { connection, after: page.reached, until, limit, account: Some(account) };
        page = scan.run(heads, rows)?;
        looked_at += rows;
        // The account has few entries here.
        rows = rows.saturating_mul(2).min(ROWS);
    }
    Ok(page)
}

impl Scan<'_> {
    fn run(&self, heads: &Heads, rows: usize) -> Result<TailPage, Error> {
        let places = self.places(rows)?;
        let reached = match places.last() {
            // There may be more.
            Some((last, _)) if places.len() == rows => *last,
            _ => self.until.max(self.after),
        };
        let owners = self.owners(heads, &places)?;
        if owners.is_empty() {
            return Ok(TailPage { entries: Vec::new(), reached });
        }
        self.entries(&owners, reached)
    }

    fn places(&self, rows: usize) -> Result<Vec<(LogPosition, ConversationId)>, Error> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let range = (stored(self.after.0), stored(self.until.0), rows);
        all(self.connection, "log places", PLACES, range, place)
    }

    /// The owners of the conversations that are wanted.
    fn owners(
        &self,
        heads: &Heads,
        places: &[(LogPosition, ConversationId)],
    ) -> Result<HashMap<ConversationId, Option<Owner>>, Error> {
        let mut owners = HashMap::new();
        for (position, id) in places {
            if let Entry::Vacant(unknown) = owners.entry(*id) {
                let head = match heads.get(*id) {
                    Some(head) => Some(head),
                    None => row::head(self.connection, *id)?,
                };
                let head = head.ok_or_else(|| {
                    corrupt("log.conversation", &position.0, "the conversation is not in the index")
                })?;
                unknown.insert(Some(head.owner).filter(|(account, _)| self.wants(account)));
            }
        }
        Ok(owners)
    }

    fn wants(&self, account: &AccountId) -> bool {
        self.account.is_none_or(|wanted| wanted == account)
    }

    /// The entries up to `reached`, or fewer.
    fn entries(
        &self,
        owners: &HashMap<ConversationId, Option<Owner>>,
        reached: LogPosition,
    ) -> Result<TailPage, Error> {
        let operation = "log entries";
        let mut statement = self.connection.prepare_cached(ENTRIES).during(operation)?;
        let mut rows = statement.query((stored(self.after.0), stored(reached.0))).during(operation)?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let mut last = self.after;
        while let Some(row) = rows.next().during(operation)? {
            let (position, id) = place(row)?;
            let Some(Some(owner)) = owners.get(&id) else { continue };
            if entries.len() == self.limit || bytes >= BYTES {
                return Ok(TailPage { entries, reached: last });
            }
            bytes += row::text_bytes(row, 5);
            entries.push(Arc::new(entry(row, position, id, owner)?));
            last = position;
        }
        Ok(TailPage { entries, reached })
    }
}

fn place(row: &Row<'_>) -> Result<(LogPosition, ConversationId), Error> {
    let ordinal = unsigned(row, 0, "log.ordinal", &"?")?;
    Ok((LogPosition(ordinal), conversation_id(row, 1, "log.conversation", &ordinal)?))
}

fn entry(
    row: &Row<'_>,
    position: LogPosition,
    conversation: ConversationId,
    (account, consumer): &Owner,
) -> Result<TailEntry, Error> {
    let ordinal: i64 = column(row, 0, "log.ordinal", &position.0)?;
    Ok(TailEntry {
        position,
        previous: LogPosition(unsigned(row, 2, "log.previous", &ordinal)?),
        account: account.clone(),
        conversation,
        consumer: *consumer,
        entry: row::entry(row, 3, ordinal, conversation, *consumer)?,
    })
}
