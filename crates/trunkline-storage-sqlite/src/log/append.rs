//! Appending inside a transaction: checks against the heads, then one insert per entry.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection};
use trunkline_storage::Error;
use trunkline_wire::ConversationId;

use super::change::{Change, Facts};
use super::heads::{Head, Heads, Owner, Pending, Shortcut, Standing};
use super::times::TimeMark;
use super::{MILESTONE, row};
use crate::failure::BatchFailure;
use crate::row::{id_bytes, stored};

const INSERT: &str = "INSERT INTO log (ordinal, conversation, version, previous, milestone, at, body, state) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Appends changes inside one transaction. What it appended is in `pending` until the commit.
pub(crate) struct Appender<'c> {
    pub(super) connection: &'c Connection,
    insert: CachedStatement<'c>,
    heads: &'c Heads,
    pub(super) pending: &'c mut Pending,
    /// The last entry.
    end: TimeMark,
}

/// Why a change was not appended.
pub(crate) enum Refusal {
    /// Nothing was written for this change; its neighbours are not concerned.
    Change(Error),
    /// Something may have been written: the transaction must be rolled back.
    Transaction(BatchFailure),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            // A failed read may have rolled the transaction back.
            Error::Backend { .. } => Self::Transaction(BatchFailure::Read(Arc::new(error))),
            other => Self::Change(other),
        }
    }
}

impl<'c> Appender<'c> {
    /// Appends after `end`.
    pub(crate) fn new(
        connection: &'c Connection,
        heads: &'c Heads,
        pending: &'c mut Pending,
        end: TimeMark,
    ) -> rusqlite::Result<Self> {
        let insert = connection.prepare_cached(INSERT)?;
        Ok(Self { connection, insert, heads, pending, end })
    }

    /// The last entry.
    pub(crate) fn end(&self) -> TimeMark {
        self.end
    }

    /// Appends a change.
    pub(crate) fn append(&mut self, change: &mut Change) -> Result<(), Refusal> {
        let head = self.present(change)?;
        // Other changes of a closed conversation must not hide the consumer's next one.
        let opened_or_closed = head.version == 0 || change.facts.is_some_and(|facts| facts.open != head.open);
        let head = self.insert(change, head).map_err(|error| Refusal::Transaction(error.into()))?;
        if opened_or_closed {
            let standing =
                Standing { conversation: change.conversation, is_open: head.open, ordinal: head.ordinal };
            self.pending.standings.insert(head.owner.clone(), standing);
        }
        self.pending.heads.insert(change.conversation, head);
        Ok(())
    }

    /// The head that the change was decided on; for a new conversation, the one before its first entry.
    fn present(&self, change: &Change) -> Result<Head, Refusal> {
        let known = self.head(change.conversation)?;
        match (known, change.expected_version) {
            (None, 0) => Ok(self.unopened(change)?),
            (Some(head), expected)
                if head.version == expected && head.owner.0 == change.account && !head.erased =>
            {
                Ok(head)
            }
            _ => Err(Refusal::Change(Error::Conflict)),
        }
    }

    fn unopened(&self, change: &Change) -> Result<Head, Error> {
        let Some(Facts { consumer, started_at, open, survey }) = change.facts else {
            return Err(Error::Conflict);
        };
        let owner: Owner = (change.account.clone(), consumer);
        if let Some(other) = self.open_conversation(&owner)? {
            return Err(Error::AlreadyOpen(other));
        }
        let shortcut = Shortcut::default();
        Ok(Head {
            owner,
            started_at,
            open,
            survey,
            erased: false,
            version: 0,
            ordinal: 0,
            milestone: 0,
            shortcut,
            filed: None,
        })
    }

    pub(super) fn head(&self, id: ConversationId) -> Result<Option<Head>, Error> {
        if let Some(head) = self.pending.heads.get(&id) {
            return Ok(Some(head.clone()));
        }
        match self.heads.get(id) {
            Some(head) => Ok(Some(head)),
            None => row::head(self.connection, id),
        }
    }

    fn open_conversation(&self, owner: &Owner) -> Result<Option<ConversationId>, Error> {
        let standing = self.pending.standings.get(owner).copied().or_else(|| self.heads.standing(owner));
        match standing {
            Some(standing) => Ok(standing.open()),
            None => row::open_of(self.connection, owner),
        }
    }

    fn insert(&mut self, change: &mut Change, mut head: Head) -> rusqlite::Result<Head> {
        let id = id_bytes(&change.conversation);
        for row in &mut change.rows {
            head.version += 1;
            let ordinal = self.end.ordinal + 1;
            self.insert.execute((
                ordinal,
                id,
                stored(head.version),
                head.ordinal,
                head.milestone,
                row.at,
                row.body.as_str(),
                row.state.as_deref(),
            ))?;
            self.pending.entries.extend(row.place(ordinal, head.ordinal));
            head.ordinal = ordinal;
            if head.version.is_multiple_of(MILESTONE) {
                head.milestone = ordinal;
            }
            if row.state.is_some() {
                head.shortcut.state = ordinal;
            }
            self.end = self.end.with(ordinal, row.at);
        }
        head.shortcut.tally = change.tally;
        if let Some(facts) = change.facts {
            head.open = facts.open;
            head.survey = facts.survey;
        }
        Ok(head)
    }
}
