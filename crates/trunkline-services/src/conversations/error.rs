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
    /// What the rules of conversations forbid; the refusal says which.
    #[error(transparent)]
    Refused(Refusal),
    /// Trouble on our side.
    #[error(transparent)]
    Service(#[from] crate::Error),
}

impl From<Refusal> for ConversationError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::Closed,
            Refusal::UnknownDialog | Refusal::WrongConversation | Refusal::NotParticipant => Self::Unknown,
            other => Self::Refused(other),
        }
    }
}

impl From<storage::Error> for ConversationError {
    fn from(error: storage::Error) -> Self {
        Self::Service(error.into())
    }
}

/// A command that was not carried out, before anybody decides what its author may know of that.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// The account, or the consumer, has no such conversation.
    #[error("the conversation is unknown")]
    Unknown,
    /// The rules forbid it.
    #[error(transparent)]
    Refused(Refusal),
    /// Trouble on our side.
    #[error(transparent)]
    Service(#[from] crate::Error),
}

impl From<storage::Error> for NotDone {
    fn from(error: storage::Error) -> Self {
        Self::Service(error.into())
    }
}

impl From<NotDone> for ConversationError {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Unknown => Self::Unknown,
            NotDone::Refused(refusal) => refusal.into(),
            NotDone::Service(error) => Self::Service(error),
        }
    }
}
