//! What is to be written down: the position, and the lanes that are behind it.

use trunkline_model::{LogPosition, LostRange, ParkedEvent, ReplayMark};
use trunkline_wire::{ConversationId, EpochMillis};

use super::Reader;
use super::lane::{Activity, Lane, LaneKey, Parked};

/// What changed since the last time that was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notes {
    pub(crate) position: LogPosition,
    pub(crate) lost: Option<LostRange>,
    pub(crate) replayed: Option<ReplayMark>,
    pub(crate) parked: Vec<ParkedEvent>,
    pub(crate) settled: Vec<(ConversationId, u64, bool)>,
    keys: Vec<LaneKey>,
}

impl Reader {
    /// Everything up to here is settled, except what is noted.
    pub(crate) fn position(&self) -> LogPosition {
        let lanes = self.lanes.values().filter(|lane| !lane.noted);
        self.read_to(lanes.filter_map(Lane::settled_to).min())
    }

    /// Everything up to here is settled.
    pub(super) fn settled_to(&self) -> LogPosition {
        self.read_to(self.lanes.values().filter_map(Lane::settled_to).min())
    }

    fn read_to(&self, lanes: Option<LogPosition>) -> LogPosition {
        let drain = self.drain.map(|drain| drain.read);
        [lanes, drain].into_iter().flatten().fold(self.live, LogPosition::min)
    }

    /// Whether something was settled or parked since the last notes.
    pub(crate) fn has_moved(&self) -> bool {
        self.moved || !self.touched.is_empty()
    }

    /// What to write down now. [`Reader::noted`] or [`Reader::not_noted`] must follow before the next notes.
    pub(crate) fn notes(&mut self, now: EpochMillis) -> Notes {
        if self.replayed.is_some_and(|mark| self.settled_to() >= mark.until) {
            self.replayed = None;
        }
        let (mut parked, mut settled) = (Vec::new(), Vec::new());
        let keys: Vec<LaneKey> = self.touched.drain().collect();
        for key in &keys {
            let row = self.lanes.get(key).filter(|lane| lane.noted).map(|lane| row(*key, lane, now));
            if let Some(old) = self.rows.get(key)
                && row.is_none_or(|row| row.version != old.version)
            {
                settled.push((old.conversation, old.version, old.alone));
            }
            parked.extend(row);
        }
        self.moved = false;
        Notes { position: self.position(), lost: self.lost, replayed: self.replayed, parked, settled, keys }
    }

    /// The notes are in the store.
    pub(crate) fn noted(&mut self, notes: &Notes) {
        for key in &notes.keys {
            self.rows.remove(key);
        }
        for row in &notes.parked {
            let alone = row.alone.then_some(row.version);
            self.rows.insert(LaneKey { conversation: row.conversation, alone }, *row);
        }
    }

    /// The notes could not be written.
    pub(crate) fn not_noted(&mut self, notes: Notes) {
        self.touched.extend(notes.keys);
        self.moved = true;
    }
}

fn row(key: LaneKey, lane: &Lane, now: EpochMillis) -> ParkedEvent {
    let due = match lane.activity {
        Activity::Parked(Parked { due: Some(due), .. }) => due,
        _ => now,
    };
    ParkedEvent {
        conversation: key.conversation,
        version: lane.next,
        position: LogPosition(lane.floor.0 + 1),
        attempts: lane.attempts,
        at: lane.since.unwrap_or(now),
        due,
        alone: key.alone.is_some(),
    }
}
