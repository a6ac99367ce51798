//! Reading a conversation: back from its head.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection};
use trunkline_model::conversation::{Conversation, LogEntry, TailEntry, Tally};
use trunkline_storage::{Error, PlacedConversation};
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use super::heads::{Head, Heads, Shortcut};
use super::{MILESTONE, row};
use crate::failure::{During as _, corrupt};
use crate::row::{column, conversation_id, unsigned};

const LINK: &str = "SELECT conversation, previous, milestone, version FROM log WHERE ordinal = ?1";
const ENTRY: &str =
    "SELECT conversation, previous, milestone, version, at, body, state FROM log WHERE ordinal = ?1";

/// The most text of a page, in bytes. A single entry may have more.
const PAGE_BYTES: usize = 1 << 20;

/// The state after the last entry: the newest stored state, and the entries after it applied.
pub(super) fn conversation(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    id: ConversationId,
) -> Result<Option<Conversation>, Error> {
    let head = head(connection, heads, account, id)?;
    head.map(|head| state_at(connection, &head, id).map(|placed| placed.conversation)).transpose()
}

/// The state after the entry that is the head. The connection must see that entry.
pub(super) fn state_at(
    connection: &Connection,
    head: &Head,
    id: ConversationId,
) -> Result<PlacedConversation, Error> {
    if let Shortcut { state, tally: Some(tally) } = &head.shortcut
        && *state != 0
    {
        return state_by_tally(connection, head, id, *state, tally);
    }
    let consumer = head.owner.1;
    let mut walk = Walk::new(connection, ENTRY, id, head.ordinal)?;
    let mut later = Vec::new();
    while let Some((link, entry)) = walk.step_back(consumer)? {
        if let Some(state) = entry.state {
            let mut conversation = Arc::unwrap_or_clone(state);
            later.iter().rev().for_each(|entry| conversation.apply(entry));
            return Ok(PlacedConversation { conversation, state_at: super::position(link.ordinal) });
        }
        later.push(entry);
    }
    Err(corrupt("log.state", &id, "no entry of the conversation has a state"))
}

fn state_by_tally(
    connection: &Connection,
    head: &Head,
    id: ConversationId,
    ordinal: i64,
    tally: &Tally,
) -> Result<PlacedConversation, Error> {
    let state = row::states(connection, &[ordinal])?.pop();
    let mut conversation =
        state.ok_or_else(|| corrupt("conversations.state", &id, "the entry carries no state"))?;
    if conversation.id != id || conversation.version > head.version {
        return Err(corrupt("conversations.state", &id, "the entry carries another state"));
    }
    conversation.bring_up(head.version, tally);
    Ok(PlacedConversation { conversation, state_at: super::position(ordinal) })
}

/// The entries after a version, ascending.
pub(super) fn log_after(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    id: ConversationId,
    after: u64,
    limit: usize,
) -> Result<Vec<LogEntry>, Error> {
    let Some(head) = head(connection, heads, account, id)? else { return Ok(Vec::new()) };
    slice(connection, &head, id, after, limit, |_, entry| entry)
}

/// The entries after a version, ascending, each with its place among all.
pub(super) fn tail(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    id: ConversationId,
    after: u64,
    limit: usize,
) -> Result<Vec<Arc<TailEntry>>, Error> {
    let Some(head) = head(connection, heads, account, id)? else { return Ok(Vec::new()) };
    slice(connection, &head, id, after, limit, |link, entry| {
        Arc::new(TailEntry {
            position: super::position(link.ordinal),
            previous: super::position(link.previous),
            account: head.owner.0.clone(),
            conversation: id,
            consumer: head.owner.1,
            entry,
        })
    })
}

fn slice<T>(
    connection: &Connection,
    head: &Head,
    id: ConversationId,
    after: u64,
    limit: usize,
    make: impl Fn(&Link, LogEntry) -> T,
) -> Result<Vec<T>, Error> {
    let mut count = u64::try_from(limit).unwrap_or(u64::MAX).min(head.version.saturating_sub(after));
    while count > 0 {
        if let Some(entries) = page(connection, head, id, after, count, &make)? {
            return Ok(entries);
        }
        // It is read from its end, so only halving finds out how many are not too much.
        count /= 2;
    }
    Ok(Vec::new())
}

/// So many entries after a version, which must be there; `None` when they hold too much text for one page.
fn page<T>(
    connection: &Connection,
    head: &Head,
    id: ConversationId,
    after: u64,
    count: u64,
    make: impl Fn(&Link, LogEntry) -> T,
) -> Result<Option<Vec<T>>, Error> {
    let start = find(connection, id, head.ordinal, after + count)?;
    let mut walk = Walk::new(connection, ENTRY, id, start)?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    let read = |row: &rusqlite::Row<'_>, ordinal| {
        let entry = row::entry(row, 3, ordinal, id, head.owner.1)?;
        Ok((entry, row::text_bytes(row, 5)))
    };
    while let Some((link, (entry, size))) = walk.visit(read)? {
        if entry.version <= after {
            break;
        }
        bytes += size;
        if bytes > PAGE_BYTES && count > 1 {
            return Ok(None);
        }
        entries.push(make(&link, entry));
    }
    entries.reverse();
    Ok(Some(entries))
}

fn head(
    connection: &Connection,
    heads: &Heads,
    account: &AccountId,
    id: ConversationId,
) -> Result<Option<Head>, Error> {
    let head = match heads.get(id) {
        Some(head) => Some(head),
        None => row::head(connection, id)?,
    };
    Ok(head.filter(|head| head.owner.0 == *account))
}

/// Goes back from an entry to that of version `target`, by milestones as far as they lead.
fn find(connection: &Connection, id: ConversationId, from: i64, target: u64) -> Result<i64, Error> {
    let mut walk = Walk::new(connection, LINK, id, from)?;
    while let Some(link) = walk.follow()? {
        if link.version <= target {
            return Ok(link.ordinal);
        }
        let milestone_version = (link.version - 1) / MILESTONE * MILESTONE;
        if link.milestone != 0 && milestone_version >= target {
            walk.jump(&link)?;
        }
    }
    Err(corrupt("log.previous", &id, "the log ends before the version looked for"))
}

/// A walk along the links of one conversation, strictly backwards.
struct Walk<'c> {
    statement: CachedStatement<'c>,
    conversation: ConversationId,
    next: i64,
}

/// How an entry is linked.
struct Link {
    ordinal: i64,
    previous: i64,
    milestone: i64,
    version: u64,
}

impl<'c> Walk<'c> {
    fn new(
        connection: &'c Connection,
        sql: &str,
        conversation: ConversationId,
        next: i64,
    ) -> Result<Self, Error> {
        let statement = connection.prepare_cached(sql).during("log walk")?;
        Ok(Self { statement, conversation, next })
    }

    /// The entry the walk is at; the walk moves on to the one before it.
    fn step_back(&mut self, consumer: ConsumerId) -> Result<Option<(Link, LogEntry)>, Error> {
        let conversation = self.conversation;
        self.visit(|row, ordinal| row::entry(row, 3, ordinal, conversation, consumer))
    }

    /// The link the walk is at; the walk moves on to the one before it.
    fn follow(&mut self) -> Result<Option<Link>, Error> {
        self.visit(|_, _| Ok(())).map(|found| found.map(|(link, ())| link))
    }

    /// Moves on to the milestone before `link`.
    fn jump(&mut self, link: &Link) -> Result<(), Error> {
        backwards(link.milestone, link.ordinal, "log.milestone")?;
        self.next = link.milestone;
        Ok(())
    }

    fn visit<T>(
        &mut self,
        read: impl FnOnce(&rusqlite::Row<'_>, i64) -> Result<T, Error>,
    ) -> Result<Option<(Link, T)>, Error> {
        let ordinal = self.next;
        if ordinal == 0 {
            return Ok(None);
        }
        let mut rows = self.statement.query([ordinal]).during("log walk")?;
        let row = rows.next().during("log walk")?;
        let row = row.ok_or_else(|| corrupt("log.previous", &ordinal, "the entry is missing"))?;
        if conversation_id(row, 0, "log.conversation", &ordinal)? != self.conversation {
            return Err(corrupt("log.conversation", &ordinal, "the entry belongs to another conversation"));
        }
        let link = Link {
            ordinal,
            previous: column(row, 1, "log.previous", &ordinal)?,
            milestone: column(row, 2, "log.milestone", &ordinal)?,
            version: unsigned(row, 3, "log.version", &ordinal)?,
        };
        backwards(link.previous, ordinal, "log.previous")?;
        let found = read(row, ordinal)?;
        self.next = link.previous;
        Ok(Some((link, found)))
    }
}

/// Links lead to earlier entries only; otherwise a damaged file could make a walk endless.
fn backwards(link: i64, ordinal: i64, what: &'static str) -> Result<(), Error> {
    if (0..ordinal).contains(&link) {
        return Ok(());
    }
    Err(corrupt(what, &ordinal, "the link does not lead backwards"))
}
