//! Background work of the platform: delivering webhooks.

pub mod webhooks;
