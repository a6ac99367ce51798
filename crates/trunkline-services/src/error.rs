//! What a service call may fail with; `trunkline-http` turns it into each service family's own error body.

use trunkline_storage as storage;

/// A failed service call. Callers act on the first variants; the rest is trouble on our side.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was named does not exist, or not for this caller.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Input that breaks a rule; the text names the member and the rule and is safe to show.
    #[error("{0}")]
    Invalid(String),
    /// Something unique is taken; the text is safe to show.
    #[error("{0}")]
    Duplicate(String),
    /// `If-Match` named another revision than the present one.
    #[error("the app installations have changed since revision {0}")]
    StaleRevision(i64),
    /// Too much work waits, or the store is shutting down; nothing was done.
    #[error("too many requests wait")]
    Overloaded,
    /// The store failed.
    #[error("the store failed")]
    Storage(#[source] storage::Error),
    /// A cryptographic operation failed.
    #[error("a cryptographic operation failed")]
    Crypto(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Overloaded | storage::Error::Closed => Self::Overloaded,
            other => Self::Storage(other),
        }
    }
}
