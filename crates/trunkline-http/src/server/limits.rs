//! What one peer may take: sizes, times and connections.

use std::time::Duration;

/// The limits of the listeners and of request bodies. The defaults are those of the documented configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest request body in bytes; longer ones are answered 413.
    pub body_bytes: usize,
    /// The longest request head (request line and headers) in bytes, at least 8 KiB; longer ones are answered 431.
    pub header_bytes: usize,
    /// The deepest nesting of a JSON body.
    pub json_depth: usize,
    /// Open connections over all listeners, upgraded ones included.
    pub connections: usize,
    /// From accepting a connection to the end of its TLS handshake.
    pub handshake: Duration,
    /// From a request's first byte (on a new connection: from its opening) to the end of its headers.
    pub head: Duration,
    /// From the moment a handler wants the body to the body's end; then 408.
    pub body: Duration,
    /// Between an answer and the first byte of the next request.
    pub idle: Duration,
    /// How long a peer may take nothing of an answer that is being written.
    pub write: Duration,
    /// How long running requests may go on after shutdown began.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            header_bytes: 64 * 1024,
            json_depth: 64,
            connections: 10_000,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}
