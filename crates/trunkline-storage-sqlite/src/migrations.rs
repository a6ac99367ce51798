//! The schema: numbered files, only ever added to. `user_version` says how many of them a store has seen.

use rusqlite::{Connection, TransactionBehavior};

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_deliveries.sql"),
    include_str!("../migrations/0003_agents.sql"),
    include_str!("../migrations/0004_settings.sql"),
    include_str!("../migrations/0005_consumer_keys.sql"),
    include_str!("../migrations/0006_surveys.sql"),
    include_str!("../migrations/0007_files.sql"),
    include_str!("../migrations/0008_tallies.sql"),
    include_str!("../migrations/0009_unconfirmed_files.sql"),
    include_str!("../migrations/0010_erasure.sql"),
    include_str!("../migrations/0011_versions_of_files.sql"),
];

/// The newest schema this program knows.
pub(crate) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the schema up to date, all steps or none. Returns the schema that was found; one newer than [`newest`] is left alone.
pub(crate) fn run(connection: &mut Connection) -> rusqlite::Result<i64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found < newest() {
        for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "user_version", newest())?;
    }
    transaction.commit()?;
    Ok(found)
}
