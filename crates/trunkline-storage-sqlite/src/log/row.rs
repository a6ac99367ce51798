//! Rows of `log` and `conversations`.

use std::sync::Arc;

use rusqlite::{Connection, Row};
use trunkline_model::conversation::{Conversation, EntryBody, LogEntry};
use trunkline_storage::Error;
use trunkline_wire::{ConsumerId, ConversationId, EpochMillis};

use super::heads::{Head, Marks, Owner, Shortcut};
use crate::failure::{During as _, corrupt};
use crate::row::{account_id, column, conversation_id, id_bytes, one, unsigned};

const STATE: &str = "SELECT state FROM log WHERE ordinal = ?1";
const HEAD: &str = "SELECT account, consumer, started_at, open, version, head, milestone, survey, \
                    state, tally, erased FROM conversations WHERE id = ?1";
const OPEN_OF: &str = "SELECT id, account FROM conversations WHERE consumer = ?1 AND open = 1";

/// The head of a conversation as the index has it.
pub(super) fn head(connection: &Connection, id: ConversationId) -> Result<Option<Head>, Error> {
    one(connection, "conversation head", HEAD, [id_bytes(&id)], |row| {
        let account =
            account_id(&column::<String>(row, 0, "conversations.account", &id)?, "conversations.account")?;
        let consumer = column(row, 1, "conversations.consumer", &id)?;
        let open = column(row, 3, "conversations.open", &id)?;
        let survey = column(row, 7, "conversations.survey", &id)?;
        let erased = column(row, 10, "conversations.erased", &id)?;
        Ok(Head {
            owner: (account, ConsumerId::from_bytes(consumer)),
            started_at: column(row, 2, "conversations.started_at", &id)?,
            open,
            survey,
            erased,
            version: unsigned(row, 4, "conversations.version", &id)?,
            ordinal: column(row, 5, "conversations.head", &id)?,
            milestone: column(row, 6, "conversations.milestone", &id)?,
            shortcut: shortcut(row, 8, id)?,
            filed: Some(Marks { open, survey, erased }),
        })
    })
}

/// Reads the columns `state, tally` starting at `first`.
fn shortcut(row: &Row<'_>, first: usize, id: ConversationId) -> Result<Shortcut, Error> {
    let what = "conversations.tally";
    let state: Option<i64> = column(row, first, "conversations.state", &id)?;
    let tally = row.get_ref(first + 1).map_err(|source| corrupt(what, &id, source))?;
    let tally = tally.as_str_or_null().map_err(|source| corrupt(what, &id, source))?;
    let tally = tally.map(serde_json::from_str).transpose().map_err(|source| corrupt(what, &id, source))?;
    Ok(Shortcut { state: state.unwrap_or(0), tally })
}

/// What the columns `state, tally` say.
pub(super) fn shortcut_columns(shortcut: &Shortcut) -> rusqlite::Result<(Option<i64>, Option<String>)> {
    let tally = shortcut.tally.as_ref().map(serde_json::to_string).transpose();
    let tally = tally.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok((Some(shortcut.state).filter(|state| *state != 0), tally))
}

/// The open conversation of a consumer as the index has it.
pub(super) fn open_of(connection: &Connection, owner: &Owner) -> Result<Option<ConversationId>, Error> {
    let operation = "open_conversation_of";
    let mut statement = connection.prepare_cached(OPEN_OF).during(operation)?;
    let mut rows = statement.query([owner.1.as_bytes().as_slice()]).during(operation)?;
    while let Some(row) = rows.next().during(operation)? {
        let account: String = column(row, 1, "conversations.account", &owner.1)?;
        if account == owner.0.as_str() {
            return conversation_id(row, 0, "conversations.id", &owner.1).map(Some);
        }
    }
    Ok(None)
}

/// Reads an entry from the columns `version, at, body, state` starting at `first`.
pub(super) fn entry(
    row: &Row<'_>,
    first: usize,
    ordinal: i64,
    conversation: ConversationId,
    consumer: ConsumerId,
) -> Result<LogEntry, Error> {
    let text = text(row, first + 2, "log.body", ordinal)?;
    let text = text.ok_or_else(|| corrupt("log.body", &ordinal, "the body is missing"))?;
    let body = EntryBody::from_stored(text, conversation, consumer)
        .map_err(|source| corrupt("log.body", &ordinal, source))?;
    let state = state(row, first + 3, ordinal)?.map(Arc::new);
    if state.is_none() && matches!(body, EntryBody::Changed { .. }) {
        return Err(corrupt("log.state", &ordinal, "a change of the conversation has no state"));
    }
    Ok(LogEntry {
        version: unsigned(row, first, "log.version", &ordinal)?,
        at: EpochMillis(column(row, first + 1, "log.at", &ordinal)?),
        body,
        state,
    })
}

/// Reads a state.
pub(super) fn state(row: &Row<'_>, index: usize, ordinal: i64) -> Result<Option<Conversation>, Error> {
    let what = "log.state";
    let text = text(row, index, what, ordinal)?;
    text.map(|text| serde_json::from_str(text).map_err(|source| corrupt(what, &ordinal, source))).transpose()
}

/// The states that the entries with these ordinals carry; those without one are passed over.
pub(super) fn states(connection: &Connection, ordinals: &[i64]) -> Result<Vec<Conversation>, Error> {
    let operation = "states_at";
    let mut statement = connection.prepare_cached(STATE).during(operation)?;
    let mut states = Vec::with_capacity(ordinals.len());
    for ordinal in ordinals {
        let mut rows = statement.query([ordinal]).during(operation)?;
        if let Some(row) = rows.next().during(operation)? {
            states.extend(state(row, 0, *ordinal)?);
        }
    }
    Ok(states)
}

/// How much text the columns `body, state` starting at `first` hold.
pub(super) fn text_bytes(row: &Row<'_>, first: usize) -> usize {
    [first, first + 1]
        .into_iter()
        .filter_map(|index| row.get_ref(index).ok()?.as_str().ok())
        .map(str::len)
        .sum()
}

fn text<'r>(
    row: &'r Row<'_>,
    index: usize,
    what: &'static str,
    ordinal: i64,
) -> Result<Option<&'r str>, Error> {
    let value = row.get_ref(index).map_err(|source| corrupt(what, &ordinal, source))?;
    value.as_str_or_null().map_err(|source| corrupt(what, &ordinal, source))
}
