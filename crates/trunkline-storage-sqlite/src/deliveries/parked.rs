//! `parked_events`: what waits for another attempt.

use rusqlite::{Connection, Row};
use trunkline_model::{LogPosition, ParkedEvent};
use trunkline_storage::Error;
use trunkline_wire::{AccountId, AppInstallationId, ConversationId, EpochMillis};

use super::uuid_bytes;
use crate::row::{all, change, column, conversation_id, id_bytes, stored, unsigned};

const LIST: &str = "SELECT conversation, version, position, attempts, due, alone, at FROM parked_events \
                    WHERE app = (SELECT number FROM installations WHERE account = ?1 AND id = ?2) ORDER BY position";
const PARK: &str = "INSERT INTO parked_events (app, conversation, version, alone, position, attempts, at, due) \
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (app, conversation, version, alone) \
                    DO UPDATE SET position = excluded.position, attempts = excluded.attempts, at = excluded.at, \
                    due = excluded.due";
const SETTLE: &str = "DELETE FROM parked_events \
                      WHERE app = ?1 AND conversation = ?2 AND version = ?3 AND alone = ?4";

/// The parked events of an app by position.
pub(super) fn list(
    connection: &Connection,
    account: &AccountId,
    app: AppInstallationId,
) -> Result<Vec<ParkedEvent>, Error> {
    all(connection, "parked_events", LIST, (account.as_str(), uuid_bytes(&app)), |row| event(row, app))
}

/// Takes settled events away, then parks: an event that is named in both lists stays parked, since delivering it once more
/// is better than never.
pub(super) fn write(
    connection: &Connection,
    app: i64,
    settled: &[(ConversationId, u64, bool)],
    parked: &[ParkedEvent],
) -> rusqlite::Result<()> {
    for (conversation, version, alone) in settled {
        change(connection, SETTLE, (app, id_bytes(conversation), stored(*version), alone))?;
    }
    for event in parked {
        let values = (
            app,
            id_bytes(&event.conversation),
            stored(event.version),
            event.alone,
            stored(event.position.0),
            event.attempts,
            event.at.0,
            event.due.0,
        );
        change(connection, PARK, values)?;
    }
    Ok(())
}

fn event(row: &Row<'_>, app: AppInstallationId) -> Result<ParkedEvent, Error> {
    Ok(ParkedEvent {
        conversation: conversation_id(row, 0, "parked_events.conversation", &app)?,
        version: unsigned(row, 1, "parked_events.version", &app)?,
        position: LogPosition(unsigned(row, 2, "parked_events.position", &app)?),
        attempts: column(row, 3, "parked_events.attempts", &app)?,
        due: EpochMillis(column(row, 4, "parked_events.due", &app)?),
        alone: column(row, 5, "parked_events.alone", &app)?,
        at: EpochMillis(column(row, 6, "parked_events.at", &app)?),
    })
}
