//! How a socket ends.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use trunkline_wire::agent::Close;

/// Why no more frames are exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The server wants to close.
    Ours(Close),
    /// The client broke the protocol: what else it sends cannot be read. Code and reason for the close frame.
    Broken(u16, &'static str),
    /// The client closed.
    Theirs,
    /// The connection is lost, or nothing can be written to it.
    Lost,
}

/// A message that is not text. Source: RFC 6455 §7.4.1.
pub(super) const NOT_TEXT: End = End::Broken(1003, "text only");

impl End {
    /// What a reading error means.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Capacity(_) => Self::Broken(Close::FrameTooBig.code(), Close::FrameTooBig.reason()),
            Error::Utf8(_) => Self::Broken(1007, "not UTF-8"),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Lost,
            Error::Protocol(_) => Self::Broken(1002, "protocol error"),
            _ => Self::Lost,
        }
    }

    /// The close frame with which the server says so first.
    pub(super) fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::Ours(close) => (close.code(), close.reason()),
            Self::Broken(code, reason) => (code, reason),
            Self::Theirs | Self::Lost => return None,
        };
        Some(CloseFrame { code: code.into(), reason: reason.into() })
    }
}
