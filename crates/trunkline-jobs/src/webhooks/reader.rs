//! The reader of one app: which event is sent next, which waits, and up to where everything is settled.
//!
//! Pure: entries, outcomes and the time come in as arguments; what to send, to load and to write down is asked for. It
//! holds a bounded number of entries in memory, whatever waits in the log:
//!
//! - The **live** position follows the end of the log. What an app has not read yet, because it starts or because it had
//!   failed, is a **drain**: a second position that runs from the oldest unread entry to where the live one began. An
//!   entry that comes live while earlier ones of its conversation are still to be drained is *deferred*: the drain picks
//!   it up from the store when it has come to the entry before it. Other conversations are served at once.
//! - Each conversation with something left to deliver has a [`Lane`]. A lane keeps a few entries and leaves the others to
//!   the store (*spilled*).
//! - The app's **position** is what every lane and both readings have settled. A lane that waits for another attempt would
//!   hold it back; its own place is *noted* in the store instead.

mod lane;
mod phase;
mod progress;
mod reading;
mod replay;
mod sending;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use trunkline_model::{DeliveryCursor, LogPosition, LostRange, ParkedEvent, ReplayMark};
use trunkline_wire::{ConversationId, EpochMillis};

use super::policy::Policy;
use lane::{Activity, Lane, Parked};
use phase::Phase;
use replay::Rewind;

pub(crate) use lane::{Item, LaneKey};
pub(crate) use progress::Notes;
pub(crate) use reading::Load;
pub(crate) use replay::Refused;
pub(crate) use sending::{Attempt, Settled};

/// The most entries kept in memory for one app.
const WINDOW: usize = 1024;
/// The most conversations with something left to deliver; beyond, reading waits.
const MAX_LANES: usize = 16 * 1024;
/// The most conversations whose new entries wait for their old ones; beyond, live reading waits.
const MAX_DEFERRED: usize = 16 * 1024;
/// How many entries of a lane are asked for at once.
pub(crate) const LOAD: usize = 16;

/// The reader of one app.
#[derive(Debug)]
pub(crate) struct Reader {
    policy: Policy,
    /// The most requests under way.
    limit: usize,
    live: LogPosition,
    drain: Option<Drain>,
    /// Conversations whose entries after the live beginning wait, with the place of their last entry before it.
    deferred: HashMap<ConversationId, LogPosition>,
    lanes: HashMap<LaneKey, Lane>,
    /// Lanes to send from, oldest first. Some may have changed since.
    ready: VecDeque<LaneKey>,
    /// Lanes to read more entries for.
    loads: VecDeque<LaneKey>,
    /// Counts loads, so that an answer to an old one is known as such.
    tickets: u64,
    /// Conversations with a request under way, and the lanes that wait for its end.
    busy: HashMap<ConversationId, Vec<LaneKey>>,
    in_flight: usize,
    /// Entries in all queues.
    buffered: usize,
    /// When parked lanes are due.
    due: BTreeSet<(EpochMillis, LaneKey)>,
    phase: Phase,
    rewind: Option<Rewind>,
    replayed: Option<ReplayMark>,
    lost: Option<LostRange>,
    /// What the store says about lanes.
    rows: HashMap<LaneKey, ParkedEvent>,
    /// Lanes whose row may differ from that.
    touched: HashSet<LaneKey>,
    /// Something was settled since the last progress.
    moved: bool,
}

/// The reading of what was in the log before the live position began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Drain {
    /// Everything up to here was read.
    read: LogPosition,
    /// Where it ends.
    until: LogPosition,
}

impl Reader {
    /// A reader that continues from what is stored and follows the log from `live` on.
    pub(crate) fn new(
        policy: Policy,
        limit: usize,
        cursor: &DeliveryCursor,
        parked: Vec<ParkedEvent>,
        live: LogPosition,
        now: EpochMillis,
    ) -> Self {
        let backlog = cursor.position < live;
        let mut reader = Self {
            policy,
            limit,
            live,
            drain: backlog.then_some(Drain { read: cursor.position, until: live }),
            deferred: HashMap::new(),
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            loads: VecDeque::new(),
            tickets: 0,
            busy: HashMap::new(),
            in_flight: 0,
            buffered: 0,
            due: BTreeSet::new(),
            phase: Phase::start(backlog.then_some(live), now),
            rewind: None,
            replayed: cursor.replayed,
            lost: cursor.lost,
            rows: HashMap::new(),
            touched: HashSet::new(),
            moved: false,
        };
        for event in parked {
            reader.restore(event, now);
        }
        reader
    }

    /// Takes up what waited for another attempt. With retry by time to live that begins at once.
    fn restore(&mut self, event: ParkedEvent, now: EpochMillis) {
        let key = LaneKey { conversation: event.conversation, alone: event.alone.then_some(event.version) };
        let mut lane = Lane::new(event.version, LogPosition(event.position.0.saturating_sub(1)));
        lane.spilled = true;
        lane.noted = true;
        lane.attempts = event.attempts;
        lane.since = Some(event.at);
        let due = if self.policy.retention.is_some() { now } else { event.due };
        lane.activity = Activity::Parked(Parked { due: Some(due), endpoint: "".into() });
        self.due.insert((due, key));
        self.rows.insert(key, event);
        self.lanes.insert(key, lane);
    }

    /// Takes a changed configuration over. Whatever had failed is tried again at once.
    pub(crate) fn reconfigure(&mut self, policy: Policy, now: EpochMillis) {
        self.policy = policy;
        self.resume(now);
    }

    /// Whether nothing is left to deliver of what was read.
    pub(crate) fn is_idle(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Requests under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Conversations with an event that waits for another attempt.
    pub(crate) fn waiting(&self) -> usize {
        self.lanes.values().filter(|lane| matches!(lane.activity, Activity::Parked(_))).count()
    }

    /// When the oldest event that is left to deliver was decided, as far as known.
    pub(crate) fn oldest(&self) -> Option<EpochMillis> {
        self.lanes.values().filter_map(|lane| lane.since).min()
    }

    /// What was given up since the last replay of an outage.
    pub(crate) fn lost(&self) -> Option<LostRange> {
        self.lost
    }

    /// When [`Reader::tick`] has something to do next.
    pub(crate) fn next_tick(&self) -> Option<EpochMillis> {
        let due = self.due.first().map(|(at, _)| *at);
        [due, self.phase.next_probe()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: EpochMillis) {
        while let Some((at, key)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, key));
            self.unpark(key);
        }
        if self.phase.next_probe().is_some_and(|at| at <= now) {
            self.phase.gap_is_over();
            self.probe(now);
        }
    }

    /// Lets a parked lane go on.
    fn unpark(&mut self, key: LaneKey) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        if let Activity::Parked(parked) = &lane.activity {
            if let Some(due) = parked.due {
                self.due.remove(&(due, key));
            }
            lane.activity = Activity::Idle;
            self.look_at(key);
        }
    }

    /// Decides what an idle lane does next: send, load, or end.
    fn look_at(&mut self, key: LaneKey) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        if lane.activity != Activity::Idle {
            return;
        }
        if let Some(front) = lane.queue.front() {
            lane.since = Some(front.at());
            lane.activity = Activity::Ready;
            if !self.phase.take_probe(key) {
                self.ready.push_back(key);
            }
        } else if lane.spilled {
            self.tickets += 1;
            lane.activity = Activity::Loading(self.tickets);
            lane.missed = false;
            self.loads.push_back(key);
        } else {
            self.remove(key);
        }
    }

    /// Ends a lane.
    fn remove(&mut self, key: LaneKey) {
        let Some(lane) = self.lanes.remove(&key) else { return };
        self.buffered -= lane.queue.len();
        if let Activity::Parked(Parked { due: Some(due), .. }) = lane.activity {
            self.due.remove(&(due, key));
        }
        if lane.noted {
            self.touched.insert(key);
        }
        self.moved = true;
        self.phase.probe_vanished(key);
    }
}
