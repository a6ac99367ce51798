//! One keep-alive connection, plain or TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Answer;
use super::answer::{Cut, cut};

/// Bytes read at once; every answer of the benchmarks fits.
const BUFFER: usize = 16 * 1024;

/// Why an exchange brought no answer.
#[derive(Debug)]
pub enum ExchangeError {
    /// The connection broke or was closed.
    Io(std::io::Error),
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

impl From<std::io::Error> for ExchangeError {
    fn from(error: std::io::Error) -> Self {
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
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        let stream = match &self.tls {
            None => Stream::Plain(tcp),
            Some(config) => {
                let name = ServerName::from(self.address.ip());
                Stream::Tls(Box::new(TlsConnector::from(Arc::clone(config)).connect(name, tcp).await?))
            }
        };
        Ok(Connection { stream, buffer: vec![0; BUFFER], filled: 0, consumed: 0 })
    }
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
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
        let cut = match &mut self.stream {
            Stream::Plain(stream) => converse(stream, request, &mut self.buffer, &mut self.filled).await?,
            Stream::Tls(stream) => converse(stream, request, &mut self.buffer, &mut self.filled).await?,
        };
        self.consumed = cut.end;
        Ok(Answer { status: cut.status, body: self.buffer.get(cut.head..cut.end).unwrap_or_default() })
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
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
            return Err(ExchangeError::Io(std::io::ErrorKind::UnexpectedEof.into()));
        }
        *filled += read;
        if let Some(cut) = cut(buffer.get(..*filled).unwrap_or_default())? {
            return Ok(cut);
        }
    }
}
