//! Why a command to a conversation failed.

use trunkline_model::conversation::Refusal;
use trunkline_storage as storage;
use trunkline_wire::ConsumerId;

/// A failed command. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConversationError {
    /// No such conversation or dialog, or not the caller's: the two are not told apart.
    #[error("the conversation or dialog is unknown")]
    Unknown,
    /// It takes no more of this.
    #[error("the conversation is closed")]
    Closed,
    /// The consumer has an open conversation already.
    #[error("consumer {0} already has an open conversation")]
    AlreadyOpen(ConsumerId),
    /// Input that breaks a rule; the text names it.
    #[error("{0}")]
    Invalid(&'static str),
    /// Trouble on our side.
    #[error(transparent)]
    Service(#[from] crate::Error),
}

impl From<Refusal> for ConversationError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Closed,
            Refusal::UnknownDialog | Refusal::NotParticipant => Self::Unknown,
        }
    }
}

impl From<storage::Error> for ConversationError {
    fn from(error: storage::Error) -> Self {
        Self::Service(error.into())
    }
}
