//! A server under test and a client that speaks bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_http::extract::{Body, BodyError};
use trunkline_http::{Limits, ListenerOptions, Listeners, RequestContext, TlsIdentity};

/// Longer than anything should take; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A limit that is to strike.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

pub(crate) async fn soon<F: Future>(what: F) -> F::Output {
    tokio::time::timeout(PATIENCE, what).await.expect("should have happened long ago")
}

pub(crate) fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

/// A router with the handlers that most tests need.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || "hello").post(async || "posted"))
        .route(
            "/length",
            post(async |body: Result<Body, BodyError>| body.map(|body| body.bytes().len().to_string())),
        )
        .route("/refuse", post(async || http::StatusCode::UNAUTHORIZED))
}

pub(crate) struct Server {
    pub(crate) http: SocketAddr,
    pub(crate) https: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) serving: JoinHandle<()>,
    connector: TlsConnector,
}

impl Server {
    pub(crate) async fn start(router: Router, limits: Limits) -> Self {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = certified.cert.pem();
        let key = certified.signing_key.serialize_pem();
        let identity = TlsIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let context = RequestContext::new(limits.clone(), None);
        let options = ListenerOptions { http: Some(any), https: Some((any, identity)), limits };
        let listeners = Listeners::bind(options).await.unwrap();
        let (http, https) = (listeners.http_addr().unwrap(), listeners.https_addr().unwrap());
        let shutdown = CancellationToken::new();
        let serving =
            TaskTracker::new().spawn(listeners.serve(router.layer(Extension(context)), shutdown.clone()));
        Self { http, https, shutdown, serving, connector: connector(certified.cert.der()) }
    }

    pub(crate) async fn connect(&self) -> Peer<TcpStream> {
        Peer(soon(TcpStream::connect(self.http)).await.unwrap())
    }

    pub(crate) async fn connect_tls(&self) -> Peer<TlsStream<TcpStream>> {
        let tcp = soon(TcpStream::connect(self.https)).await.unwrap();
        Peer(soon(self.connector.connect("localhost".try_into().unwrap(), tcp)).await.unwrap())
    }
}

fn connector(certificate: &rustls_pki_types::CertificateDer<'static>) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// The client's end of a connection.
pub(crate) struct Peer<S>(pub(crate) S);

/// An answer, as far as the tests look at it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.0.write_all(bytes.as_ref())).await.unwrap();
        soon(self.0.flush()).await.unwrap();
    }

    /// Reads one answer with a `content-length`.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(self.0.read_u8()).await.expect("an answer"));
        }
        let head = String::from_utf8(head).unwrap();
        let mut answer =
            Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        soon(self.0.read_exact(&mut body)).await.unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
        self.answer().await
    }

    /// Waits until the server closes; whatever still comes is returned.
    pub(crate) async fn closed(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset, or TLS without its farewell, is closed as well.
        let _ = soon(self.0.read_to_end(&mut rest)).await;
        rest
    }
}
