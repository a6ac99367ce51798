//! A request that was not carried out. Source: spec 21 §4, 24 §3.

use trunkline_model::conversation::Refusal;
use trunkline_wire::agent::ErrorCode;
use trunkline_wire::conversations::envelope::{CLOSED, already_open};

use crate::Error;
use crate::conversations::{ConversationError, NotDone};
use crate::files::FileError;
use crate::socket::fault;

/// Code and text of the answer.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: ErrorCode,
    pub(super) text: String,
}

impl Refused {
    pub(super) fn new(code: ErrorCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, text)
    }

    /// What is not there and what is another consumer's are not told apart.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("{what} not found"))
    }

    pub(super) fn too_many(text: &str) -> Self {
        Self::new(ErrorCode::TooManyRequests, text)
    }

    /// The account's task is gone: the server is stopping.
    pub(super) fn unavailable() -> Self {
        Self::new(ErrorCode::Unavailable, "the server is stopping, connect again")
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let (code, text) = fault(&error, "a request of a consumer");
        Self::new(code, text)
    }
}

impl From<trunkline_storage::Error> for Refused {
    fn from(error: trunkline_storage::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => Self::bad(CLOSED),
            Refusal::UnknownDialog | Refusal::NotParticipant => Self::not_found("dialog"),
            Refusal::NotAllowed => Self::new(ErrorCode::Forbidden, refusal.to_string()),
            other => Self::bad(other.to_string()),
        }
    }
}

impl From<NotDone> for Refused {
    fn from(error: NotDone) -> Self {
        match error {
            NotDone::Unknown => Self::not_found("conversation"),
            NotDone::Refused(refusal) => refusal.into(),
            NotDone::Service(error) => error.into(),
        }
    }
}

impl From<FileError> for Refused {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Invalid(rule) => Self::bad(rule),
            FileError::Unknown => Self::not_found("file"),
            FileError::TooManyWaiting => Self::too_many(&error.to_string()),
            FileError::Service(error) => error.into(),
        }
    }
}

impl From<ConversationError> for Refused {
    fn from(error: ConversationError) -> Self {
        match error {
            ConversationError::Unknown => Self::not_found("conversation"),
            ConversationError::Closed => Self::bad(CLOSED),
            ConversationError::AlreadyOpen(consumer) => Self::bad(already_open(consumer)),
            ConversationError::Refused(refusal) => refusal.into(),
            ConversationError::Service(error) => error.into(),
            other => Self::bad(other.to_string()),
        }
    }
}
