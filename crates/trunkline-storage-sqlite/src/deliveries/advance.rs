//! Writing progress.

use rusqlite::Connection;
use trunkline_model::DeliveryProgress;
use trunkline_storage::Error;
use trunkline_wire::EpochMillis;

use super::{parked, records, uuid_bytes};
use crate::failure::During as _;
use crate::log::heads::Heads;
use crate::row::{change, column, one, stored, unsigned};

const APP: &str = "SELECT app, generation, position IS NOT NULL, records FROM installations \
                   JOIN delivery_cursors ON app = number WHERE account = ?1 AND id = ?2";
const MOVE: &str = "UPDATE delivery_cursors SET position = ?2, lost_first = ?3, lost_last = ?4, replay_until = ?5, \
                    replay_at = ?6, records = ?7, replay_after = ?8 WHERE app = ?1";
const COUNT: &str = "UPDATE delivery_cursors SET records = ?2 WHERE app = ?1";

/// What is known of an app before its progress is written.
struct App {
    number: i64,
    generation: i64,
    enabled: bool,
    records: u64,
}

/// Writes the progress of some apps and drops old records. Writing the same again changes nothing.
pub(super) fn run(
    connection: &Connection,
    heads: &Heads,
    progress: &[DeliveryProgress],
    keep_records: usize,
    records_since: EpochMillis,
) -> Result<(), Error> {
    for progress in progress {
        if let Some(app) = app(connection, progress)? {
            write(connection, heads, &app, progress, keep_records).during("advance_deliveries")?;
        }
    }
    records::forget_before(connection, records_since)
}

fn app(connection: &Connection, progress: &DeliveryProgress) -> Result<Option<App>, Error> {
    let id = progress.app;
    one(connection, "advance_deliveries", APP, (progress.account.as_str(), uuid_bytes(&id)), |row| {
        Ok(App {
            number: column(row, 0, "delivery_cursors.app", &id)?,
            generation: column(row, 1, "delivery_cursors.generation", &id)?,
            enabled: column(row, 2, "delivery_cursors.position", &id)?,
            records: unsigned(row, 3, "delivery_cursors.records", &id)?,
        })
    })
}

fn write(
    connection: &Connection,
    heads: &Heads,
    app: &App,
    progress: &DeliveryProgress,
    keep_records: usize,
) -> rusqlite::Result<()> {
    let bounds = (app.records, keep_records);
    let records = records::add(connection, heads, app.number, &progress.records, bounds)?;
    if !app.enabled || app.generation != progress.generation {
        return change(connection, COUNT, (app.number, stored(records))).map(drop);
    }
    parked::write(connection, app.number, &progress.settled, &progress.parked)?;
    let lost = progress.lost.map(|lost| (stored(lost.first.0), stored(lost.last.0)));
    let values = (
        app.number,
        stored(progress.position.0),
        lost.map(|lost| lost.0),
        lost.map(|lost| lost.1),
        progress.replayed.map(|mark| stored(mark.until.0)),
        progress.replayed.map(|mark| mark.at.0),
        stored(records),
        progress.replayed.map(|mark| stored(mark.after.0)),
    );
    change(connection, MOVE, values).map(drop)
}
