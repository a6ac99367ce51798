//! The WebSocket of an agent (spec 21 §1), always over TLS.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use trunkline_model::Secret;
use trunkline_wire::AccountId;
use trunkline_wire::agent::Close;

use super::trouble::Trouble;

/// Connecting, and writing one frame, takes no longer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The largest frame taken; the published SDKs take as much (spec 21 §1).
const LARGEST_FRAME: usize = 100 << 20;

/// An open socket.
pub(super) struct Socket(WebSocketStream<TlsStream<TcpStream>>);

/// The authorities to trust: those of the system, and one more.
pub(super) fn tls(ca_file: Option<&Path>) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    // Certificates of the system that cannot be read are those of nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        for certificate in
            CertificateDer::pem_file_iter(path).with_context(|| format!("cannot read {}", path.display()))?
        {
            let certificate = certificate.with_context(|| format!("{} is damaged", path.display()))?;
            roots.add(certificate).with_context(|| format!("{} is no authority", path.display()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS has no protocol version")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Socket {
    /// Opens a socket on a host of the Domain API.
    pub(super) async fn open(
        tls: &TlsConnector,
        host: &str,
        account: &AccountId,
        bearer: &Secret,
    ) -> Result<Self, Trouble> {
        let opened = tokio::time::timeout(PATIENCE, Self::connect(tls, host, account, bearer)).await;
        let unreachable = |cause| Trouble::Unreachable { host: host.to_owned(), cause };
        match opened {
            Ok(Ok(socket)) => Ok(socket),
            Ok(Err(Refused::Status(401))) => Err(Trouble::BearerRefused),
            Ok(Err(Refused::Status(status))) => {
                let status = http::StatusCode::from_u16(status).unwrap_or_default();
                Err(Trouble::Status { what: "the opening of the socket", status })
            }
            Ok(Err(Refused::Other(cause))) => Err(unreachable(cause)),
            Err(_) => Err(unreachable(anyhow::anyhow!("the time is over"))),
        }
    }

    async fn connect(
        tls: &TlsConnector,
        host: &str,
        account: &AccountId,
        bearer: &Secret,
    ) -> Result<Self, Refused> {
        let place: http::Uri = format!("https://{host}").parse().context("the host is no address")?;
        let name = place.host().context("the host has no name")?;
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let tcp =
            TcpStream::connect((bare, place.port_u16().unwrap_or(443))).await.context("cannot connect")?;
        // An agent's requests are small and must not wait for one another.
        tcp.set_nodelay(true).context("cannot set the socket up")?;
        let name = ServerName::try_from(bare.to_owned()).context("the host is no name")?;
        let stream = tls.connect(name, tcp).await.context("cannot agree on TLS")?;
        let url = format!("wss://{host}/ws_api/account/{account}/messaging/brand/{}?v=2.1", bearer.expose());
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST_FRAME))
            .max_frame_size(Some(LARGEST_FRAME));
        match tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(Refused::Status(response.status().as_u16())),
            // The error of the handshake may name the URL, and with it the bearer.
            Err(_) => Err(Refused::Other(anyhow::anyhow!("the server did not open a WebSocket"))),
        }
    }

    /// Sends a text.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Trouble> {
        self.write(Message::text(text)).await
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), Trouble> {
        self.write(Message::Ping(bytes::Bytes::new())).await
    }

    async fn write(&mut self, message: Message) -> Result<(), Trouble> {
        match tokio::time::timeout(PATIENCE, self.0.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Trouble::Lost(error.to_string())),
            Err(_) => Err(Trouble::Lost("nothing can be sent any more".to_owned())),
        }
    }

    /// The next frame; `None` for one without text, which is a sign of life all the same.
    pub(super) async fn next(&mut self) -> Result<Option<String>, Trouble> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Ok(Some(text.to_string())),
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map_or(1005, |frame| u16::from(frame.code));
                if code == Close::TokenExpired.code() {
                    return Err(Trouble::BearerRefused);
                }
                let reason = frame.map_or_else(String::new, |frame| frame.reason.to_string());
                Err(Trouble::Lost(format!("closed with {code} {reason}").trim_end().to_owned()))
            }
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(Trouble::Lost(error.to_string())),
            None => Err(Trouble::Lost("the server is gone".to_owned())),
        }
    }

    /// Says good bye; nobody waits for an answer.
    pub(super) async fn close(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.0.close(None)).await;
    }
}

/// Why a socket did not open.
enum Refused {
    /// The server answered with this status.
    Status(u16),
    Other(anyhow::Error),
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
