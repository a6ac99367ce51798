//! One socket.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::frame::{Answer, Frame};
use crate::http::{Stream, Target};

/// Enough for a message; a longer frame grows the buffer for its time. There may be ten thousand sockets.
const READ_BUFFER: usize = 8 * 1024;

/// Why a socket is of no use.
#[derive(Debug)]
pub enum SocketError {
    /// The handshake was answered with this status.
    Refused(u16),
    /// The server closed with this code.
    Closed(u16),
    /// The connection broke, or could not be opened.
    Broken(Box<dyn std::error::Error + Send + Sync>),
    /// A frame is not what the contract says.
    Garbled(String),
}

impl std::fmt::Display for SocketError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(status) => write!(formatter, "the socket was refused with {status}"),
            Self::Closed(code) => write!(formatter, "the server closed the socket with {code}"),
            Self::Broken(_) => formatter.write_str("the socket broke"),
            Self::Garbled(frame) => write!(formatter, "the frame is not what the contract says: {frame}"),
        }
    }
}

impl std::error::Error for SocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Broken(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

impl From<Error> for SocketError {
    fn from(error: Error) -> Self {
        match error {
            Error::Http(response) => Self::Refused(response.status().as_u16()),
            other => Self::Broken(other.into()),
        }
    }
}

/// The open socket of an agent. Source: spec 21 §1.
#[derive(Debug)]
pub struct AgentSocket {
    stream: WebSocketStream<Stream>,
    requests: u64,
}

impl AgentSocket {
    /// Opens one.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn open(target: &Target, account: &str, bearer: &str) -> Result<Self, SocketError> {
        let stream = target.stream().await.map_err(|error| SocketError::Broken(error.into()))?;
        // The scheme decides nothing here: TLS is below.
        let url = format!("ws://{}/ws_api/account/{account}/messaging/brand/{bearer}?v=2.1", target.address);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(None)
            .max_frame_size(None);
        let (stream, _) = client_async_with_config(url, stream, Some(config)).await?;
        Ok(Self { stream, requests: 0 })
    }

    /// The id that the next request will have.
    pub fn upcoming(&self) -> u64 {
        self.requests + 1
    }

    /// Sends a request without waiting; returns its id.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn send(&mut self, name: &str, body: &Value) -> Result<u64, SocketError> {
        self.requests += 1;
        let id = self.requests;
        let frame = json!({"kind": "req", "id": id.to_string(), "type": name, "body": body});
        self.stream.send(Message::text(frame.to_string())).await?;
        Ok(id)
    }

    /// The next text. May be dropped while it waits.
    ///
    /// # Errors
    /// When the connection breaks or the server closes.
    pub async fn next(&mut self) -> Result<Utf8Bytes, SocketError> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => {
                    return Err(SocketError::Closed(frame.map_or(1005, |frame| frame.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(SocketError::Closed(1006)),
            }
        }
    }

    /// Sends a request and waits for its answer. What comes in between is forgotten.
    ///
    /// # Errors
    /// When the connection breaks or a frame is not what the contract says.
    pub async fn ask(&mut self, name: &str, body: &Value) -> Result<Answer, SocketError> {
        let id = self.send(name, body).await?;
        loop {
            let text = self.next().await?;
            match Frame::read(&text) {
                Ok(Frame::Answer(answer)) if answer.request == id => return Ok(answer),
                Ok(_) => {}
                Err(_) => return Err(SocketError::Garbled(text.to_string())),
            }
        }
    }
}
