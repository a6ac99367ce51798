//! Entries coming in: live, from the drain, from the store for a lane, and chat states.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_services::webhooks::ChatState;
use trunkline_wire::EpochMillis;

use super::lane::UNKNOWN;
use super::lane::{Activity, Item, LANE_ITEMS, Lane, LaneKey, Parked};
use super::{Drain, LOAD, MAX_DEFERRED, MAX_LANES, Reader, WINDOW};

/// How long a lane waits when its entries could not be read.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// How long an event of a conversation that is being drained waits where order is best effort. Source: spec 06 §6.2.
const DRAIN_WAIT: Duration = Duration::from_secs(4);

/// Entries that a lane asks the store for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) key: LaneKey,
    pub(crate) ticket: u64,
    /// The version after which to begin.
    pub(crate) after: u64,
    pub(crate) limit: usize,
}

impl Reader {
    /// Where live reading goes on; `None` while it must wait.
    pub(crate) fn live_from(&self) -> Option<LogPosition> {
        (self.may_read() && self.deferred.len() < MAX_DEFERRED).then_some(self.live)
    }

    /// Where the drain goes on and where it ends; `None` when there is none or it must wait.
    pub(crate) fn drain_from(&self) -> Option<(LogPosition, LogPosition)> {
        self.drain.filter(|_| self.may_read()).map(|drain| (drain.read, drain.until))
    }

    fn may_read(&self) -> bool {
        !self.phase.is_failed()
            && self.rewind.is_none()
            && self.buffered < WINDOW
            && self.lanes.len() < MAX_LANES
    }

    /// Takes entries of the app's account that follow the live position, complete up to `reached`.
    pub(crate) fn live(&mut self, entries: &[Arc<TailEntry>], reached: LogPosition, now: EpochMillis) {
        let after = self.live;
        for entry in entries.iter().filter(|entry| entry.position > after) {
            let waits =
                self.drain.is_some_and(|drain| entry.previous > drain.read && entry.previous <= drain.until);
            if waits {
                self.deferred.entry(entry.conversation).or_insert(entry.previous);
            } else if !self.deferred.contains_key(&entry.conversation) {
                self.offer(entry, true, now);
            }
        }
        self.live = self.live.max(reached);
    }

    /// Takes entries that follow the drain's position `from`, complete up to `reached`. Those of another place are ignored:
    /// the drain has gone back since they were asked for.
    pub(crate) fn drained(
        &mut self,
        from: LogPosition,
        entries: &[Arc<TailEntry>],
        reached: LogPosition,
        now: EpochMillis,
    ) {
        let Some(before) = self.drain.filter(|drain| drain.read == from) else { return };
        for entry in entries.iter().filter(|entry| entry.position > before.read) {
            if entry.position > before.until {
                break;
            }
            self.offer(entry, false, now);
            if self.deferred.get(&entry.conversation) == Some(&entry.position) {
                self.deferred.remove(&entry.conversation);
                self.continue_from_store(entry);
            }
        }
        let read = reached.max(before.read);
        self.drain = (read < before.until).then_some(Drain { read, ..before });
    }

    /// The entries after this one came in live meanwhile and are in the store.
    fn continue_from_store(&mut self, entry: &TailEntry) {
        let key = LaneKey::of(entry.conversation);
        let lane =
            self.lanes.entry(key).or_insert_with(|| Lane::new(entry.entry.version + 1, entry.position));
        if lane.next == UNKNOWN {
            lane.next = entry.entry.version + 1;
        }
        lane.spilled = true;
        lane.missed = true;
        self.look_at(key);
    }

    /// Puts an entry into its lane, or leaves it to the store when the lane cannot take it now.
    fn offer(&mut self, entry: &Arc<TailEntry>, live: bool, now: EpochMillis) {
        let version = entry.entry.version;
        let (key, alone) = (
            LaneKey::of(entry.conversation),
            LaneKey { conversation: entry.conversation, alone: Some(version) },
        );
        if self.policy.target_of(&entry.entry).is_none() || self.lanes.contains_key(&alone) {
            return;
        }
        let by_time = self.policy.retention.is_some();
        let overtakes = live && by_time && self.policy.best_effort && self.phase.is_recovered();
        let lane = match self.lanes.get_mut(&key) {
            Some(lane) if lane.has(version) => return,
            Some(lane) if overtakes || lane.end.is_some() => {
                lane.end.get_or_insert(version);
                return self.park_alone(entry, 0, now.plus(DRAIN_WAIT));
            }
            Some(lane) => lane,
            None => self.lanes.entry(key).or_insert_with(|| Lane::new(version, before(entry))),
        };
        if lane.next == UNKNOWN {
            lane.next = version;
        }
        if lane.takes() {
            lane.queue.push_back(Item::Entry(Arc::clone(entry)));
            self.buffered += 1;
            self.look_at(key);
        } else {
            lane.spilled = true;
            lane.missed = true;
        }
    }

    /// Makes a lane of its own for an event that nothing waits for.
    pub(super) fn park_alone(&mut self, entry: &TailEntry, attempts: u32, due: EpochMillis) {
        let version = entry.entry.version;
        let key = LaneKey { conversation: entry.conversation, alone: Some(version) };
        let mut lane = Lane::new(version, before(entry));
        lane.spilled = true;
        lane.noted = true;
        lane.attempts = attempts;
        lane.since = Some(entry.entry.at);
        let endpoint = self.policy.target_of(&entry.entry).map(|target| Arc::clone(&target.endpoint));
        lane.activity =
            Activity::Parked(Parked { due: Some(due), endpoint: endpoint.unwrap_or_else(|| "".into()) });
        self.due.insert((due, key));
        self.touched.insert(key);
        self.lanes.insert(key, lane);
    }

    /// The next lane that wants entries from the store. Lanes wait while the window is full, unless a probe depends on it.
    pub(crate) fn next_load(&mut self) -> Option<Load> {
        if self.buffered >= WINDOW {
            let probe = self.loads.iter().position(|key| self.phase.is_probing(*key))?;
            let key = self.loads.remove(probe)?;
            self.loads.push_front(key);
        }
        while let Some(key) = self.loads.pop_front() {
            if let Some(Lane { activity: Activity::Loading(ticket), next, .. }) = self.lanes.get(&key) {
                let limit = if key.alone.is_some() { 1 } else { LOAD };
                return Some(Load { key, ticket: *ticket, after: next.saturating_sub(1), limit });
            }
        }
        None
    }

    /// The entries could not be read: the lane waits a little, so that others go on.
    pub(crate) fn not_loaded(&mut self, load: Load, now: EpochMillis) {
        let Some(lane) = self.lanes.get_mut(&load.key) else { return };
        if lane.activity != Activity::Loading(load.ticket) {
            return;
        }
        let due = now.plus(AFTER_FAILURE);
        lane.activity = Activity::Parked(Parked { due: Some(due), endpoint: "".into() });
        lane.noted = true;
        self.touched.insert(load.key);
        self.due.insert((due, load.key));
    }

    /// Takes the entries that a lane asked for.
    pub(crate) fn loaded(&mut self, load: Load, entries: &[Arc<TailEntry>], now: EpochMillis) {
        let covered = entries.iter().take_while(|entry| self.covers(load.key, entry.position)).count();
        let Some(lane) = self.lanes.get_mut(&load.key) else { return };
        if lane.activity != Activity::Loading(load.ticket) {
            return;
        }
        // Only an empty page says that there is no more.
        let more = covered == entries.len() && !entries.is_empty();
        let mine = |version| match load.key.alone {
            Some(alone) => version == alone,
            None => version >= lane.next && lane.end.is_none_or(|end| version < end),
        };
        let mut queue = Vec::new();
        let (mut next, mut floor) = (lane.next, lane.floor);
        for entry in entries.iter().take(covered).filter(|entry| mine(entry.entry.version)) {
            if self.policy.target_of(&entry.entry).is_some() {
                queue.push(Item::Entry(Arc::clone(entry)));
            } else if queue.is_empty() {
                (next, floor) = (entry.entry.version + 1, entry.position);
            }
        }
        if next != lane.next {
            // What it was tried for before is not wanted any more.
            (lane.next, lane.floor, lane.attempts) = (next, floor, 0);
            self.moved = true;
            if lane.noted {
                self.touched.insert(load.key);
            }
        }
        let last = entries.last().map_or(0, |entry| entry.entry.version);
        let ends = lane.end.is_some_and(|end| last + 1 >= end);
        lane.spilled = load.key.alone.is_none() && !ends && (more || lane.missed);
        self.buffered += queue.len();
        lane.queue.extend(queue);
        lane.activity = Activity::Idle;
        self.look_at(load.key);
        self.end_of_probes(now);
    }

    /// Whether an entry is in the part of the log that was read, so that nobody else will offer it. An event that stands
    /// alone was, or it would have no lane.
    pub(super) fn covers(&self, key: LaneKey, position: LogPosition) -> bool {
        let drained = self.drain.is_none_or(|drain| position <= drain.read || position > drain.until);
        key.alone.is_some() || (position <= self.live && drained)
    }

    /// Takes a chat state: it is sent in its turn, if that comes soon enough. Where the log is behind, it would be stale.
    pub(crate) fn chat_state(&mut self, state: &Arc<ChatState>) {
        let behind = self.drain.is_some() || !self.phase.is_up() || self.rewind.is_some();
        if behind || self.policy.target_of_chat_state(state).is_none() || !self.may_read() {
            return;
        }
        let key = LaneKey::of(state.conversation);
        let live = self.live;
        let lane = self.lanes.entry(key).or_insert_with(|| Lane::new(UNKNOWN, live));
        if lane.takes() && lane.queue.len() < LANE_ITEMS {
            lane.queue.push_back(Item::Chat(Arc::clone(state)));
            self.buffered += 1;
        }
        self.look_at(key);
    }
}

/// The place before an entry.
fn before(entry: &TailEntry) -> LogPosition {
    LogPosition(entry.position.0.saturating_sub(1))
}
