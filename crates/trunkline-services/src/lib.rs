//! The application layer: one module per service.
//!
//! A service method takes the proof that its caller may act ([`auth`]), asks the model to decide, and makes one atomic
//! storage call. It knows nothing of HTTP.

pub mod accounts;
pub mod agent;
pub mod audit;
pub mod auth;
pub mod backups;
mod closing;
pub mod consumer;
pub mod conversations;
pub mod domains;
pub mod erasure;
pub mod error;
pub mod expiry;
pub mod files;
pub mod history;
pub mod idp;
pub mod installations;
pub mod keys;
pub mod monitoring;
mod rate;
pub mod sentinel;
pub mod settings;
pub mod skills;
pub mod socket;
pub mod users;
pub mod webhooks;
mod wiring;

pub use error::Error;
pub use wiring::{Dependencies, Options, Services};
