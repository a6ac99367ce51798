//! Signatures of webhooks. Source: spec 06 §4; Standard Webhooks, "Signature scheme".
//!
//! Both kinds are keyed with the UTF-8 bytes of the `client_secret` text. Keys are prepared once and sign many times.

mod legacy;
mod standard;

pub use legacy::WebhookKey;
pub use standard::{StandardKey, standard_webhooks_secret};
