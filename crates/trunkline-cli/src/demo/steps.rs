//! The steps of the walk, by the service they talk to.

pub(crate) mod admin;
pub(crate) mod agent;
pub(crate) mod conversation;
pub(crate) mod domains;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod messages;
pub(crate) mod monitoring;
pub(crate) mod tokens;
pub(crate) mod webhooks;
