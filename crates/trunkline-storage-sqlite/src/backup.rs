//! Copies of the store while it serves.
//!
//! `VACUUM INTO` writes the copy inside one read transaction, so it is what some commit left, whole. Writers go on in the
//! write-ahead log, which cannot begin anew while the copy is being written: it grows by what is written meanwhile, and
//! the writer does not wait for it ([`Checkpoints::copying`]).
//! SQLite's other way, copying page by page, would begin again with every commit and never end under load.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use trunkline_storage::{Backup, Error, StoreCopy};
use uuid::Uuid;

use crate::checkpoint::Checkpoints;
use crate::failure::{During as _, failed};
use crate::log::position;
use crate::row::{column, one, unsigned};
use crate::{SqliteStorage, connection};

/// How the files of unfinished copies are called.
const PREFIX: &str = "copy-";
/// Their ending.
const SUFFIX: &str = ".tmp";

const LAST: &str = "SELECT coalesce(max(ordinal), 0) FROM log";
/// Every conversation begins with version 1.
const COUNTS: &str = "SELECT count(*), count(*) FILTER (WHERE version = 1) FROM log";

#[async_trait]
impl Backup for SqliteStorage {
    async fn copy(&self) -> Result<StoreCopy, Error> {
        let source = self.path().to_owned();
        let checkpoints = self.checkpoints();
        let copying = tokio::task::spawn_blocking(move || copy(&source, &checkpoints));
        copying.await.unwrap_or_else(|_| Err(failed("backup", "the copying thread ended early")))
    }
}

fn copy(source: &Path, checkpoints: &Checkpoints) -> Result<StoreCopy, Error> {
    let name = format!("{PREFIX}{}{SUFFIX}", Uuid::new_v4().simple());
    let path = source.with_file_name(name);
    let file_failed = |source: io::Error| Error::Backend { operation: "backup", source: source.into() };
    connection::create_private(&path).map_err(file_failed)?;
    // From here on the file goes away with this value.
    let mut copy = StoreCopy::at(path);
    let text = copy.path().to_str().ok_or_else(|| failed("backup", "the path of the store is not UTF-8"))?;
    let reader = connection::reader(source).during("backup")?;
    {
        let _copying = checkpoints.copying();
        reader.execute("VACUUM INTO ?1", [text]).during("backup")?;
    }
    // SQLite leaves it to the system when the copy reaches the disk.
    let file = File::open(copy.path()).map_err(file_failed)?;
    file.sync_all().map_err(file_failed)?;
    copy.bytes = file.metadata().map_err(file_failed)?.len();
    let written = connection::reader(copy.path()).during("backup")?;
    let last = one(&written, "backup", LAST, [], |row| column(row, 0, "log.ordinal", &"last"))?;
    copy.position = position(last.unwrap_or(0));
    Ok(copy)
}

/// What is in a database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// Log entries.
    pub entries: u64,
    /// Conversations.
    pub conversations: u64,
}

/// Reads a whole database file that nobody has open, and says what is in it. Blocks.
///
/// # Errors
/// What is wrong with it.
pub fn verify(path: &Path) -> Result<Contents, Error> {
    let reader = connection::reader(path).during("verify")?;
    let verdict = one(&reader, "verify", "PRAGMA quick_check(1)", [], |row| {
        column::<String>(row, 0, "quick_check", &"first")
    })?;
    if verdict.as_deref() != Some("ok") {
        return Err(failed("verify", "the database is damaged"));
    }
    let contents = one(&reader, "verify", COUNTS, [], |row| {
        Ok(Contents {
            entries: unsigned(row, 0, "log", &"count")?,
            conversations: unsigned(row, 1, "log", &"count")?,
        })
    })?;
    contents.ok_or_else(|| failed("verify", "the log cannot be counted"))
}

/// Removes what killed processes left of copies. The directory is this process's.
pub(crate) fn clean(directory: &Path) {
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
    };
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(is_copy) {
        if let Err(error) = std::fs::remove_file(&path) {
            let path = path.display();
            tracing::warn!(%path, error = &error as &dyn std::error::Error, "an unfinished copy is in the way");
        }
    }
}
