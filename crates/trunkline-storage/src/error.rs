//! Why a storage operation failed.

use trunkline_wire::ConversationId;

/// A failed storage operation. Only the first five are for callers to act on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Somebody else was first; decide again on the present state.
    #[error("another writer was first")]
    Conflict,
    /// The consumer has this open conversation.
    #[error("the consumer already has an open conversation")]
    AlreadyOpen(ConversationId),
    /// A unique value is taken.
    #[error("{0} is already taken")]
    Duplicate(&'static str),
    /// The thing to change is not there.
    #[error("nothing to change")]
    NotFound,
    /// The expected revision is not the present one.
    #[error("the revision is stale")]
    StaleRevision,
    /// Too many operations wait; try again later. Nothing was done.
    #[error("too many operations wait for the store")]
    Overloaded,
    /// The store is shutting down. Nothing was done.
    #[error("the store is closed")]
    Closed,
    /// This backend does not do that; the text says what to use instead.
    #[error("{0}")]
    Unsupported(&'static str),
    /// Stored data does not parse.
    #[error("stored {what} does not parse: {id}")]
    Corrupt {
        /// The kind of row.
        what: &'static str,
        /// Which one.
        id: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The backend failed.
    #[error("{operation} failed")]
    Backend {
        /// What was tried.
        operation: &'static str,
        /// The backend's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
