//! Webhooks: notifications from the server to connectors. Source: spec 06.
//!
//! A notification carries exactly one change, because receivers read no further than the first. Whoever serialises one
//! with `serde_json` gets the bytes that JavaScript's `JSON.stringify` would print for the parsed body: many receivers
//! verify the signature over such a reprint.

mod conversation_change;
mod escape;
mod message_change;
mod notification;
mod resume;
#[cfg(test)]
mod tests;

pub use conversation_change::{ClosedDialog, ConversationChange, Csat, Dialog, Ttr};
pub use escape::escape_non_ascii;
pub use message_change::{MessageChange, Numbered};
pub use notification::{Change, Notification, Participant};
pub use resume::{RESUME_PATH, ResumeOwnDeliveries};
