//! A change as text, made on the caller's thread so that the writer only has to store it.

use std::sync::Arc;

use trunkline_model::LogPosition;
use trunkline_model::conversation::{Conversation, ConversationChange, LogEntry, TailEntry, Tally};
use trunkline_storage::Error;
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use super::position;
use super::ring::Kept;
use crate::failure::failed;

/// Entries to append.
#[derive(Debug)]
pub(crate) struct Change {
    pub(super) account: AccountId,
    pub(super) conversation: ConversationId,
    pub(super) expected_version: u64,
    pub(super) rows: Vec<Row>,
    pub(super) facts: Option<Facts>,
    /// The tally after the last row.
    pub(super) tally: Option<Tally>,
}

/// An entry.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) at: i64,
    /// For those who follow the log.
    entry: Option<Arc<TailEntry>>,
    pub(super) body: String,
    pub(super) state: Option<String>,
}

/// What the index wants to know of the newest state in a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) consumer: ConsumerId,
    pub(super) started_at: i64,
    pub(super) open: bool,
    pub(super) survey: bool,
}

/// True while the conversation is open although its main dialog is closed.
pub(super) fn is_in_survey(state: &Conversation) -> bool {
    state.is_open() && !state.main().is_open()
}

impl Change {
    /// Writes a change as text, and keeps its entries for those who follow the log if there are any.
    ///
    /// # Errors
    /// A change that breaks its own rules: no entry, versions with gaps, a conversation opened without a state.
    pub(crate) fn prepare(change: ConversationChange, is_followed: bool) -> Result<Self, Error> {
        let first = change.expected_version.saturating_add(1);
        if change.entries.is_empty()
            || (first..).zip(&change.entries).any(|(version, entry)| entry.version != version)
        {
            return Err(failed("commit", "the versions of the entries do not follow the expected version"));
        }
        if change.expected_version == 0 && change.entries.first().is_none_or(|entry| entry.state.is_none()) {
            return Err(failed("commit", "a conversation is opened without a state"));
        }
        let newest = change.entries.iter().rev().find_map(|entry| entry.state.as_deref());
        let facts = newest.map(|state| Facts {
            consumer: state.consumer,
            started_at: state.started_at.0,
            open: state.is_open(),
            survey: is_in_survey(state),
        });
        let ConversationChange { account, conversation, consumer, expected_version, entries, tally } = change;
        let last = entries.last().and_then(|entry| entry.state.as_deref());
        let tally = last.map_or(tally, Conversation::tally);
        // The writer fills in the places.
        let (position, previous) = (LogPosition::START, LogPosition::START);
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut row = Row::prepare(&entry, conversation, consumer)?;
            row.entry = is_followed.then(|| {
                let account = account.clone();
                Arc::new(TailEntry { position, previous, account, conversation, consumer, entry })
            });
            rows.push(row);
        }
        Ok(Self { account, conversation, expected_version, rows, facts, tally })
    }
}

impl Row {
    fn prepare(entry: &LogEntry, conversation: ConversationId, consumer: ConsumerId) -> Result<Self, Error> {
        let text = |source| Error::Backend { operation: "commit", source: Box::new(source) };
        let body = entry.body.to_stored(conversation, consumer).map_err(text)?;
        let state = entry.state.as_deref().map(serde_json::to_string).transpose().map_err(text)?;
        Ok(Self { at: entry.at.0, entry: None, body, state })
    }

    /// Gives the entry its places and hands it out. Nobody else has it yet, so it is not copied.
    pub(super) fn place(&mut self, ordinal: i64, previous: i64) -> Option<Kept> {
        let mut shared = self.entry.take()?;
        let entry = Arc::make_mut(&mut shared);
        entry.position = position(ordinal);
        entry.previous = position(previous);
        let bytes = size_of::<TailEntry>() + self.body.len() + self.state.as_ref().map_or(0, String::len);
        Some(Kept { entry: shared, bytes })
    }
}
