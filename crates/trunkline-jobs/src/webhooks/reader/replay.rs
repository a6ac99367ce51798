//! Delivering once more: old events become parked ones, or reading goes back.
//!
//! Going back waits until no request is under way, so that no answer belongs to a lane that is gone.

use std::sync::Arc;

use trunkline_model::conversation::TailEntry;
use trunkline_model::{LogPosition, ReplayMark};
use trunkline_wire::EpochMillis;

use super::lane::{Activity, Lane, LaneKey, Parked, UNKNOWN};
use super::{Drain, MAX_LANES, Reader};

/// Where reading goes back to: everything after this place is read again, up to where reading is by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rewind(LogPosition);

/// Why a replay cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Nothing was given up.
    NothingLost,
    /// Too much is under way.
    Busy,
}

impl Reader {
    /// Delivers one event once more, beside its conversation. One that is not delivered yet comes in its turn.
    pub(crate) fn replay_event(&mut self, entry: &TailEntry, now: EpochMillis) -> Result<(), Refused> {
        self.room()?;
        let key = LaneKey { conversation: entry.conversation, alone: Some(entry.entry.version) };
        if self.will_come(entry) {
            return Ok(());
        }
        if !self.lanes.contains_key(&key) {
            self.park_alone(entry, 0, now);
        }
        self.mark_replay(before(entry), entry.position, now);
        Ok(())
    }

    /// Delivers a conversation from this entry on once more; its later events wait.
    ///
    /// What is not delivered yet comes first, and what will be read anyway is not replayed.
    pub(crate) fn replay_conversation(
        &mut self,
        first: &Arc<TailEntry>,
        now: EpochMillis,
    ) -> Result<(), Refused> {
        self.room()?;
        let key = LaneKey::of(first.conversation);
        if self.lanes.get(&key).is_some_and(|lane| lane.activity == Activity::InFlight) {
            return Err(Refused::Busy);
        }
        if self.will_come(first) {
            return Ok(());
        }
        self.remove(key);
        let mut lane = Lane::new(first.entry.version, before(first));
        lane.spilled = true;
        lane.noted = true;
        lane.since = Some(first.entry.at);
        lane.activity = Activity::Parked(Parked { due: Some(now), endpoint: "".into() });
        self.due.insert((now, key));
        self.touched.insert(key);
        self.lanes.insert(key, lane);
        self.mark_replay(before(first), self.live, now);
        Ok(())
    }

    /// Whether an entry is still to be delivered: it was not read yet, or its lane has not come to it.
    fn will_come(&self, entry: &TailEntry) -> bool {
        let key = LaneKey::of(entry.conversation);
        let lane = self.lanes.get(&key);
        !self.covers(key, entry.position)
            || self.deferred.contains_key(&entry.conversation)
            || lane.is_some_and(|lane| lane.next != UNKNOWN && lane.next <= entry.entry.version)
    }

    /// Delivers everything after a place once more.
    pub(crate) fn replay_after(&mut self, after: LogPosition, now: EpochMillis) -> Result<(), Refused> {
        if self.rewind.is_some() {
            return Err(Refused::Busy);
        }
        self.rewind = Some(Rewind(after));
        self.rewind_if_quiet(now);
        Ok(())
    }

    /// Delivers everything since the first event that was given up once more.
    pub(crate) fn replay_outage(&mut self, now: EpochMillis) -> Result<(), Refused> {
        let lost = self.lost.ok_or(Refused::NothingLost)?;
        self.replay_after(LogPosition(lost.first.0.saturating_sub(1)), now)?;
        self.lost = None;
        Ok(())
    }

    /// Whether a replay waits for requests that are under way.
    pub(crate) fn is_going_back(&self) -> bool {
        self.rewind.is_some()
    }

    /// Goes back as soon as no request is under way.
    pub(super) fn rewind_if_quiet(&mut self, now: EpochMillis) {
        if self.in_flight > 0 {
            return;
        }
        let Some(Rewind(after)) = self.rewind.take() else { return };
        // Everything that follows the place is read again, in order, so its lanes begin anew and nothing is deferred.
        // Lanes that are further behind stay: they get to everything in its turn.
        let read = self.drain.map_or(after, |drain| drain.read.min(after));
        let again: Vec<LaneKey> = self
            .lanes
            .iter()
            .filter(|(key, lane)| {
                key.alone.is_none() && lane.settled_to().is_none_or(|settled| settled >= read)
            })
            .map(|(key, _)| *key)
            .collect();
        for key in again {
            self.remove(key);
        }
        self.deferred.clear();
        self.drain = (read < self.live).then_some(Drain { read, until: self.live });
        self.mark_replay(after, self.live, now);
        self.end_of_probes(now);
    }

    fn room(&self) -> Result<(), Refused> {
        if self.lanes.len() >= MAX_LANES || self.rewind.is_some() { Err(Refused::Busy) } else { Ok(()) }
    }

    /// Replayed events count as decided now.
    fn mark_replay(&mut self, after: LogPosition, until: LogPosition, now: EpochMillis) {
        self.replayed = Some(ReplayMark { after, until, at: now });
        self.moved = true;
    }
}

/// The place before an entry.
fn before(entry: &TailEntry) -> LogPosition {
    LogPosition(entry.position.0.saturating_sub(1))
}
