//! Webhooks as the rest of the platform sees them: what was delivered, what waits, and what an operator may ask for.
//!
//! Delivering itself is background work of another crate. The two meet in the [`Hub`]: services tell it what changed, each
//! delivering app registers a handle there by which it can be asked.

mod erased;
mod error;
mod hub;
pub mod notification;
mod notifier;
mod record_tail;
mod records;
mod replay;
mod sampler;
mod service;
mod status;
mod test;
#[cfg(test)]
mod tests;

pub use error::WebhookError;
pub use hub::{AppCommand, AppHandle, ChatState, ChatStates, Hub, Replay, ReplayError};
pub use notifier::{Notification, Notifier};
pub use record_tail::{RecordTail, Tailed};
pub use replay::ReplayRequest;
pub use sampler::{SampleAnswer, Sampler};
pub use service::{Webhooks, WebhooksParts};
pub use status::{AppStatus, DeliveryPhase};
pub use test::{SignatureVerdict, TestReport, TestedSample, Verdict};
