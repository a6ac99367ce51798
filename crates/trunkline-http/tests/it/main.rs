//! The listeners over real sockets.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod body;
mod connections;
mod keep_alive;
mod peer;
mod shutdown;
mod slow;
mod tls;
mod upgrade;
