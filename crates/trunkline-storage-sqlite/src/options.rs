//! How a store is opened, and why that may fail.

use std::path::PathBuf;
use std::time::Duration;

/// Bounds of an embedded store. The defaults suit one machine.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most writes that wait; one more is refused with [`trunkline_storage::Error::Overloaded`].
    pub queue: usize,
    /// The most writes in one transaction.
    pub batch: usize,
    /// The most connections that read at the same time.
    pub readers: usize,
    /// The conversations index is brought up to date after this many log entries…
    pub index_after_entries: u64,
    /// …or this long after the last time, whatever comes first.
    pub index_after: Duration,
    /// A checkpoint begins when so many bytes wait in the write-ahead log.
    pub checkpoint_bytes: u64,
    /// Above this size the write-ahead log is brought to an end, so that it begins again at its start.
    pub wal_bytes: u64,
    /// The most conversations kept in memory whose place is also in the index.
    pub clean_heads: usize,
    /// The most of the newest log entries kept in memory for those who follow the log…
    pub tail_entries: usize,
    /// …and the most bytes they may take.
    pub tail_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 8192,
            batch: 1024,
            readers: 4,
            index_after_entries: 32_768,
            index_after: Duration::from_secs(1),
            checkpoint_bytes: 16 << 20,
            wal_bytes: 64 << 20,
            clean_heads: 32_768,
            tail_entries: 8192,
            tail_bytes: 8 << 20,
        }
    }
}

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory or a file in it cannot be used.
    #[error("cannot use {path}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process has this store open.
    #[error("the store in {0} is in use by another process")]
    InUse(PathBuf),
    /// The store was written by a newer version of this program.
    #[error(
        "the store in {path} has schema {found}, this program knows schemas up to {known}: use a newer program"
    )]
    TooNew {
        /// Where the store is.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// The file is not a SQLite database, or SQLite refused it.
    #[error("cannot open the database {path}")]
    Database {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        #[source]
        source: rusqlite::Error,
    },
    /// The end of the log cannot be read.
    #[error("cannot recover the end of the log in {path}")]
    Log {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: trunkline_storage::Error,
    },
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}
