//! Connections and their settings.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// The name of the database file.
pub(crate) const DATABASE: &str = "trunkline.db";
/// Held locked by the process that has the store open.
pub(crate) const LOCK: &str = "trunkline.lock";

/// Bytes of a page. Frames of the write-ahead log have the same size.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// Two of our own connections may meet for a moment; nobody else has the file open.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// The connection that writes.
pub(crate) fn writer(path: &Path, wal_bytes: u64) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "page_size", setting(PAGE_BYTES))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", setting(wal_bytes), |_| Ok(()))?;
    // What is removed or replaced is to be gone, and what SQLite moves to other pages leaves no copy behind in new ones.
    connection.pragma_update_and_check(None, "secure_delete", "on", |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Enough for the inner pages; the others are in the system's cache.
    connection.pragma_update(None, "cache_size", -1024)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The connection that moves the write-ahead log into the database.
pub(crate) fn checkpointer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -256)?;
    Ok(connection)
}

/// Creates the database file readable by its owner only; SQLite gives the files beside it the same mode.
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn setting(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
