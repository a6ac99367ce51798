//! Where each conversation ends, in memory: everything since the watermark, and a bounded number of others.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use trunkline_model::conversation::Tally;
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use super::ring::Kept;
use super::times::TimeMark;

/// Whose conversation it is.
pub(crate) type Owner = (AccountId, ConsumerId);

/// The end of a conversation's log, and what the index says about the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Whose it is.
    pub(crate) owner: Owner,
    /// When it was opened.
    pub(crate) started_at: i64,
    /// Whether it is open.
    pub(crate) open: bool,
    /// Whether it is in a survey: open although its main dialog is closed.
    pub(crate) survey: bool,
    /// Whether its entries are tombstones.
    pub(crate) erased: bool,
    /// The version of its last entry.
    pub(crate) version: u64,
    /// The ordinal of its last entry.
    pub(crate) ordinal: i64,
    /// The ordinal of its newest milestone, the last entry included; 0 = none.
    pub(crate) milestone: i64,
    /// How its state is read at once.
    pub(crate) shortcut: Shortcut,
    /// What its row in the index says about it; `None` while it has no row.
    pub(crate) filed: Option<Marks>,
}

/// The way to a conversation's state without the entries before its last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shortcut {
    /// The ordinal of its newest entry with a state; 0 = not known.
    pub(crate) state: i64,
    /// The tally after its last entry, if somebody counted.
    pub(crate) tally: Option<Tally>,
}

/// What other indexes of the table depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) open: bool,
    pub(crate) survey: bool,
    pub(crate) erased: bool,
}

impl Head {
    /// What its row should say.
    pub(crate) fn marks(&self) -> Marks {
        Marks { open: self.open, survey: self.survey, erased: self.erased }
    }
}

/// What last happened to a consumer's conversations: this one was opened or closed by the entry `ordinal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) conversation: ConversationId,
    pub(crate) is_open: bool,
    pub(crate) ordinal: i64,
}

impl Standing {
    /// The open conversation. A closed one leaves the consumer without: there never were two.
    pub(crate) fn open(self) -> Option<ConversationId> {
        self.is_open.then_some(self.conversation)
    }
}

/// What a transaction will make visible once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) heads: HashMap<ConversationId, Head>,
    pub(crate) standings: HashMap<Owner, Standing>,
    /// Conversations whose row was written, with the ordinal and the marks it got.
    pub(crate) filed: Vec<(ConversationId, i64, Marks)>,
    /// The watermark, if it was moved.
    pub(crate) watermark: Option<i64>,
    /// The newest note of the time, if the watermark was moved.
    pub(crate) noted: Option<TimeMark>,
    /// The appended entries, as far as somebody follows the log.
    pub(crate) entries: Vec<Kept>,
    /// What replaces entries that are there.
    pub(crate) tombstones: Vec<Kept>,
}

impl Pending {
    /// Forgets everything: the transaction was rolled back.
    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.standings.clear();
        self.filed.clear();
        self.watermark = None;
        self.noted = None;
        self.entries.clear();
        self.tombstones.clear();
    }
}

/// All heads in memory. One writer publishes, everybody reads.
#[derive(Debug)]
pub(crate) struct Heads {
    inner: RwLock<Inner>,
    clean_limit: usize,
}

#[derive(Debug, Default)]
struct Inner {
    known: HashMap<ConversationId, Known>,
    /// The ids of all dirty heads that the running index cycle does not hold.
    dirty: Vec<ConversationId>,
    /// What the last index cycle holds or held.
    cycle: Arc<[ConversationId]>,
    /// Heads in the order in which they became clean, with the ordinal they had.
    clean: VecDeque<(ConversationId, i64)>,
    standings: HashMap<Owner, Standing>,
    /// Standings in the order of their ordinals.
    aging: VecDeque<(i64, Owner)>,
    /// The index is complete up to here.
    watermark: i64,
}

#[derive(Debug)]
struct Known {
    head: Head,
    dirty: bool,
}

impl Heads {
    /// Holds all dirty heads and about `clean_limit` others.
    pub(crate) fn new(clean_limit: usize) -> Self {
        Self { inner: RwLock::default(), clean_limit }
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The head of a conversation, if it is in memory.
    pub(crate) fn get(&self, id: ConversationId) -> Option<Head> {
        self.read().known.get(&id).map(|known| known.head.clone())
    }

    /// What last happened to a consumer's conversations, if it happened after the watermark.
    pub(crate) fn standing(&self, owner: &Owner) -> Option<Standing> {
        self.read().standings.get(owner).copied()
    }

    /// The index is complete up to here: the ordinals of dirty heads are higher, unless they are those of erased
    /// conversations.
    pub(crate) fn watermark(&self) -> i64 {
        self.read().watermark
    }

    /// True when the index lags behind the log.
    pub(crate) fn any_dirty(&self) -> bool {
        !self.read().dirty.is_empty()
    }

    /// Hands out the ids of all dirty heads, sorted, for an index cycle. They stay dirty until they are filed. Only the
    /// writer, who alone publishes, may call this: nothing becomes dirty meanwhile.
    pub(crate) fn begin_cycle(&self) -> Arc<[ConversationId]> {
        let mut ids = self.read().dirty.clone();
        ids.sort_unstable();
        let ids: Arc<[_]> = ids.into();
        let mut inner = self.write();
        inner.dirty.clear();
        inner.cycle = Arc::clone(&ids);
        ids
    }

    /// The first `limit` ids after `after` of dirty heads that are wanted. Looks at every dirty head.
    pub(crate) fn first_dirty(
        &self,
        after: Option<ConversationId>,
        limit: usize,
        wants: impl Fn(&Head) -> bool,
    ) -> BTreeSet<ConversationId> {
        let inner = self.read();
        let mut found = BTreeSet::new();
        for id in inner.cycle.iter().chain(&inner.dirty) {
            let is_late = found.len() == limit && found.last().is_none_or(|last| id >= last);
            if is_late || after.is_some_and(|after| *id <= after) {
                continue;
            }
            if inner.known.get(id).is_some_and(|known| known.dirty && wants(&known.head)) {
                found.insert(*id);
                if found.len() > limit {
                    found.pop_last();
                }
            }
        }
        found
    }

    /// The first `limit` dirty heads that are wanted, by their ordinals. Looks at every dirty head.
    pub(crate) fn first_dirty_by_ordinal(
        &self,
        limit: usize,
        wants: impl Fn(&Head) -> bool,
    ) -> BTreeMap<i64, ConversationId> {
        let inner = self.read();
        let mut found = BTreeMap::new();
        for id in inner.cycle.iter().chain(&inner.dirty) {
            if let Some(known) = inner.known.get(id)
                && known.dirty
                && wants(&known.head)
            {
                found.insert(known.head.ordinal, *id);
                if found.len() > limit {
                    found.pop_last();
                }
            }
        }
        found
    }

    /// The first `limit` ids of dirty heads that are wanted, or the last ones. Looks at every dirty head.
    pub(crate) fn dirty_among(
        &self,
        is_within: impl Fn(ConversationId) -> bool,
        from_the_end: bool,
        limit: usize,
        wants: impl Fn(&Head) -> bool,
    ) -> BTreeSet<ConversationId> {
        let inner = self.read();
        let mut found = BTreeSet::new();
        for id in inner.cycle.iter().chain(&inner.dirty).copied().filter(|id| is_within(*id)) {
            if inner.known.get(&id).is_some_and(|known| known.dirty && wants(&known.head)) {
                found.insert(id);
                if found.len() > limit {
                    if from_the_end {
                        found.pop_first()
                    } else {
                        found.pop_last()
                    };
                }
            }
        }
        found
    }

    /// Makes a committed transaction visible.
    pub(crate) fn publish(&self, pending: &mut Pending) {
        let mut inner = self.write();
        for (id, head) in pending.heads.drain() {
            inner.put_dirty(id, head);
        }
        for (owner, standing) in pending.standings.drain() {
            inner.aging.push_back((standing.ordinal, owner.clone()));
            inner.standings.insert(owner, standing);
        }
        for (id, ordinal, marks) in pending.filed.drain(..) {
            inner.mark_filed(id, ordinal, marks);
        }
        if let Some(watermark) = pending.watermark.take() {
            inner.forget_standings(watermark);
            inner.watermark = watermark;
        }
        inner.evict(self.clean_limit);
    }
}

impl Inner {
    fn put_dirty(&mut self, id: ConversationId, head: Head) {
        if let Some(known) = self.known.get_mut(&id) {
            known.head = head;
            if known.dirty {
                return;
            }
            known.dirty = true;
        } else {
            self.known.insert(id, Known { head, dirty: true });
        }
        self.dirty.push(id);
    }

    fn mark_filed(&mut self, id: ConversationId, ordinal: i64, marks: Marks) {
        if let Some(known) = self.known.get_mut(&id) {
            known.head.filed = Some(marks);
            if known.head.ordinal == ordinal {
                known.dirty = false;
                self.clean.push_back((id, ordinal));
            }
        }
    }

    /// Drops what the index tells as well: it is complete up to the watermark.
    fn forget_standings(&mut self, watermark: i64) {
        while let Some((ordinal, owner)) = self.aging.pop_front_if(|(ordinal, _)| *ordinal <= watermark) {
            if self.standings.get(&owner).is_some_and(|standing| standing.ordinal == ordinal) {
                self.standings.remove(&owner);
            }
        }
    }

    /// Drops the heads that have been clean for longest, unless they changed since.
    fn evict(&mut self, limit: usize) {
        while self.clean.len() > limit {
            let Some((id, ordinal)) = self.clean.pop_front() else { return };
            if self.known.get(&id).is_some_and(|known| !known.dirty && known.head.ordinal == ordinal) {
                self.known.remove(&id);
            }
        }
    }
}
