//! When the entries of the log were decided.
//!
//! The log is in the order in which entries became durable, and an entry may have been decided before the one that
//! precedes it: callers decide at the same time, and clocks are set back. Looking a time up by halves could end anywhere
//! then. So every now and then it is noted by which time the latest entry so far was decided. That only grows: all
//! entries up to the last note before a time were decided before it, and from there the first later one is soon found.

use rusqlite::Connection;
use trunkline_model::LogPosition;
use trunkline_storage::Error;
use trunkline_wire::EpochMillis;

use crate::row::{change, column, one, stored, unsigned};

/// A note is due after so many entries…
const ENTRIES: i64 = 4096;
/// …or when time has moved on by so much, in milliseconds.
const SPAN: i64 = 60_000;

const NEWEST: &str = "SELECT newest_at, ordinal FROM log_times ORDER BY newest_at DESC, ordinal DESC LIMIT 1";
const SINCE: &str = "SELECT max(at) FROM log WHERE ordinal > ?1";
const NOTE: &str = "INSERT INTO log_times (newest_at, ordinal) VALUES (?1, ?2)";
const BEFORE: &str =
    "SELECT ordinal FROM log_times WHERE newest_at < ?1 ORDER BY newest_at DESC, ordinal DESC LIMIT 1";
const FIRST: &str =
    "SELECT ordinal FROM log WHERE ordinal > ?1 AND ordinal <= ?2 AND at >= ?3 ORDER BY ordinal LIMIT 1";

/// No entry up to `ordinal` was decided later than `newest_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeMark {
    pub(crate) newest_at: i64,
    pub(crate) ordinal: i64,
}

impl TimeMark {
    /// Before the first entry.
    pub(crate) const START: Self = Self { newest_at: i64::MIN, ordinal: 0 };

    /// The mark after the entry `ordinal`, decided at `at`.
    pub(crate) fn with(self, ordinal: i64, at: i64) -> Self {
        Self { newest_at: self.newest_at.max(at), ordinal }
    }

    /// True when this one is far enough from the last note to be noted as well.
    fn is_due(self, noted: Self) -> bool {
        let entries = self.ordinal.saturating_sub(noted.ordinal);
        entries >= ENTRIES || (entries > 0 && self.newest_at.saturating_sub(noted.newest_at) >= SPAN)
    }

    /// Notes this mark if that is due after `noted`, and returns the newest note.
    pub(super) fn note(self, connection: &Connection, noted: Self) -> rusqlite::Result<Self> {
        if !self.is_due(noted) {
            return Ok(noted);
        }
        change(connection, NOTE, (self.newest_at, self.ordinal))?;
        Ok(self)
    }
}

/// The newest note, and the mark at the log's end, which is the entry `last`.
pub(crate) fn recover(connection: &Connection, last: i64) -> Result<(TimeMark, TimeMark), Error> {
    let noted = one(connection, "log times", NEWEST, [], |row| {
        Ok(TimeMark {
            newest_at: column(row, 0, "log_times.newest_at", &"newest")?,
            ordinal: column(row, 1, "log_times.ordinal", &"newest")?,
        })
    })?;
    let noted = noted.unwrap_or(TimeMark::START);
    let later: Option<Option<i64>> =
        one(connection, "log times", SINCE, [noted.ordinal], |row| column(row, 0, "log.at", &"newest"))?;
    let newest_at = later.flatten().map_or(noted.newest_at, |at| at.max(noted.newest_at));
    Ok((noted, TimeMark { newest_at, ordinal: last }))
}

/// The place before the first entry that was decided at `at` or later; `end` when there is none up to there.
pub(super) fn position_before(
    connection: &Connection,
    at: EpochMillis,
    end: LogPosition,
) -> Result<LogPosition, Error> {
    let operation = "position_before";
    let before =
        one(connection, operation, BEFORE, [at.0], |row| column::<i64>(row, 0, "log_times.ordinal", &at.0))?;
    let range = (before.unwrap_or(0), stored(end.0), at.0);
    let first = one(connection, operation, FIRST, range, |row| unsigned(row, 0, "log.ordinal", &"?"))?;
    Ok(first.map_or(end, |first| LogPosition(first.saturating_sub(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(newest_at: i64, ordinal: i64) -> TimeMark {
        TimeMark { newest_at, ordinal }
    }

    #[test]
    fn the_newest_time_never_goes_back() {
        let end = TimeMark::START.with(1, 50).with(2, 40).with(3, 60).with(4, 59);
        assert_eq!(end, mark(60, 4));
    }

    #[test]
    fn a_note_is_due_after_many_entries_or_some_time() {
        let noted = mark(1_000_000, 100);
        for (end, due) in [
            (noted, false),
            (mark(1_000_000, 100 + ENTRIES - 1), false),
            (mark(1_000_000, 100 + ENTRIES), true),
            (mark(1_000_000 + SPAN - 1, 101), false),
            (mark(1_000_000 + SPAN, 101), true),
        ] {
            assert_eq!(end.is_due(noted), due, "{end:?}");
        }
        assert!(mark(0, 1).is_due(TimeMark::START), "the first entries are noted soon");
        assert!(!TimeMark::START.is_due(TimeMark::START));
    }
}
