//! A webhook receiver that costs next to nothing: HTTP/1.1 with keep-alive, requests cut by hand, nothing allocated per
//! request.
//!
//! It shares the load generator's core, so what it spends is missing there. What it does with a request is a [`Desk`]'s
//! business: an [`Inbox`] counts and measures in this process, a [`process`] writes a ledger that outlives the server.

mod cut;
mod inbox;
mod listener;
mod notification;
mod places;
pub mod process;
mod signature;

pub use cut::Received;
pub use inbox::{Counts, Inbox};
pub use listener::{Desk, Receiver, Reply};
pub use notification::{ConversationKey, Notification};
pub use signature::SignatureCheck;
