//! Background work of the platform: delivering webhooks, sweeping files.

pub mod files;
pub mod webhooks;
