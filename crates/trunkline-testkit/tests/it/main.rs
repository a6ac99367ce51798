//! The platform over HTTP, as clients see it. One module per service.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod agent_socket;
mod agents;
mod auth_coverage;
mod auto_messages;
mod consumers;
mod conversations;
mod deliveries;
mod domains;
mod engagements;
mod erasure;
mod export;
mod files;
mod forgery;
mod fuzz_corpus;
mod health;
mod history;
mod idp;
mod installations;
mod limits;
mod monitoring;
mod official_sample;
mod robustness;
mod sentinel;
mod sessions;
mod surveys;
mod user_keys;
mod webhooks;
mod world;
