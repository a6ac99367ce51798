//! Finding the conversations of a page.

use trunkline_model::PageRequest;
use trunkline_storage::ChronologyOrder;
use trunkline_wire::ConversationId;
use trunkline_wire::history::Cursor;

use super::page::{ListPage, OFFSET_MOST};
use super::query::Query;
use super::reader::{Loaded, Reader};
use crate::Error;

/// Conversations listed at once when nothing else must be known of them.
const LISTED: usize = 500;
/// Conversations listed at once when each is read.
const CANDIDATES: usize = 100;
/// The most conversations that one search reads to find those it wants.
const READ_MOST: usize = 1000;
/// The most bytes that it reads for that.
const READ_BYTES: usize = 16 * 1024 * 1024;

/// A conversation for an answer.
pub(super) enum Candidate {
    /// Somebody asks for it by id: it may not exist, or not for the caller.
    Named(ConversationId),
    /// It matches; it was not read yet.
    Matching(ConversationId),
    /// It matches, and was read to know that.
    Read(Box<Loaded>),
}

/// What a search found, before it is written.
pub(super) struct Page {
    pub(super) candidates: Vec<Candidate>,
    /// How many match; `None`: as many as are written.
    pub(super) count: Option<usize>,
    pub(super) next: Option<Cursor>,
    /// Whether the search ended before it saw everything.
    pub(super) is_cut: bool,
}

/// Finds a page.
pub(super) async fn run(reader: &Reader<'_>, query: &Query, page: ListPage) -> Result<Page, Error> {
    if query.wanted.is_everything() {
        listed(reader, query, page).await
    } else {
        read(reader, query, page).await
    }
}

/// The pages of the index.
struct Lister<'a> {
    reader: &'a Reader<'a>,
    query: &'a Query,
    order: ChronologyOrder,
    after: Option<ConversationId>,
    limit: usize,
    is_done: bool,
}

impl<'a> Lister<'a> {
    fn new(reader: &'a Reader<'a>, query: &'a Query, page: ListPage, limit: usize) -> Self {
        let order =
            if page.newest_first { ChronologyOrder::NewestFirst } else { ChronologyOrder::OldestFirst };
        let after = page.cursor.map(|cursor| cursor.after);
        Self { reader, query, order, after, limit, is_done: false }
    }

    /// The next conversations; empty at the end only.
    async fn more(&mut self) -> Result<Vec<ConversationId>, Error> {
        while !self.is_done {
            let request = PageRequest { after: self.after, limit: self.limit };
            let Reader { storage, account, .. } = *self.reader;
            let page =
                storage.conversations_by_start(account, self.query.filter, self.order, request).await?;
            self.after = page.next;
            self.is_done = page.next.is_none();
            if !page.items.is_empty() {
                return Ok(page.items.into_iter().map(|item| item.id).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// A page of which the index says everything.
async fn listed(reader: &Reader<'_>, query: &Query, page: ListPage) -> Result<Page, Error> {
    let end = page.offset + page.limit;
    // Without a cursor the caller wants to know how many there are; with one, whether there are more.
    let needed = if page.cursor.is_some() { end + 1 } else { OFFSET_MOST + 1 };
    let mut lister = Lister::new(reader, query, page, needed.min(LISTED));
    let (mut seen, mut ids) = (0, Vec::new());
    while seen < needed {
        let found = lister.more().await?;
        if found.is_empty() {
            break;
        }
        for id in found {
            if seen >= page.offset && ids.len() < page.limit {
                ids.push(id);
            }
            seen += 1;
        }
    }
    let next = if seen > end { ids.last().map(|last| Cursor { after: *last, skip: 0 }) } else { None };
    let count = Some(seen.min(needed));
    Ok(Page { candidates: ids.into_iter().map(Candidate::Matching).collect(), count, next, is_cut: false })
}

/// A page of which every conversation must be read to know whether it belongs there.
async fn read(reader: &Reader<'_>, query: &Query, page: ListPage) -> Result<Page, Error> {
    let end = page.offset + page.limit;
    let mut lister = Lister::new(reader, query, page, CANDIDATES);
    let (mut matching, mut done, mut bytes) = (0, 0, 0);
    let (mut candidates, mut last_taken, mut last_read) = (Vec::new(), None, None);
    let mut is_cut = false;
    'search: loop {
        let found = lister.more().await?;
        if found.is_empty() {
            break;
        }
        for id in found {
            if page.cursor.is_some() && matching > end {
                break 'search;
            }
            if done == READ_MOST {
                is_cut = true;
                break 'search;
            }
            let loaded = reader.load(id, READ_BYTES.saturating_sub(bytes)).await?;
            // What was not read to its end is left to the next search, which begins with it. The first is judged by as much
            // as was read, or a search could stand still.
            if done > 0 && loaded.as_ref().is_some_and(|loaded| loaded.is_partial) {
                is_cut = true;
                break 'search;
            }
            (done, last_read) = (done + 1, Some(id));
            let Some(loaded) = loaded else { continue };
            bytes += loaded.bytes;
            if query.wanted.accepts(&loaded) {
                if matching >= page.offset && candidates.len() < page.limit {
                    candidates.push(Candidate::Read(Box::new(loaded)));
                    last_taken = Some(id);
                }
                matching += 1;
            }
        }
    }
    let is_full = candidates.len() == page.limit;
    let has_more = is_cut || (is_full && matching > end);
    let last = has_more.then_some(if is_full { last_taken } else { last_read }).flatten();
    // A search that ended early may not even have come to the first conversation of the page.
    let next = last.map(|after| Cursor { after, skip: page.offset.saturating_sub(matching) });
    Ok(Page { candidates, count: Some(matching), next, is_cut })
}
