//! The bare echo: axum on one thread, a JSON object parsed and serialised back. No routing table, no layers, no work.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::routing::post;
use axum::serve::{Listener, ListenerExt as _};
use axum::{Json, Router};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{announce, without_delay};

#[derive(Serialize, Deserialize)]
struct Message {
    id: String,
    kind: String,
    sequence: u64,
    text: String,
}

/// Serves the echo until the process is ended; prints the address first. With `certificate`, over TLS with a
/// certificate made now and written there.
///
/// # Errors
/// When the listener or the certificate cannot be made.
pub fn serve(certificate: Option<&Path>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let acceptor = certificate.map(acceptor).transpose()?;
        announce(address);
        let router = Router::new().route("/echo", post(echo));
        match acceptor {
            None => axum::serve(listener.tap_io(without_delay), router).await?,
            Some(acceptor) => axum::serve(TlsListener { listener, acceptor }, router).await?,
        }
        Ok(())
    })
}

async fn echo(Json(message): Json<Message>) -> Json<Message> {
    Json(message)
}

fn acceptor(path: &Path) -> anyhow::Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed([String::from("127.0.0.1"), String::from("localhost")])?;
    std::fs::write(path, made.cert.pem()).with_context(|| format!("writing {}", path.display()))?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())
        .map_err(|reason| anyhow::anyhow!("the new key is unusable: {reason}"))?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .context("the new certificate is unusable")?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Handshakes one after the other, which is enough for connections that are opened before measuring.
struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (mut stream, address) = Listener::accept(&mut self.listener).await;
            without_delay(&mut stream);
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
