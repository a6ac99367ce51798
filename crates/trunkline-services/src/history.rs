//! Conversation history: searches over conversations and their transcripts, service `msgHist`. Source: spec 08.
//!
//! - **Reads only.** Everything is read off the log on the store's read-only connections, a slice at a time, and never in
//!   the way of those who write. Few requests are served at once, those that name a conversation apart from those that
//!   search; others wait for their turn, and too many are refused.
//! - **Bounded.** An answer holds so many bytes at most. What does not fit is cut and says so (`isPartial`): a conversation
//!   is left out only when finding out whether an agent took part in it would take too long. A search that must read
//!   transcripts to know what matches reads so many at most, and says where to go on.
//! - **Who may read.** Managers and admins every conversation of their account; agents those in which they take or took
//!   part. What they may not read is not there for them.

mod access;
mod events;
mod export;
mod names;
mod pace;
mod page;
mod query;
mod reader;
mod record;
mod scan;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use trunkline_model::{Clock, ConsumerProfile, PageRequest};
use trunkline_storage::{ChronologyFilter, ChronologyOrder, Storage};
use trunkline_wire::history::{
    ConsumerSearch, Content, Contents, ConversationSearch, Cursor, Loose, Record, TimeSearch,
};
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use crate::Error;
use crate::auth::SignedIn;
use crate::users::Users;

use access::{Access, Verdict};
use names::Names;
use pace::Pace;
use query::Query;
use reader::Reader;
use scan::Candidate;
use turns::Turns;

pub use events::EventsPage;
pub use export::Export;
pub use page::{ListPage, OFFSET_MOST};

/// About how many bytes of an answer are transcripts: some thirteen thousand short messages.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// About how many bytes of logs one request reads to find out whether an agent who left took part.
const DECIDE_BYTES: usize = 16 * 1024 * 1024;

/// How many exports are under way at most. Beside the record it waits to hand over, each needs nothing but its turns.
const EXPORTS: usize = 4;

/// Searches conversations.
pub struct History {
    storage: Arc<dyn Storage>,
    users: Arc<Users>,
    clock: Arc<dyn Clock>,
    searches: Turns,
    lookups: Turns,
    exports: Arc<Semaphore>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Structured data about consumers with typed values: `v=2`. Source: spec 08 §1.
    pub typed: bool,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// A page of it.
    pub records: Vec<Record>,
    /// How many conversations match, from the cursor on if there is one. Counted up to one more than
    /// [`OFFSET_MOST`]; with a cursor, up to one more than the page needs.
    pub count: usize,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
    /// Whether a transcript was cut, or the search ended before it saw everything.
    pub is_partial: bool,
}

impl History {
    /// The history in this store. Whoever is served reads one slice at a time, so that a reader of the store is left for
    /// everybody else.
    pub fn new(storage: Arc<dyn Storage>, users: Arc<Users>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            users,
            clock,
            searches: Turns::new(2),
            lookups: Turns::new(1),
            exports: Arc::new(Semaphore::new(EXPORTS)),
        }
    }

    /// Conversations by id, in the order in which they are named; unknown ones are left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] when no id is given or too many; [`Error::Overloaded`].
    pub async fn conversations(
        &self,
        caller: &SignedIn,
        search: &ConversationSearch,
        style: Style,
    ) -> Result<Found, Error> {
        let ids = ids(search)?;
        let _turn = self.lookups.take().await?;
        let candidates = ids.into_iter().map(Candidate::Named).collect();
        let page = scan::Page { count: None, next: None, is_cut: false, candidates };
        self.records(self.reader(caller.account()), caller, &search.content_to_retrieve, style, page).await
    }

    /// Conversations by the time of their start.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a range or filter against the rules; [`Error::Overloaded`].
    pub async fn search(
        &self,
        caller: &SignedIn,
        search: &TimeSearch,
        page: ListPage,
        style: Style,
    ) -> Result<Found, Error> {
        let query = Query::by_time(caller, search, self.clock.now())?;
        self.list(caller, &query, &search.content_to_retrieve, page, style).await
    }

    /// The conversations of a consumer. An unknown consumer has none.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a consumer or for a status against the rules; [`Error::Overloaded`].
    pub async fn of_consumer(
        &self,
        caller: &SignedIn,
        search: &ConsumerSearch,
        page: ListPage,
        style: Style,
    ) -> Result<Found, Error> {
        let Some(query) = Query::by_consumer(caller, search, self.clock.now())? else {
            return Ok(Found { records: Vec::new(), count: 0, next: None, is_partial: false });
        };
        self.list(caller, &query, &search.content_to_retrieve, page, style).await
    }

    async fn list(
        &self,
        caller: &SignedIn,
        query: &Query,
        contents: &Contents,
        page: ListPage,
        style: Style,
    ) -> Result<Found, Error> {
        let _turn = self.searches.take().await?;
        let considerate = self.pace();
        let reader = Reader { pace: Some(&considerate), ..self.reader(caller.account()) };
        let page = scan::run(&reader, query, page).await?;
        self.records(reader, caller, contents, style, page).await
    }

    fn reader<'a>(&'a self, account: &'a AccountId) -> Reader<'a> {
        Reader { storage: &*self.storage, account, pace: None }
    }

    fn pace(&self) -> Pace {
        Pace::new(self.storage.tail())
    }

    /// Writes the records of a page.
    async fn records(
        &self,
        reader: Reader<'_>,
        caller: &SignedIn,
        contents: &Contents,
        style: Style,
        page: scan::Page,
    ) -> Result<Found, Error> {
        let mut writing = Writing::new(self, reader, Access::of(caller), contents, style);
        writing.is_cut = page.is_cut;
        let mut found = Found { records: Vec::new(), count: 0, next: page.next, is_partial: false };
        for candidate in page.candidates {
            found.records.extend(writing.record(candidate).await?);
        }
        found.count = page.count.unwrap_or(found.records.len());
        found.is_partial = writing.is_cut || found.records.iter().any(|record| record.info.is_partial);
        Ok(found)
    }
}

/// The ids that a search names, each once.
fn ids(search: &ConversationSearch) -> Result<Vec<ConversationId>, Error> {
    let several = search.conversation_ids.iter().flat_map(|list| &list.0);
    let named: Vec<&Loose> = search.conversation_id.iter().chain(several).collect();
    if named.is_empty() {
        return Err(Error::Invalid("conversationId or conversationIds is required".to_owned()));
    }
    if named.len() > ConversationSearch::MOST {
        let most = ConversationSearch::MOST;
        return Err(Error::Invalid(format!("conversationIds must not name more than {most}")));
    }
    let mut ids = Vec::with_capacity(named.len());
    // Text that no id looks like names a conversation that is not there.
    for id in named.into_iter().filter_map(|named| ConversationId::parse(&named.0).ok()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// What is known about a consumer.
#[derive(Clone)]
struct Known {
    profile: Option<Arc<ConsumerProfile>>,
    first: Option<ConversationId>,
}

/// The writing of one answer.
struct Writing<'a> {
    history: &'a History,
    reader: Reader<'a>,
    access: Access,
    contents: &'a Contents,
    style: Style,
    /// What is left of the answer.
    bytes: usize,
    /// What may still be read to find out which conversations the caller may read.
    to_decide: usize,
    /// Whether something was not looked at.
    is_cut: bool,
    names: Names,
    consumers: HashMap<ConsumerId, Known>,
}

impl<'a> Writing<'a> {
    /// An answer of which nothing is written.
    fn new(
        history: &'a History,
        reader: Reader<'a>,
        access: Access,
        contents: &'a Contents,
        style: Style,
    ) -> Self {
        Self {
            history,
            reader,
            access,
            contents,
            style,
            bytes: ANSWER_BYTES,
            to_decide: DECIDE_BYTES,
            is_cut: false,
            names: Names::default(),
            consumers: HashMap::new(),
        }
    }

    async fn record(&mut self, candidate: Candidate) -> Result<Option<Record>, Error> {
        let loaded = match candidate {
            Candidate::Named(id) => match self.access.decide(&self.reader, id, &mut self.to_decide).await? {
                Verdict::Allowed => self.reader.load(id, self.bytes).await?,
                Verdict::Denied => None,
                Verdict::Unknown => {
                    self.is_cut = true;
                    None
                }
            },
            Candidate::Matching(id) => self.reader.load(id, self.bytes).await?,
            Candidate::Read(loaded) => Some(*loaded),
        };
        let Some(loaded) = loaded.map(|loaded| loaded.within(self.bytes)) else { return Ok(None) };
        self.bytes = self.bytes.saturating_sub(loaded.bytes);
        self.names.learn(self.history, self.reader.account, &loaded.transcript).await?;
        let state = &loaded.transcript.state;
        let known = self.consumer(state.consumer).await?;
        let source = record::Source {
            transcript: &loaded.transcript,
            names: &self.names,
            profile: known.profile.as_deref(),
            is_first: known.first == Some(state.id),
            is_partial: loaded.is_partial,
            now: self.history.clock.now(),
            style: self.style,
        };
        Ok(Some(source.record(self.contents)))
    }

    async fn consumer(&mut self, consumer: ConsumerId) -> Result<Known, Error> {
        if let Some(known) = self.consumers.get(&consumer) {
            return Ok(known.clone());
        }
        let (storage, account) = (self.reader.storage, self.reader.account);
        let of_profile = [Content::ConsumerParticipants, Content::Sdes, Content::UnAuthSdes];
        let wants_profile = of_profile.into_iter().any(|content| self.contents.has(content));
        let profile = if wants_profile {
            storage.consumer_profile(account, consumer).await?.map(Arc::new)
        } else {
            None
        };
        let filter = ChronologyFilter { consumer: Some(consumer), ..ChronologyFilter::default() };
        let oldest = storage
            .conversations_by_start(account, filter, ChronologyOrder::OldestFirst, PageRequest::first(1))
            .await?;
        let known = Known { profile, first: oldest.items.first().map(|oldest| oldest.id) };
        self.consumers.insert(consumer, known.clone());
        Ok(known)
    }
}
