//! Errors of SQLite as errors of the contract.

use std::sync::Arc;

use trunkline_storage::Error;

/// Says what was tried when SQLite failed.
pub(crate) trait During<T> {
    /// Names the operation.
    fn during(self, operation: &'static str) -> Result<T, Error>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, operation: &'static str) -> Result<T, Error> {
        self.map_err(|source| Error::Backend { operation, source: Box::new(source) })
    }
}

/// A failed operation, told in words.
pub(crate) fn failed(operation: &'static str, words: &'static str) -> Error {
    Error::Backend { operation, source: words.into() }
}

/// Stored data that does not parse: `what` is table and column, `id` the row.
pub(crate) fn corrupt(
    what: &'static str,
    id: &dyn std::fmt::Display,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Corrupt { what, id: id.to_string(), source: source.into() }
}

/// True when a unique key or primary key was taken.
pub(crate) fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
        && matches!(
            error.sqlite_error().map(|error| error.extended_code),
            Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
        )
}

/// Why a whole transaction failed; every waiter of the batch gets a copy.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum BatchFailure {
    /// SQLite failed.
    #[error("the transaction failed")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// Reading what a change was decided on failed.
    #[error("the transaction failed")]
    Read(#[source] Arc<Error>),
    /// SQLite rolled back on its own, as it may when the disk is full or fails, or memory runs out.
    #[error("the transaction was rolled back")]
    RolledBack,
    /// A bug; the transaction was rolled back.
    #[error("the writer panicked")]
    Panic,
}

impl From<rusqlite::Error> for BatchFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl BatchFailure {
    /// The answer to one waiter.
    pub(crate) fn answer(&self, operation: &'static str) -> Error {
        Error::Backend { operation, source: Box::new(self.clone()) }
    }
}
