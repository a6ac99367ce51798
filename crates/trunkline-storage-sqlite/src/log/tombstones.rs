//! Writing over entries.
//!
//! A tombstone is never longer than what it replaces, and is filled up with blanks to the same length. So SQLite writes it
//! over the old row where that is, and moves no other: rows that move would leave copies of themselves in unused parts of
//! pages, which nothing finds again when it is their turn to be erased.

use std::sync::Arc;

use rusqlite::Row;
use trunkline_model::conversation::{LogEntry, TailEntry};
use trunkline_storage::Error;
use trunkline_wire::{AccountId, ConversationId};

use super::append::{Appender, Refusal};
use super::ring::Kept;
use crate::failure::{corrupt, failed};
use crate::row::{change, column, conversation_id, id_bytes, one, stored, unsigned};

const OPERATION: &str = "replace_entries";

const LENGTHS: &str = "SELECT conversation, version, octet_length(body), octet_length(state) FROM log \
                       WHERE ordinal = ?1";
const REPLACE: &str = "UPDATE log SET body = ?2, state = ?3 WHERE ordinal = ?1";
const MARK: &str = "UPDATE conversations SET erased = 1 WHERE id = ?1";

/// Tombstones of one conversation as text, made on the caller's thread.
#[derive(Debug)]
pub(crate) struct Tombstones {
    account: AccountId,
    conversation: ConversationId,
    stones: Vec<Stone>,
}

#[derive(Debug)]
struct Stone {
    entry: Arc<TailEntry>,
    body: String,
    state: Option<String>,
}

impl Tombstones {
    /// Writes tombstones as text.
    ///
    /// # Errors
    /// None at all, or those of several conversations.
    pub(crate) fn prepare(tombstones: Vec<TailEntry>) -> Result<Self, Error> {
        let first = tombstones.first().map(|first| (first.account.clone(), first.conversation));
        let Some((account, conversation)) = first else { return Err(failed(OPERATION, "no entry")) };
        if tombstones.iter().any(|entry| (&entry.account, entry.conversation) != (&account, conversation)) {
            return Err(failed(OPERATION, "the entries are of several conversations"));
        }
        let stones = tombstones.into_iter().map(Stone::prepare).collect::<Result<_, _>>()?;
        Ok(Self { account, conversation, stones })
    }
}

impl Stone {
    fn prepare(tombstone: TailEntry) -> Result<Self, Error> {
        let text = |source| Error::Backend { operation: OPERATION, source: Box::new(source) };
        let TailEntry { conversation, consumer, entry: LogEntry { body, state, .. }, .. } = &tombstone;
        let body = body.to_stored(*conversation, *consumer).map_err(text)?;
        let state = state.as_deref().map(serde_json::to_string).transpose().map_err(text)?;
        Ok(Self { entry: Arc::new(tombstone), body, state })
    }

    fn ordinal(&self) -> i64 {
        stored(self.entry.position.0)
    }

    /// Fills up to the lengths of what is stored. JSON may end with blanks.
    fn fill(&mut self, body: usize, state: Option<usize>) -> Result<(), Error> {
        let fill = |text: &mut String, length: usize| {
            text.extend(std::iter::repeat_n(' ', length.saturating_sub(text.len())));
        };
        fill(&mut self.body, body);
        match (&mut self.state, state) {
            (None, None) => Ok(()),
            (Some(text), Some(length)) => {
                fill(text, length);
                Ok(())
            }
            _ => Err(Error::Conflict),
        }
    }

    /// For memory.
    fn kept(&self) -> Kept {
        let bytes = size_of::<TailEntry>() + self.body.len() + self.state.as_ref().map_or(0, String::len);
        Kept { entry: Arc::clone(&self.entry), bytes }
    }
}

impl Appender<'_> {
    /// Replaces entries. Everything is checked before the first one is.
    pub(crate) fn replace(&mut self, tombstones: &mut Tombstones) -> Result<(), Refusal> {
        let Tombstones { account, conversation, stones } = tombstones;
        let head = self.head(*conversation)?.filter(|head| head.owner.0 == *account && !head.open);
        let Some(mut head) = head else { return Err(Error::Conflict.into()) };
        for stone in stones.iter_mut() {
            let read = |row: &Row<'_>| lengths(row, stone.ordinal());
            let found = one(self.connection, OPERATION, LENGTHS, [stone.ordinal()], read)?;
            let found = found.filter(|found| {
                (found.conversation, found.version) == (*conversation, stone.entry.entry.version)
            });
            let Some(found) = found else { return Err(Error::Conflict.into()) };
            stone.fill(found.body, found.state)?;
        }
        for stone in stones.iter() {
            let values = (stone.ordinal(), stone.body.as_str(), stone.state.as_deref());
            self.write(REPLACE, values)?;
            self.pending.tombstones.push(stone.kept());
        }
        if stones.iter().any(|stone| stone.ordinal() == head.ordinal) {
            self.write(MARK, [id_bytes(conversation)])?;
            head.erased = true;
            self.pending.heads.insert(*conversation, head);
        }
        Ok(())
    }

    fn write(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), Refusal> {
        change(self.connection, sql, values).map(drop).map_err(|error| Refusal::Transaction(error.into()))
    }
}

/// How long a stored entry is, and which one it is.
struct Lengths {
    conversation: ConversationId,
    version: u64,
    body: usize,
    state: Option<usize>,
}

fn lengths(row: &Row<'_>, ordinal: i64) -> Result<Lengths, Error> {
    let size = |length: i64| usize::try_from(length).map_err(|source| corrupt("log", &ordinal, source));
    let state: Option<i64> = column(row, 3, "log.state", &ordinal)?;
    Ok(Lengths {
        conversation: conversation_id(row, 0, "log.conversation", &ordinal)?,
        version: unsigned(row, 1, "log.version", &ordinal)?,
        body: size(column(row, 2, "log.body", &ordinal)?)?,
        state: state.map(size).transpose()?,
    })
}
