//! A log, a reader, endpoints and a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use trunkline_model::conversation::{EntryBody, LogEntry, MessageEvent, TailEntry};
use trunkline_model::{DeliveryCursor, DeliveryOutcome, LogPosition, ParkedEvent};
use trunkline_services::webhooks::{ChatState, DeliveryPhase};
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{
    AccountId, AppInstallationId, ConsumerId, ConversationId, DialogId, EpochMillis, JsonText, ParticipantId,
};
use uuid::Uuid;

use crate::webhooks::policy::{Policy, Target};
use crate::webhooks::reader::{Attempt, Item, Load, Reader, Settled};

/// Where texts go.
pub(super) const TEXTS: &str = "https://example.org/texts";
/// Where receipts go.
pub(super) const RECEIPTS: &str = "https://example.org/receipts";

/// What arrived at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) conversation: u8,
    pub(super) version: u64,
    pub(super) at: EpochMillis,
    pub(super) confirmed: bool,
}

pub(super) struct World {
    pub(super) reader: Reader,
    pub(super) now: EpochMillis,
    pub(super) log: Vec<Arc<TailEntry>>,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) outcomes: Vec<DeliveryOutcome>,
    pub(super) chat_states: usize,
    pub(super) under_way: Vec<Attempt>,
    pub(super) down: BTreeSet<&'static str>,
    pub(super) expired: Vec<(u8, u64)>,
    policy: Policy,
    cursor: DeliveryCursor,
    parked: BTreeMap<(ConversationId, u64, bool), ParkedEvent>,
    live_page: Option<Page>,
    drain_page: Option<(LogPosition, Page)>,
    loads: Vec<(Load, Vec<Arc<TailEntry>>)>,
    /// What was in the log until it was erased while the app had failed.
    erased: Vec<Arc<TailEntry>>,
}

/// Entries that were read and not handed over yet, complete up to a place.
type Page = (Vec<Arc<TailEntry>>, LogPosition);

pub(super) fn conversation(number: u8) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_bytes([number; 16]))
}

fn number(id: ConversationId) -> u8 {
    id.as_uuid().as_bytes()[0]
}

fn account() -> AccountId {
    AccountId::parse("10020030").unwrap()
}

/// Texts and receipts at endpoints of their own, chat states with the texts.
pub(super) fn policy(max_retries: Option<u8>) -> Policy {
    let target = |event, endpoint: &str| Target { event, endpoint: endpoint.into(), max_retries };
    Policy::for_targets(vec![
        target(WebhookEvent::Content, TEXTS),
        target(WebhookEvent::AcceptStatus, RECEIPTS),
        target(WebhookEvent::ChatState, TEXTS),
    ])
}

pub(super) fn by_time(retention: Duration) -> Policy {
    Policy { retention: Some(retention), ..policy(None) }
}

fn event(kind: EventKind) -> MessageEvent {
    MessageEvent {
        dialog: DialogId::Further([1; 16]),
        sequence: 0,
        originator: ParticipantId::Consumer(ConsumerId::from_bytes([7; 32])),
        role: ParticipantRole::Consumer,
        kind,
        event: JsonText::normalise("{}").unwrap(),
        audience: Audience::All,
        metadata: None,
        encoded_metadata: None,
        public: None,
    }
}

impl World {
    pub(super) fn new(policy: Policy) -> Self {
        let cursor = DeliveryCursor {
            account: account(),
            app: AppInstallationId::from_uuid(Uuid::nil()),
            generation: 1,
            position: LogPosition::START,
            lost: None,
            replayed: None,
        };
        let now = EpochMillis(1_700_000_000_000);
        Self {
            reader: Reader::new(policy.clone(), 64, &cursor, Vec::new(), LogPosition::START, now),
            now,
            log: Vec::new(),
            arrivals: Vec::new(),
            outcomes: Vec::new(),
            chat_states: 0,
            under_way: Vec::new(),
            down: BTreeSet::new(),
            expired: Vec::new(),
            policy,
            cursor,
            parked: BTreeMap::new(),
            live_page: None,
            drain_page: None,
            loads: Vec::new(),
            erased: Vec::new(),
        }
    }

    pub(super) fn end(&self) -> LogPosition {
        LogPosition(self.log.len() as u64)
    }

    fn append(&mut self, of: u8, kind: EventKind) -> u64 {
        let id = conversation(of);
        let last = self.log.iter().rev().find(|entry| entry.conversation == id);
        let version = last.map_or(1, |entry| entry.entry.version + 1);
        let entry = TailEntry {
            position: LogPosition(self.end().0 + 1),
            previous: last.map_or(LogPosition::START, |entry| entry.position),
            account: account(),
            conversation: id,
            consumer: ConsumerId::from_bytes([7; 32]),
            entry: LogEntry { version, at: self.now, body: EntryBody::Event(event(kind)), state: None },
        };
        self.log.push(Arc::new(entry));
        version
    }

    /// A text in a conversation; returns its version.
    pub(super) fn text(&mut self, of: u8) -> u64 {
        self.append(of, EventKind::Content)
    }

    /// A receipt.
    pub(super) fn receipt(&mut self, of: u8) -> u64 {
        self.append(of, EventKind::AcceptStatus)
    }

    /// An event the app has no webhook for.
    pub(super) fn unwanted(&mut self, of: u8) -> u64 {
        self.append(of, EventKind::RichContent)
    }

    /// Somebody types.
    pub(super) fn typing(&mut self, of: u8) {
        self.typing_for(of, Audience::All);
    }

    /// Somebody types for these to see.
    pub(super) fn typing_for(&mut self, of: u8, audience: Audience) {
        let id = conversation(of);
        let after =
            self.log.iter().rev().find(|entry| entry.conversation == id).map_or(0, |e| e.entry.version);
        let event = MessageEvent { audience, ..event(EventKind::ChatState) };
        let state = ChatState { account: account(), conversation: id, after, at: self.now, event };
        self.reader.chat_state(&Arc::new(state));
    }

    /// Puts other entries in the places of a conversation's, also in what is being read: that is read a moment later.
    pub(super) fn erase(&mut self, of: u8) {
        if self.phase() != DeliveryPhase::Failed {
            return;
        }
        let mut tombstones = BTreeMap::new();
        for entry in self.log.iter_mut().filter(|entry| entry.conversation == conversation(of)) {
            let tombstone = Arc::new(TailEntry::clone(entry));
            tombstones.insert(entry.position, Arc::clone(&tombstone));
            self.erased.push(std::mem::replace(entry, tombstone));
        }
        let pages = self.live_page.iter_mut().chain(self.drain_page.as_mut().map(|(_, page)| page));
        let lists = pages.map(|(entries, _)| entries).chain(self.loads.iter_mut().map(|(_, list)| list));
        for entry in lists.flatten() {
            if let Some(tombstone) = tombstones.get(&entry.position) {
                *entry = Arc::clone(tombstone);
            }
        }
    }

    fn is_erased(&self, item: &Item) -> bool {
        matches!(item, Item::Entry(entry) if self.erased.iter().any(|erased| Arc::ptr_eq(erased, entry)))
    }

    pub(super) fn advance(&mut self, span: Duration) {
        self.now = self.now.plus(span);
    }

    /// Reads up to `most` entries live.
    pub(super) fn read_live(&mut self, most: usize) {
        self.begin_live(most);
        self.end_live();
    }

    /// Begins to read up to `most` entries live, unless that is under way.
    pub(super) fn begin_live(&mut self, most: usize) {
        if let (None, Some(from)) = (&self.live_page, self.reader.live_from()) {
            self.live_page = Some(self.page(from, self.end(), most));
        }
    }

    /// Hands over what was read live.
    pub(super) fn end_live(&mut self) {
        if let Some((entries, reached)) = self.live_page.take() {
            self.reader.live(&entries, reached, self.now);
        }
    }

    /// Drains up to `most` entries.
    pub(super) fn read_drain(&mut self, most: usize) {
        self.begin_drain(most);
        self.end_drain();
    }

    /// Begins to drain up to `most` entries, unless that is under way.
    pub(super) fn begin_drain(&mut self, most: usize) {
        if let (None, Some((from, until))) = (&self.drain_page, self.reader.drain_from()) {
            self.drain_page = Some((from, self.page(from, until, most)));
        }
    }

    /// Hands over what was drained.
    pub(super) fn end_drain(&mut self) {
        if let Some((from, (entries, reached))) = self.drain_page.take() {
            self.reader.drained(from, &entries, reached, self.now);
        }
    }

    fn page(&self, from: LogPosition, until: LogPosition, most: usize) -> (Vec<Arc<TailEntry>>, LogPosition) {
        let entries: Vec<_> = self
            .log
            .iter()
            .filter(|entry| entry.position > from && entry.position <= until)
            .take(most)
            .cloned()
            .collect();
        let reached = if entries.len() < most { until } else { entries.last().unwrap().position };
        (entries, reached.max(from))
    }

    /// Answers one load.
    pub(super) fn load(&mut self) -> bool {
        self.begin_load();
        self.end_load(true)
    }

    /// Begins to read for a lane.
    pub(super) fn begin_load(&mut self) {
        let Some(load) = self.reader.next_load() else { return };
        let entries: Vec<_> = self
            .log
            .iter()
            .filter(|entry| entry.conversation == load.key.conversation && entry.entry.version > load.after)
            .take(load.limit)
            .cloned()
            .collect();
        self.loads.push((load, entries));
    }

    /// Hands over what was read for a lane, or tells that it could not be read.
    pub(super) fn end_load(&mut self, ok: bool) -> bool {
        let Some((load, entries)) = self.loads.pop() else { return false };
        if ok {
            self.reader.loaded(load, &entries, self.now);
        } else {
            self.reader.not_loaded(load, self.now);
        }
        true
    }

    /// Starts what can be sent.
    pub(super) fn send(&mut self) {
        while let Some(next) = self.reader.next_attempt(self.now) {
            match next {
                Settled::Send(attempt) => {
                    let id = attempt.key.conversation;
                    assert!(self.under_way.iter().all(|other| other.key.conversation != id), "one at a time");
                    // A probe may have been read before.
                    let is_probe = self.phase() == DeliveryPhase::Failed;
                    assert!(is_probe || !self.is_erased(&attempt.item), "it was erased long ago");
                    self.under_way.push(attempt);
                }
                Settled::Expired(attempt) => match &attempt.item {
                    Item::Entry(entry) => {
                        self.expired.push((number(entry.conversation), entry.entry.version));
                    }
                    Item::Chat(_) => {}
                },
            }
        }
    }

    /// Lets a request that is under way end.
    pub(super) fn end_one(&mut self, index: usize) {
        let attempt = self.under_way.remove(index);
        let endpoint = self.policy.target(attempt.event).map(|target| target.endpoint.to_string());
        let confirmed = !self.down.iter().any(|down| Some(*down) == endpoint.as_deref());
        match &attempt.item {
            Item::Entry(entry) => self.arrivals.push(Arrival {
                conversation: number(entry.conversation),
                version: entry.entry.version,
                at: self.now,
                confirmed,
            }),
            Item::Chat(_) => self.chat_states += 1,
        }
        self.outcomes.push(self.reader.completed(&attempt, confirmed, self.now));
    }

    /// Does everything that can be done without waiting.
    pub(super) fn settle(&mut self) {
        for _ in 0..100_000 {
            if self.reader.is_recovering() {
                self.reader.recover(self.end(), self.now);
            }
            self.reader.tick(self.now);
            let before = (self.reader.live_from(), self.reader.drain_from());
            self.read_live(100);
            self.read_drain(100);
            let read = before != (self.reader.live_from(), self.reader.drain_from());
            let loaded = self.load();
            self.send();
            let answered = !self.under_way.is_empty();
            if answered {
                self.end_one(0);
            }
            self.reader.advance_phase(self.now);
            if !(read || loaded || answered || self.reader.is_recovering()) {
                return;
            }
        }
        panic!("there is no end to it: {:?}", self.reader);
    }

    /// Lets time pass in steps, doing at each what is due.
    pub(super) fn pass(&mut self, span: Duration, step: Duration) {
        let end = self.now.plus(span);
        while self.now < end {
            self.advance(step);
            self.settle();
        }
    }

    /// Writes progress down.
    pub(super) fn flush(&mut self) {
        let notes = self.reader.notes(self.now);
        self.cursor.position = notes.position;
        self.cursor.lost = notes.lost;
        self.cursor.replayed = notes.replayed;
        for key in &notes.settled {
            self.parked.remove(key);
        }
        for row in &notes.parked {
            self.parked.insert((row.conversation, row.version, row.alone), *row);
        }
        self.reader.noted(&notes);
    }

    /// What is written down.
    pub(super) fn written(&self) -> (LogPosition, usize) {
        (self.cursor.position, self.parked.len())
    }

    /// Begins again from what is written down.
    pub(super) fn crash(&mut self) {
        self.under_way.clear();
        self.loads.clear();
        (self.live_page, self.drain_page) = (None, None);
        let parked = self.parked.values().copied().collect();
        self.reader = Reader::new(self.policy.clone(), 64, &self.cursor, parked, self.end(), self.now);
    }

    pub(super) fn reconfigure(&mut self, policy: Policy) {
        self.policy = policy.clone();
        self.reader.reconfigure(policy, self.now);
    }

    pub(super) fn entry(&self, of: u8, version: u64) -> Arc<TailEntry> {
        let id = conversation(of);
        let mut entries = self.log.iter();
        Arc::clone(entries.find(|entry| entry.conversation == id && entry.entry.version == version).unwrap())
    }

    pub(super) fn phase(&self) -> DeliveryPhase {
        self.reader.phase().to
    }

    /// The versions of a conversation that were confirmed, in order of arrival.
    pub(super) fn confirmed(&self, of: u8) -> Vec<u64> {
        let of = self.arrivals.iter().filter(|arrival| arrival.conversation == of && arrival.confirmed);
        of.map(|arrival| arrival.version).collect()
    }

    /// How often the endpoints were tried.
    pub(super) fn tries(&self) -> usize {
        self.arrivals.len()
    }
}
