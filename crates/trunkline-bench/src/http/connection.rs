//! One keep-alive connection, plain or TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::answer::{Cut, cut};
use super::{Answer, Stream};

/// Bytes read at once; every answer of the benchmarks fits.
const BUFFER: usize = 16 * 1024;

/// Why an exchange brought no answer.
#[derive(Debug)]
pub enum ExchangeError {
    /// The connection broke or was closed.
    Io(io::Error),
    /// What came back is no HTTP/1.1 answer with a length.
    Garbled,
}

impl std::fmt::Display for ExchangeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(_) => formatter.write_str("the connection broke"),
            Self::Garbled => formatter.write_str("the answer is no HTTP/1.1 answer with a length"),
        }
    }
}

impl std::error::Error for ExchangeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Garbled => None,
        }
    }
}

impl From<io::Error> for ExchangeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Where to connect to, and whether over TLS.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address, always loopback here.
    pub address: SocketAddr,
    /// The TLS configuration, `None` for plain HTTP.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// A plain HTTP target.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// When connecting or the TLS handshake fails.
    pub async fn connect(&self) -> Result<Connection, ExchangeError> {
        let stream = self.stream().await?;
        Ok(Connection { stream, buffer: vec![0; BUFFER], filled: 0, consumed: 0 })
    }

    /// Opens the stream below a connection.
    ///
    /// # Errors
    /// When connecting or the TLS handshake fails.
    pub async fn stream(&self) -> io::Result<Stream> {
        Stream::open(self.address, self.tls.as_ref()).await
    }
}

/// One keep-alive connection; one exchange at a time.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
    filled: usize,
    consumed: usize,
}

impl Connection {
    /// Sends a request and receives its answer.
    ///
    /// # Errors
    /// When the connection breaks; whether the server has carried out the request is then unknown.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, ExchangeError> {
        self.buffer.copy_within(self.consumed..self.filled, 0);
        self.filled -= self.consumed;
        self.consumed = 0;
        let cut = converse(&mut self.stream, request, &mut self.buffer, &mut self.filled).await?;
        self.consumed = cut.end;
        Ok(Answer { status: cut.status, body: self.buffer.get(cut.head..cut.end).unwrap_or_default() })
    }
}

async fn converse(
    stream: &mut Stream,
    request: &[u8],
    buffer: &mut Vec<u8>,
    filled: &mut usize,
) -> Result<Cut, ExchangeError> {
    stream.write_all(request).await?;
    stream.flush().await?;
    loop {
        if *filled == buffer.len() {
            buffer.resize(buffer.len() * 2, 0);
        }
        let read = stream.read(buffer.get_mut(*filled..).unwrap_or_default()).await?;
        if read == 0 {
            return Err(ExchangeError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        *filled += read;
        if let Some(cut) = cut(buffer.get(..*filled).unwrap_or_default())? {
            return Ok(cut);
        }
    }
}
