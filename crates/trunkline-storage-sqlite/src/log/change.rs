//! A change as text, made on the caller's thread so that the writer only has to store it.

use trunkline_model::conversation::{ConversationChange, LogEntry};
use trunkline_storage::Error;
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use crate::failure::failed;

/// Entries to append.
#[derive(Debug)]
pub(crate) struct Change {
    pub(super) account: AccountId,
    pub(super) conversation: ConversationId,
    pub(super) expected_version: u64,
    pub(super) rows: Vec<Row>,
    pub(super) facts: Option<Facts>,
}

/// An entry.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) at: i64,
    pub(super) body: String,
    pub(super) state: Option<String>,
}

/// What the index wants to know of the newest state in a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) consumer: ConsumerId,
    pub(super) started_at: i64,
    pub(super) open: bool,
}

impl Change {
    /// Writes a change as text.
    ///
    /// # Errors
    /// A change that breaks its own rules: no entry, versions with gaps, a conversation opened without a state.
    pub(crate) fn prepare(change: &ConversationChange) -> Result<Self, Error> {
        let first = change.expected_version.saturating_add(1);
        if change.entries.is_empty()
            || (first..).zip(&change.entries).any(|(version, entry)| entry.version != version)
        {
            return Err(failed("commit", "the versions of the entries do not follow the expected version"));
        }
        if change.expected_version == 0 && change.entries.first().is_none_or(|entry| entry.state.is_none()) {
            return Err(failed("commit", "a conversation is opened without a state"));
        }
        let rows =
            change.entries.iter().map(|entry| Row::prepare(change, entry)).collect::<Result<_, _>>()?;
        let newest = change.entries.iter().rev().find_map(|entry| entry.state.as_deref());
        let facts = newest.map(|state| Facts {
            consumer: state.consumer,
            started_at: state.started_at.0,
            open: state.is_open(),
        });
        Ok(Self {
            account: change.account.clone(),
            conversation: change.conversation,
            expected_version: change.expected_version,
            rows,
            facts,
        })
    }
}

impl Row {
    fn prepare(change: &ConversationChange, entry: &LogEntry) -> Result<Self, Error> {
        let text = |source| Error::Backend { operation: "commit", source: Box::new(source) };
        let body = entry.body.to_stored(change.conversation, change.consumer).map_err(text)?;
        let state = entry.state.as_deref().map(serde_json::to_string).transpose().map_err(text)?;
        Ok(Self { at: entry.at.0, body, state })
    }
}
