//! The steps of the walk, by the service they talk to.

pub(crate) mod admin;
pub(crate) mod agent;
pub(crate) mod conversation;
pub(crate) mod domains;
pub(crate) mod messages;
pub(crate) mod tokens;
pub(crate) mod webhooks;
