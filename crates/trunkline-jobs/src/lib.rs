//! Background work of the platform: delivering webhooks, sweeping files, erasing what is too old.

pub mod files;
pub mod retention;
mod rounds;
pub mod webhooks;
