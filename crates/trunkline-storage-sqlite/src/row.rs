//! The row edge: columns into domain types, naming table, column and row when they do not parse.

use std::fmt::Display;

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Row};
use trunkline_storage::Error;
use trunkline_wire::{AccountId, ConversationId};
use uuid::Uuid;

use crate::failure::{During as _, corrupt};

/// Reads one column; `what` is its table and name, `id` names the row in errors.
pub(crate) fn column<T: FromSql>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    id: &dyn Display,
) -> Result<T, Error> {
    row.get(index).map_err(|source| corrupt(what, id, source))
}

/// Reads an account id.
pub(crate) fn account_id(text: &str, what: &'static str) -> Result<AccountId, Error> {
    AccountId::parse(text).map_err(|source| corrupt(what, &text, source))
}

/// Reads a number that is never negative: a version, a count, an id.
pub(crate) fn unsigned(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    id: &dyn Display,
) -> Result<u64, Error> {
    let number: i64 = column(row, index, what, id)?;
    u64::try_from(number).map_err(|source| corrupt(what, id, source))
}

/// A number as SQLite stores it. Numbers beyond its range do not occur: they would take millennia to reach.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a conversation id.
pub(crate) fn conversation_id(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    id: &dyn Display,
) -> Result<ConversationId, Error> {
    column(row, index, what, id).map(|bytes| ConversationId::from_uuid(Uuid::from_bytes(bytes)))
}

/// A conversation id as SQLite stores it.
pub(crate) fn id_bytes(id: &ConversationId) -> &[u8] {
    id.as_uuid().as_bytes().as_slice()
}

/// The first row of a query, if there is one.
pub(crate) fn one<T>(
    connection: &Connection,
    operation: &'static str,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached(sql).during(operation)?;
    let mut rows = statement.query(params).during(operation)?;
    rows.next().during(operation)?.map(read).transpose()
}

/// All rows of a query.
pub(crate) fn all<T>(
    connection: &Connection,
    operation: &'static str,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql).during(operation)?;
    let mut rows = statement.query(params).during(operation)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().during(operation)? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// Runs a statement and counts the rows it changed.
pub(crate) fn change(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params)
}

/// A `LIMIT` that asks for one row more than the page holds, to know whether another page follows.
pub(crate) fn page_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// Cuts the extra row off and says where the next page starts.
pub(crate) fn page<T, C>(
    mut items: Vec<T>,
    limit: usize,
    cursor: impl Fn(&T) -> C,
) -> trunkline_model::Page<T, C> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(cursor) } else { None };
    trunkline_model::Page { items, next }
}
