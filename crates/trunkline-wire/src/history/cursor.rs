//! Where the next page of an answer starts.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::{ConversationId, IdError};

/// Where the next page begins, whatever was started in between. Opaque to clients. Shape: `c` and 32 hex digits, and if
/// conversations are still to be skipped, `s` and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last conversation that was looked at.
    pub after: ConversationId,
    /// What is left of the offset with which the list began.
    pub skip: usize,
}

impl Cursor {
    /// Parses the text form.
    ///
    /// # Errors
    /// Anything that no answer holds.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = IdError::new("Cursor", "the `cursor` of an answer");
        let rest = text.strip_prefix('c').ok_or(error)?;
        let (digits, skip) = match rest.split_once('s') {
            Some((digits, skip)) => (digits, count(skip)),
            None => (rest, Some(0)),
        };
        let after = if digits.len() == 32 { Uuid::try_parse(digits).ok() } else { None };
        match (after, skip) {
            (Some(after), Some(skip)) => Ok(Self { after: ConversationId::from_uuid(after), skip }),
            _ => Err(error),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.after.as_uuid().as_simple())?;
        if self.skip > 0 { write!(f, "s{}", self.skip) } else { Ok(()) }
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
        text.strip_prefix('v').and_then(count).map(Self).ok_or(error)
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// A number in digits only.
fn count<T: FromStr>(digits: &str) -> Option<T> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
