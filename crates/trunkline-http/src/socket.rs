//! Sockets that speak WebSocket: from the handshake to the close, whoever speaks over them. Source: RFC 6455; spec 21 §1, §4 – §6.
//!
//! `tokio-tungstenite` serves the frames over hyper's upgraded connection. axum's own WebSocket would hide the connection, on
//! which progress is measured, and would run it in a task that shutdown cannot wait for.

mod end;
mod exchange;
mod handshake;
mod limits;
mod open;
mod progress;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use exchange::Exchange;
pub(crate) use handshake::{Handshake, HandshakeRefusal};
pub use limits::SocketLimits;
pub(crate) use open::{Kind, OpenSockets};
pub(crate) use run::run;

use std::sync::Arc;

/// What every socket is served with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sockets {
    /// What one socket may take.
    pub(crate) limits: Arc<SocketLimits>,
    /// How many there are.
    pub(crate) open: Arc<OpenSockets>,
}
