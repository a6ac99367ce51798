//! Reading the end of the log at start: what the index does not know yet.

use std::collections::hash_map::Entry;

use rusqlite::{Connection, Row};
use trunkline_model::conversation::Conversation;
use trunkline_storage::Error;
use trunkline_wire::ConversationId;

use super::change::is_in_survey;
use super::heads::{Head, Heads, Pending, Shortcut, Standing};
use super::{MILESTONE, row};
use crate::failure::{During as _, corrupt};
use crate::row::{column, conversation_id, one, unsigned};

const TAIL: &str =
    "SELECT ordinal, conversation, version, previous, state FROM log WHERE ordinal > ?1 ORDER BY ordinal";

/// Puts the heads of all conversations touched after the watermark into memory and returns the last ordinal.
pub(crate) fn run(connection: &Connection, heads: &Heads) -> Result<i64, Error> {
    let watermark =
        one(connection, "watermark", "SELECT value FROM meta WHERE name = 'watermark'", [], |row| {
            column::<i64>(row, 0, "meta.value", &"watermark")
        })?;
    let mut last = watermark.ok_or_else(|| corrupt("meta.name", &"watermark", "the row is missing"))?;
    let mut pending = Pending { watermark: Some(last), ..Pending::default() };
    let mut statement = connection.prepare(TAIL).during("log tail")?;
    let mut rows = statement.query([last]).during("log tail")?;
    while let Some(row) = rows.next().during("log tail")? {
        last = replay(connection, row, &mut pending)?;
    }
    heads.publish(&mut pending);
    Ok(last)
}

/// Takes one entry into account and returns its ordinal.
fn replay(connection: &Connection, row: &Row<'_>, pending: &mut Pending) -> Result<i64, Error> {
    let ordinal: i64 = column(row, 0, "log.ordinal", &"?")?;
    let id = conversation_id(row, 1, "log.conversation", &ordinal)?;
    let version = unsigned(row, 2, "log.version", &ordinal)?;
    let previous: i64 = column(row, 3, "log.previous", &ordinal)?;
    let state = row::state(row, 4, ordinal)?;
    let head = match pending.heads.entry(id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => match (row::head(connection, id)?, &state) {
            (Some(head), _) => place.insert(head),
            (None, Some(state)) if previous == 0 => place.insert(Head {
                owner: (state.account.clone(), state.consumer),
                started_at: state.started_at.0,
                open: state.is_open(),
                survey: is_in_survey(state),
                erased: state.erased_at.is_some(),
                version: 0,
                ordinal: 0,
                milestone: 0,
                shortcut: Shortcut::default(),
                filed: None,
            }),
            (None, _) => return Err(corrupt("log.previous", &ordinal, "the conversation has no beginning")),
        },
    };
    if ordinal <= head.ordinal {
        // The row was written after this entry, by a cycle that did not come to its end. Rows of other conversations of
        // this consumer may be older, so what is open must not be left to the table.
        if let Some(state) = state {
            note_standing(pending, id, &state, ordinal, false);
        }
        return Ok(ordinal);
    }
    if previous != head.ordinal || version != head.version + 1 {
        return Err(corrupt("log.version", &ordinal, "the entry does not follow the one before it"));
    }
    head.version = version;
    head.ordinal = ordinal;
    if version.is_multiple_of(MILESTONE) {
        head.milestone = ordinal;
    }
    // What messages change is counted again with the next one.
    head.shortcut.tally = state.as_ref().and_then(Conversation::tally);
    if let Some(state) = state {
        head.shortcut.state = ordinal;
        let closes = head.open && !state.is_open();
        head.open = state.is_open();
        head.survey = is_in_survey(&state);
        head.erased = state.erased_at.is_some();
        note_standing(pending, id, &state, ordinal, closes);
    }
    Ok(ordinal)
}

/// Notes which conversation of the consumer was opened or closed last. A closed one counts only when this entry closed
/// it or when it was the open one: later changes of a closed conversation must not hide the consumer's next one.
fn note_standing(
    pending: &mut Pending,
    id: ConversationId,
    state: &Conversation,
    ordinal: i64,
    closes: bool,
) {
    let owner = (state.account.clone(), state.consumer);
    let is_open = state.is_open();
    let same = pending.standings.get(&owner).is_some_and(|standing| standing.conversation == id);
    if is_open || closes || same {
        pending.standings.insert(owner, Standing { conversation: id, is_open, ordinal });
    }
}
