//! What one socket may take.

use std::time::Duration;

use trunkline_wire::agent::{IDLE_LIMIT, MAX_FRAME_BYTES, PING_INTERVAL};

/// The limits on a WebSocket. The defaults are those of the contract (spec 21 §1, §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketLimits {
    /// The longest message in bytes; a longer one closes the socket with 1009.
    pub frame_bytes: usize,
    /// How long a client may send nothing at all; then the socket is closed with 1000.
    pub idle: Duration,
    /// How often the server pings.
    pub ping: Duration,
    /// How long a client may take nothing of what is being written; then the connection is dropped.
    pub write: Duration,
    /// How long the end may take: writing the close frame, the client's answer to it, and the connection's end.
    pub close: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            frame_bytes: MAX_FRAME_BYTES,
            idle: IDLE_LIMIT,
            ping: PING_INTERVAL,
            write: Duration::from_secs(10),
            close: Duration::from_secs(3),
        }
    }
}
