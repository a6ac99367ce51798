//! Bringing the `conversations` table up to date, in slices between which commits go on.
//!
//! A cycle takes all dirty heads and writes them sorted by id, a slice with each transaction of the writer. Each row
//! gets its newest head. With the last slice the watermark moves to the ordinal the log had when the cycle began: by
//! then every conversation with an entry up to there has been written.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection};
use trunkline_wire::ConversationId;

use super::heads::{Head, Heads, Pending};
use super::row;
use super::times::TimeMark;
use crate::row::{change, id_bytes, stored};

/// The fewest rows written with one transaction; more when many wait, so that the backlog stays bounded.
const SLICE: usize = 256;

const INSERT: &str = "INSERT INTO conversations (id, account, consumer, started_at, open, survey, version, head, milestone, \
                      state, tally, erased) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO UPDATE SET \
                      open = excluded.open, survey = excluded.survey, version = excluded.version, \
                      head = excluded.head, milestone = excluded.milestone, state = excluded.state, \
                      tally = excluded.tally, erased = excluded.erased";
/// Leaves the marks alone, and with them the indexes on them.
const MOVE: &str =
    "UPDATE conversations SET version = ?2, head = ?3, milestone = ?4, state = ?5, tally = ?6 WHERE id = ?1";
const WATERMARK: &str = "UPDATE meta SET value = ?1 WHERE name = 'watermark'";

/// One run over all dirty heads.
#[derive(Debug)]
pub(crate) struct Cycle {
    ids: Arc<[ConversationId]>,
    done: usize,
    /// The end of the log when the run began.
    end: TimeMark,
    /// The newest note of the time by then.
    noted: TimeMark,
}

impl Cycle {
    /// Begins a run; `end` is the last committed entry.
    pub(crate) fn begin(heads: &Heads, end: TimeMark, noted: TimeMark) -> Self {
        Self { ids: heads.begin_cycle(), done: 0, end, noted }
    }

    /// True when everything was written and committed.
    pub(crate) fn is_done(&self) -> bool {
        self.done == self.ids.len()
    }

    /// Writes the next slice inside the present transaction and returns how far the cycle is once it is committed.
    pub(crate) fn write(
        &self,
        connection: &Connection,
        heads: &Heads,
        pending: &mut Pending,
    ) -> rusqlite::Result<usize> {
        let rest = self.ids.get(self.done..).unwrap_or_default();
        let slice = rest.get(..SLICE.max(rest.len() / 8)).unwrap_or(rest);
        let mut rows = Rows::prepare(connection)?;
        for id in slice {
            let Some(head) = pending.heads.get(id).cloned().or_else(|| heads.get(*id)) else { continue };
            rows.write(*id, &head)?;
            pending.filed.push((*id, head.ordinal, head.marks()));
        }
        let done = self.done + slice.len();
        if done == self.ids.len() {
            change(connection, WATERMARK, [self.end.ordinal])?;
            pending.watermark = Some(self.end.ordinal);
            pending.noted = Some(self.end.note(connection, self.noted)?);
        }
        Ok(done)
    }

    /// Notes that a slice is committed.
    pub(crate) fn advance(&mut self, done: usize) {
        self.done = done;
    }
}

struct Rows<'c> {
    insert: CachedStatement<'c>,
    moved: CachedStatement<'c>,
}

impl<'c> Rows<'c> {
    fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self { insert: connection.prepare_cached(INSERT)?, moved: connection.prepare_cached(MOVE)? })
    }

    fn write(&mut self, id: ConversationId, head: &Head) -> rusqlite::Result<()> {
        let id = id_bytes(&id);
        let (state, tally) = row::shortcut_columns(&head.shortcut)?;
        if head.filed == Some(head.marks()) {
            self.moved.execute((id, stored(head.version), head.ordinal, head.milestone, state, tally))?;
        } else {
            self.insert.execute((
                id,
                head.owner.0.as_str(),
                head.owner.1.as_bytes().as_slice(),
                head.started_at,
                head.open,
                head.survey,
                stored(head.version),
                head.ordinal,
                head.milestone,
                state,
                tally,
                head.erased,
            ))?;
        }
        Ok(())
    }
}
