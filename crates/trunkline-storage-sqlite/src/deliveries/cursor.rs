//! `delivery_cursors`: how far each app is. The writes run in the transaction that writes the app itself.

use rusqlite::{Connection, Row, params};
use trunkline_model::{
    AppInstallation, DeliveryCursor, LogPosition, LostRange, Page, PageRequest, ReplayMark,
};
use trunkline_storage::Error;
use trunkline_wire::{AccountId, AppInstallationId, EpochMillis};

use super::uuid_bytes;
use crate::failure::{During as _, corrupt, failed};
use crate::installations::installation;
use crate::row::{all, change, column, one, page_limit, unsigned};

const CREATED: &str = "INSERT INTO delivery_cursors (app, generation) \
                       SELECT number, 0 FROM installations WHERE account = ?1 AND id = ?2";
const ENABLED: &str = "UPDATE delivery_cursors SET generation = generation + 1, \
                       position = coalesce((SELECT max(ordinal) FROM log), 0), lost_first = NULL, lost_last = NULL, \
                       replay_after = NULL, replay_until = NULL, replay_at = NULL \
                       WHERE app = (SELECT number FROM installations WHERE account = ?1 AND id = ?2)";
const STOPPED: &str = "UPDATE delivery_cursors SET position = NULL, lost_first = NULL, lost_last = NULL, \
                       replay_after = NULL, replay_until = NULL, replay_at = NULL \
                       WHERE app = (SELECT number FROM installations WHERE account = ?1 AND id = ?2)";
const UNPARK: &str = "DELETE FROM parked_events \
                      WHERE app = (SELECT number FROM installations WHERE account = ?1 AND id = ?2)";

// An enabled app without a cursor would get nothing and nobody would know: the outer join makes it an error.
const PAGE: &str = "SELECT account, id, state, deleted_at, issued_at, current_secret, previous_secret, \
                    previous_valid_until, manifest, generation, position, lost_first, lost_last, replay_until, replay_at, replay_after \
                    FROM installations LEFT JOIN delivery_cursors ON app = number \
                    WHERE state = 'enabled' AND (account, id) > (?1, ?2) ORDER BY account, id LIMIT ?3";
const ONE: &str = "SELECT account, id, state, deleted_at, issued_at, current_secret, previous_secret, \
                   previous_valid_until, manifest, generation, position, lost_first, lost_last, replay_until, replay_at, replay_after \
                   FROM installations LEFT JOIN delivery_cursors ON app = number \
                   WHERE state = 'enabled' AND account = ?1 AND id = ?2";

/// Gives a new app its row, and its place when it is enabled from the beginning.
pub(crate) fn app_created(connection: &Connection, app: &AppInstallation) -> Result<(), Error> {
    write(connection, CREATED, app)?;
    if app.is_live() { app_enabled(connection, app) } else { Ok(()) }
}

/// Puts an app that becomes enabled at the end of the log, under a new generation.
pub(crate) fn app_enabled(connection: &Connection, app: &AppInstallation) -> Result<(), Error> {
    write(connection, ENABLED, app)?;
    unpark(connection, app)
}

/// Forgets where an app is that is not enabled any more, but not its generation.
pub(crate) fn app_stopped(connection: &Connection, app: &AppInstallation) -> Result<(), Error> {
    write(connection, STOPPED, app)?;
    unpark(connection, app)
}

fn write(connection: &Connection, sql: &str, app: &AppInstallation) -> Result<(), Error> {
    let operation = "place the cursor of an app";
    match change(connection, sql, (app.account.as_str(), uuid_bytes(&app.id))).during(operation)? {
        1 => Ok(()),
        _ => Err(failed(operation, "the app has no cursor")),
    }
}

fn unpark(connection: &Connection, app: &AppInstallation) -> Result<(), Error> {
    change(connection, UNPARK, (app.account.as_str(), uuid_bytes(&app.id)))
        .map(drop)
        .during("forget the parked events of an app")
}

/// An app of an account.
pub(super) type Key = (AccountId, AppInstallationId);

/// A page of all enabled apps by account and id.
pub(super) fn page(
    connection: &Connection,
    request: &PageRequest<Key>,
) -> Result<Page<(AppInstallation, DeliveryCursor), Key>, Error> {
    // No account has an empty id.
    let after = request
        .after
        .as_ref()
        .map_or(("", [].as_slice()), |(account, app)| (account.as_str(), uuid_bytes(app)));
    let values = (after.0, after.1, page_limit(request.limit));
    let items = all(connection, "delivering_apps", PAGE, values, app_and_cursor)?;
    Ok(crate::row::page(items, request.limit, |(app, _)| (app.account.clone(), app.id)))
}

/// One enabled app.
pub(super) fn one_app(
    connection: &Connection,
    account: &AccountId,
    app: AppInstallationId,
) -> Result<Option<(AppInstallation, DeliveryCursor)>, Error> {
    one(connection, "delivering_app", ONE, params![account.as_str(), uuid_bytes(&app)], app_and_cursor)
}

fn app_and_cursor(row: &Row<'_>) -> Result<(AppInstallation, DeliveryCursor), Error> {
    let app = installation(row)?;
    let cursor = DeliveryCursor {
        account: app.account.clone(),
        app: app.id,
        generation: column(row, 9, "delivery_cursors.generation", &app.id)?,
        position: LogPosition(unsigned(row, 10, "delivery_cursors.position", &app.id)?),
        lost: lost(row, app.id)?,
        replayed: replayed(row, app.id)?,
    };
    Ok((app, cursor))
}

fn lost(row: &Row<'_>, app: AppInstallationId) -> Result<Option<LostRange>, Error> {
    let first = place(row, 11, "delivery_cursors.lost_first", app)?;
    let last = place(row, 12, "delivery_cursors.lost_last", app)?;
    Ok(first.zip(last).map(|(first, last)| LostRange { first, last }))
}

fn replayed(row: &Row<'_>, app: AppInstallationId) -> Result<Option<ReplayMark>, Error> {
    let until = place(row, 13, "delivery_cursors.replay_until", app)?;
    let at: Option<i64> = column(row, 14, "delivery_cursors.replay_at", &app)?;
    let after = place(row, 15, "delivery_cursors.replay_after", app)?;
    let mark = after.zip(until).zip(at);
    Ok(mark.map(|((after, until), at)| ReplayMark { after, until, at: EpochMillis(at) }))
}

fn place(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
    app: AppInstallationId,
) -> Result<Option<LogPosition>, Error> {
    let number: Option<i64> = column(row, index, what, &app)?;
    let place = number.map(u64::try_from).transpose().map_err(|source| corrupt(what, &app, source))?;
    Ok(place.map(LogPosition))
}
