//! Delivering once more: old events become parked ones, or reading goes back.
//!
//! Going back waits until no request is under way, so that no answer belongs to a lane that is gone.

use std::sync::Arc;

use trunkline_model::conversation::TailEntry;
use trunkline_model::{LogPosition, ReplayMark};
use trunkline_wire::EpochMillis;

use super::lane::{Activity, Lane, LaneKey, Parked};
use super::{Drain, MAX_LANES, Reader};

/// Where reading goes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rewind {
    /// Everything after this place…
    after: LogPosition,
    /// …and up to this one.
    until: LogPosition,
}

/// Why a replay cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Nothing was given up.
    NothingLost,
    /// Too much is under way.
    Busy,
}

impl Reader {
    /// Delivers one event once more, beside its conversation.
    pub(crate) fn replay_event(&mut self, entry: &TailEntry, now: EpochMillis) -> Result<(), Refused> {
        self.room()?;
        let key = LaneKey { conversation: entry.conversation, alone: Some(entry.entry.version) };
        if !self.lanes.contains_key(&key) {
            self.park_alone(entry, 0, now);
        }
        self.mark_replay(now);
        Ok(())
    }

    /// Delivers a conversation from this entry on once more; its later events wait.
    pub(crate) fn replay_conversation(
        &mut self,
        first: &Arc<TailEntry>,
        now: EpochMillis,
    ) -> Result<(), Refused> {
        self.room()?;
        let key = LaneKey::of(first.conversation);
        let mut lane = Lane::new(first.entry.version, LogPosition(first.position.0.saturating_sub(1)));
        lane.spilled = true;
        lane.noted = true;
        lane.since = Some(first.entry.at);
        match self.lanes.get(&key).map(|lane| lane.activity.clone()) {
            Some(Activity::InFlight) => return Err(Refused::Busy),
            Some(_) => self.remove(key),
            None => {}
        }
        lane.activity = Activity::Parked(Parked { due: Some(now), endpoint: "".into() });
        self.due.insert((now, key));
        self.touched.insert(key);
        self.lanes.insert(key, lane);
        self.mark_replay(now);
        Ok(())
    }

    /// Delivers everything after a place once more.
    pub(crate) fn replay_after(&mut self, after: LogPosition, now: EpochMillis) -> Result<(), Refused> {
        self.go_back(Rewind { after, until: self.live }, now)
    }

    /// Delivers everything once more between the first and the last event that was given up.
    pub(crate) fn replay_outage(&mut self, now: EpochMillis) -> Result<(), Refused> {
        let lost = self.lost.ok_or(Refused::NothingLost)?;
        let after = LogPosition(lost.first.0.saturating_sub(1));
        self.go_back(Rewind { after, until: lost.last.min(self.live) }, now)?;
        self.lost = None;
        Ok(())
    }

    fn go_back(&mut self, rewind: Rewind, now: EpochMillis) -> Result<(), Refused> {
        if self.rewind.is_some() {
            return Err(Refused::Busy);
        }
        self.rewind = Some(rewind);
        self.mark_replay(now);
        self.rewind_if_quiet(now);
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
        let Some(Rewind { after, until }) = self.rewind.take() else { return };
        // What follows the place is read again, so its lanes begin anew. Those that are further behind stay: they get to
        // everything in its turn.
        let again: Vec<LaneKey> = self
            .lanes
            .iter()
            .filter(|(key, lane)| {
                key.alone.is_none() && lane.settled_to().is_none_or(|settled| settled >= after)
            })
            .map(|(key, _)| *key)
            .collect();
        for key in again {
            self.remove(key);
        }
        let drain = match self.drain {
            // Everything from the earlier place on is read in order, so nothing needs to be deferred.
            Some(drain) => {
                self.deferred.clear();
                Drain { read: drain.read.min(after), until: self.live }
            }
            None => Drain { read: after, until },
        };
        self.drain = (drain.read < drain.until).then_some(drain);
        self.moved = true;
        self.end_of_probes(now);
    }

    fn room(&self) -> Result<(), Refused> {
        if self.lanes.len() >= MAX_LANES || self.rewind.is_some() { Err(Refused::Busy) } else { Ok(()) }
    }

    /// Replayed events count as decided now.
    fn mark_replay(&mut self, now: EpochMillis) {
        self.replayed = Some(ReplayMark { until: self.live, at: now });
        self.moved = true;
    }
}
