//! The connector's side of webhooks: an HTTPS server on loopback that answers 200 to everything, as the official sample
//! does (spec 06 §9), and hands what came to the walk.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use trunkline_wire::EpochMillis;

use super::mismatch::Mismatch;
use crate::data_dir::DataDir;

/// A notification must come within this time; the platform sends it at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests that may wait for the walk.
const WAITING: usize = 64;
/// Longest body accepted.
const MAX_BODY: usize = 1024 * 1024;

/// What the platform sent.
#[derive(Debug)]
pub(crate) struct Received {
    /// The path with the query string.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// Byte by byte as it came.
    pub(crate) body: Bytes,
}

/// A receiver on loopback; ends when dropped.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: String,
    received: mpsc::Receiver<Received>,
    _shutdown: DropGuard,
}

impl Receiver {
    /// Starts it with a certificate of the platform's own authority.
    pub(crate) async fn start(data_dir: &DataDir, now: EpochMillis) -> anyhow::Result<Self> {
        let (certificate, key) = crate::dev::peer_identity(data_dir, "Trunkline demo connector", now)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen")?;
        let url = format!("https://{}", listener.local_addr()?);
        let (sender, received) = mpsc::channel(WAITING);
        let shutdown = CancellationToken::new();
        let acceptor = Acceptor {
            tls: TlsAcceptor::from(Arc::new(config)),
            sender,
            tasks: TaskTracker::new(),
            shutdown: shutdown.clone(),
        };
        acceptor.tasks.clone().spawn(acceptor.run(listener));
        Ok(Self { url, received, _shutdown: shutdown.drop_guard() })
    }

    /// The base URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the next request.
    pub(crate) async fn next(&mut self) -> Result<Received, Mismatch> {
        let next = tokio::time::timeout(PATIENCE, self.received.recv()).await;
        next.ok().flatten().ok_or_else(|| {
            Mismatch::new(format!("no notification came within {} seconds", PATIENCE.as_secs()))
        })
    }

    /// A request that is there already.
    pub(crate) fn waiting(&mut self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

/// Takes connections.
#[derive(Clone)]
struct Acceptor {
    tls: TlsAcceptor,
    sender: mpsc::Sender<Received>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Acceptor {
    async fn run(self, listener: TcpListener) {
        while let Some(Ok((tcp, _))) = self.shutdown.run_until_cancelled(listener.accept()).await {
            let acceptor = self.clone();
            self.tasks.spawn(async move {
                acceptor.shutdown.run_until_cancelled(acceptor.converse(tcp)).await;
            });
        }
    }

    /// A connection that breaks shows as a notification that does not come.
    async fn converse(&self, tcp: TcpStream) {
        let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, self.tls.accept(tcp)).await else { return };
        let service = service_fn(|request| receive(request, self.sender.clone()));
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new());
        let _ = server.serve_connection(TokioIo::new(stream), service).await;
    }
}

/// Takes a request in; it counts as received when the walk will see it.
async fn receive(
    request: Request<Incoming>,
    sender: mpsc::Sender<Received>,
) -> Result<Response<Full<Bytes>>, anyhow::Error> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(anyhow::Error::from_boxed)?.to_bytes();
    let path = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let received = Received { path, headers: head.headers, body };
    let status = if head.method != Method::POST {
        StatusCode::METHOD_NOT_ALLOWED
    } else if sender.try_send(received).is_err() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let mut response = Response::new(Full::new(Bytes::from_static(b"\"OK\"")));
    *response.status_mut() = status;
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_posted_is_handed_over() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::new(folder.path());
        let now = trunkline_model::Clock::now(&crate::clock::SystemClock);
        crate::dev::server_identity(&data_dir, now).unwrap();
        let mut receiver = Receiver::start(&data_dir, now).await.unwrap();

        let pem = std::fs::read(data_dir.ca_file()).unwrap();
        let authority = reqwest::Certificate::from_pem(&pem).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([authority]).no_proxy().build().unwrap();
        let url = format!("{}/lp/content?k=v", receiver.url());
        let answer = client.post(&url).header("x-a", "b").body("{}").send().await.unwrap();
        assert_eq!((answer.status(), answer.text().await.unwrap().as_str()), (StatusCode::OK, "\"OK\""));
        let request = receiver.next().await.unwrap();
        assert_eq!((request.path.as_str(), &request.body[..]), ("/lp/content?k=v", &b"{}"[..]));
        assert_eq!(request.headers["x-a"], "b");

        assert_eq!(client.get(&url).send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
        assert!(receiver.waiting().is_none());
    }
}
