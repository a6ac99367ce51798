//! Where the next page of an answer starts.

use std::fmt;

use uuid::Uuid;

use crate::{ConversationId, IdError};

/// The last conversation of a page; the next page begins after it, whatever was started in between. Opaque to clients.
/// Shape: `c` and 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub ConversationId);

impl Cursor {
    /// Parses the text form.
    ///
    /// # Errors
    /// Anything that no answer holds.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = IdError::new("Cursor", "the `cursor` of an answer");
        let digits = text.strip_prefix('c').filter(|digits| digits.len() == 32).ok_or(error)?;
        Uuid::try_parse(digits).map(|uuid| Self(ConversationId::from_uuid(uuid))).map_err(|_| error)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0.as_uuid().as_simple())
    }
}

/// The last entry of a page of events, by the version of its conversation. Opaque to clients. Shape: `v` and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor(pub u64);

impl EventCursor {
    /// Parses the text form.
    ///
    /// # Errors
    /// Anything that no answer holds.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = IdError::new("EventCursor", "the `cursor` of an answer");
        let digits = text.strip_prefix('v').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        digits.and_then(|digits| digits.parse().ok()).map(Self).ok_or(error)
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}
