//! The newest entries of the log, in memory, for those who follow it.
//!
//! Entries lie there in the order of their ordinals without a gap, so that a place is found by counting. The writer adds
//! what it committed, and whoever asks for entries that are not there any more reads the file.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;

use crate::Options;

/// An entry and the bytes it counts for.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) entry: Arc<TailEntry>,
    pub(crate) bytes: usize,
}

/// The newest entries, and the place of the last one.
#[derive(Debug)]
pub(crate) struct Ring {
    inner: Mutex<Inner>,
    end: watch::Sender<LogPosition>,
    entries: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Inner {
    kept: VecDeque<Kept>,
    bytes: usize,
    /// The place of the newest entry, kept or not.
    last: u64,
}

impl Ring {
    /// An empty ring after the entry `last`.
    pub(crate) fn new(options: &Options, last: LogPosition) -> Self {
        let inner = Inner { kept: VecDeque::new(), bytes: 0, last: last.0 };
        Self {
            inner: Mutex::new(inner),
            end: watch::Sender::new(last),
            entries: options.tail_entries,
            bytes: options.tail_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the place of the newest entry.
    pub(crate) fn subscribe(&self) -> watch::Receiver<LogPosition> {
        self.end.subscribe()
    }

    /// The place of the newest entry that everybody may see.
    pub(crate) fn last(&self) -> LogPosition {
        *self.end.borrow()
    }

    /// True when somebody wants to know of new entries. While nobody does, none are kept.
    pub(crate) fn is_followed(&self) -> bool {
        self.end.receiver_count() > 0
    }

    /// Shows what was committed up to the entry `last`, of which `entries` were kept. What had to make room is left in
    /// `entries`, so that the caller chooses when to drop it.
    pub(crate) fn publish(&self, entries: &mut Vec<Kept>, last: LogPosition) {
        let mut inner = self.lock();
        if inner.last == last.0 {
            return;
        }
        for kept in entries.drain(..) {
            inner.push(kept);
        }
        inner.skip_to(last.0);
        while inner.kept.len() > self.entries || inner.bytes > self.bytes {
            let Some(old) = inner.kept.pop_front() else { break };
            inner.bytes -= old.bytes;
            entries.push(old);
        }
        drop(inner);
        self.end.send_replace(last);
    }

    /// Puts tombstones in the places of entries that are here.
    pub(crate) fn replace(&self, tombstones: &mut Vec<Kept>) {
        let mut inner = self.lock();
        for tombstone in tombstones.drain(..) {
            inner.replace(tombstone);
        }
    }

    /// The entries after a place, or `None` when some of them are not here any more.
    pub(crate) fn after(&self, after: LogPosition, limit: usize) -> Option<Vec<Arc<TailEntry>>> {
        let inner = self.lock();
        let missing = usize::try_from(inner.last.saturating_sub(after.0)).unwrap_or(usize::MAX);
        let start = inner.kept.len().checked_sub(missing)?;
        Some(inner.kept.range(start..).take(limit).map(|kept| Arc::clone(&kept.entry)).collect())
    }
}

impl Inner {
    fn push(&mut self, kept: Kept) {
        let position = kept.entry.position.0;
        self.skip_to(position.saturating_sub(1));
        self.last = position;
        self.bytes += kept.bytes;
        self.kept.push_back(kept);
    }

    fn replace(&mut self, tombstone: Kept) {
        let position = tombstone.entry.position.0;
        let from_the_end = self.last.checked_sub(position).and_then(|rest| usize::try_from(rest).ok());
        let index = from_the_end.and_then(|rest| self.kept.len().checked_sub(rest + 1));
        if let Some(known) = index.and_then(|index| self.kept.get_mut(index)) {
            self.bytes = self.bytes + tombstone.bytes - known.bytes;
            *known = tombstone;
        }
    }

    /// Nobody followed when the entries up to `last` were committed; what is before such a gap is of no use any more.
    fn skip_to(&mut self, last: u64) {
        if self.last != last {
            self.kept.clear();
            self.bytes = 0;
            self.last = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_storage::testing::samples::{brand, consumer, conversation_id, note};

    use super::*;

    fn ring(tail_entries: usize, tail_bytes: usize, last: u64) -> Ring {
        Ring::new(&Options { tail_entries, tail_bytes, ..Options::default() }, LogPosition(last))
    }

    fn kept(position: u64, bytes: usize) -> Kept {
        let entry = TailEntry {
            position: LogPosition(position),
            previous: LogPosition(position - 1),
            account: brand(),
            conversation: conversation_id(1),
            consumer: consumer(1),
            entry: note(position, "x"),
        };
        Kept { entry: Arc::new(entry), bytes }
    }

    fn publish(ring: &Ring, positions: impl Iterator<Item = u64>, bytes: usize) -> usize {
        let mut entries: Vec<_> = positions.map(|position| kept(position, bytes)).collect();
        let last = entries.last().unwrap().entry.position;
        ring.publish(&mut entries, last);
        entries.len()
    }

    fn after(ring: &Ring, after: u64, limit: usize) -> Option<Vec<u64>> {
        let found = ring.after(LogPosition(after), limit)?;
        Some(found.iter().map(|entry| entry.position.0).collect())
    }

    #[test]
    fn what_was_there_before_it_began_is_not_in_the_ring() {
        let ring = ring(10, 1000, 7);
        assert_eq!(ring.last(), LogPosition(7));
        assert_eq!(after(&ring, 6, 10), None);
        for end in [7, 8, u64::MAX] {
            assert_eq!(after(&ring, end, 10), Some(vec![]));
        }
        publish(&ring, 8..=9, 1);
        assert_eq!(after(&ring, 6, 10), None);
        assert_eq!(after(&ring, 7, 10), Some(vec![8, 9]));
        assert_eq!(after(&ring, 7, 1), Some(vec![8]));
        assert_eq!(after(&ring, 8, 10), Some(vec![9]));
        assert_eq!(after(&ring, 9, 10), Some(vec![]));
    }

    #[test]
    fn the_oldest_make_room_by_number() {
        let ring = ring(3, 1000, 0);
        assert_eq!(publish(&ring, 1..=2, 1), 0);
        assert_eq!(publish(&ring, 3..=5, 1), 2);
        assert_eq!(after(&ring, 1, 10), None);
        assert_eq!(after(&ring, 2, 10), Some(vec![3, 4, 5]));
        assert_eq!(publish(&ring, 6..=20, 1), 15);
        assert_eq!(after(&ring, 17, 10), Some(vec![18, 19, 20]));
    }

    #[test]
    fn the_oldest_make_room_by_bytes() {
        let ring = ring(100, 10, 0);
        assert_eq!(publish(&ring, 1..=3, 4), 1);
        assert_eq!(after(&ring, 0, 10), None);
        assert_eq!(after(&ring, 1, 10), Some(vec![2, 3]));
        // One that is too large for the ring leaves it empty, and the file has everything.
        assert_eq!(publish(&ring, 4..=4, 11), 3);
        assert_eq!(after(&ring, 3, 10), None);
        assert_eq!(after(&ring, 4, 10), Some(vec![]));
        assert_eq!(publish(&ring, 5..=6, 5), 0);
        assert_eq!(after(&ring, 4, 10), Some(vec![5, 6]));
        assert_eq!(ring.lock().bytes, 10);
    }

    #[test]
    fn a_position_is_told_once_its_entries_are_there() {
        let ring = ring(10, 1000, 0);
        let mut end = ring.subscribe();
        ring.publish(&mut Vec::new(), LogPosition(0));
        assert!(!end.has_changed().unwrap(), "nothing was added");
        publish(&ring, 1..=3, 1);
        assert!(end.has_changed().unwrap());
        assert_eq!(*end.borrow_and_update(), LogPosition(3));
    }

    #[test]
    fn what_is_committed_while_nobody_follows_is_not_kept() {
        let ring = ring(10, 1000, 0);
        assert!(!ring.is_followed());
        let end = ring.subscribe();
        assert!(ring.is_followed());
        publish(&ring, 1..=3, 100);
        drop(end);
        assert!(!ring.is_followed());
        ring.publish(&mut Vec::new(), LogPosition(5));
        assert_eq!(ring.last(), LogPosition(5));
        assert_eq!(after(&ring, 4, 10), None);
        assert_eq!(after(&ring, 5, 10), Some(vec![]));
        // A batch in which only some were kept.
        ring.publish(&mut vec![kept(6, 100), kept(8, 100), kept(9, 100)], LogPosition(9));
        assert_eq!(after(&ring, 6, 10), None);
        assert_eq!(after(&ring, 7, 10), Some(vec![8, 9]));
        assert_eq!(ring.lock().bytes, 200);
        ring.publish(&mut vec![kept(10, 100)], LogPosition(12));
        assert_eq!(after(&ring, 9, 10), None);
        assert_eq!(after(&ring, 12, 10), Some(vec![]));
        assert_eq!(ring.lock().bytes, 0);
    }

    #[test]
    fn tombstones_take_the_places_of_what_is_there() {
        let ring = ring(3, 1000, 0);
        ring.replace(&mut vec![kept(1, 1)]);
        publish(&ring, 1..=5, 10);
        // The first two are not there any more, the last one is yet to come.
        ring.replace(&mut [1, 2, 4, 6].map(|position| kept(position, 4)).into());
        assert_eq!(ring.lock().bytes, 24);
        assert_eq!(after(&ring, 2, 10), Some(vec![3, 4, 5]));
    }
}
