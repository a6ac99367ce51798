//! The plain and the TLS listener: HTTP/1.1 with keep-alive and upgrades, limits on everything a peer may take, and a
//! shutdown that lets running requests finish.
//!
//! Each connection is one task, which polls hyper's connection and one timer side by side. What the timer enforces is
//! in `watch`; the limits on request bodies are in [`crate::extract`], because they are answered rather than cut.

mod accept;
mod connection;
mod connections;
mod limits;
mod service;
mod socket;
mod tls;
mod upgrades;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use accept::Acceptor;
use connections::Connections;
pub use limits::Limits;
use service::Application;
pub use tls::{TlsError, TlsIdentity};
pub(crate) use upgrades::{Shutdown, Upgrades};

/// Where to listen. Port 0 lets the system choose.
#[derive(Debug, Default)]
pub struct ListenerOptions {
    /// The address for plain HTTP.
    pub http: Option<SocketAddr>,
    /// The address for HTTPS and the certificate to show.
    pub https: Option<(SocketAddr, TlsIdentity)>,
    /// What one peer may take.
    pub limits: Limits,
}

/// Why a listener cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address is taken, not ours, or forbidden.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("cannot set up TLS")]
    Tls(#[from] TlsError),
}

/// Listeners that are bound but do not serve yet.
pub struct Listeners {
    http: Option<Bound>,
    https: Option<(Bound, TlsAcceptor)>,
    limits: Arc<Limits>,
}

struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    async fn to(address: SocketAddr) -> Result<Self, ListenError> {
        let bind = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bind.await.map_err(|source| ListenError::Bind { address, source })
    }
}

impl Listeners {
    /// Opens the listeners.
    ///
    /// # Errors
    /// When an address cannot be bound or the certificate cannot be used.
    pub async fn bind(options: ListenerOptions) -> Result<Self, ListenError> {
        let http = match options.http {
            Some(address) => Some(Bound::to(address).await?),
            None => None,
        };
        let https = match options.https {
            Some((address, identity)) => {
                let tls = TlsAcceptor::from(Arc::new(identity.into_config()?));
                Some((Bound::to(address).await?, tls))
            }
            None => None,
        };
        Ok(Self { http, https, limits: Arc::new(options.limits) })
    }

    /// The address of the plain listener, with the port the system chose.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(|bound| bound.address)
    }

    /// The address of the TLS listener, with the port the system chose.
    pub fn https_addr(&self) -> Option<SocketAddr> {
        self.https.as_ref().map(|(bound, _)| bound.address)
    }

    /// Serves until `shutdown`, then stops accepting, lets running requests finish for at most [`Limits::drain`], drops
    /// the rest and returns. Upgraded connections are asked to close and waited for alike.
    pub async fn serve(self, router: Router, shutdown: CancellationToken) {
        let connections = Connections::new(Arc::clone(&self.limits));
        let tasks = TaskTracker::new();
        let ends = Shutdown { begin: shutdown.clone(), drop_now: CancellationToken::new() };
        let upgrades = Upgrades { tasks: tasks.clone(), shutdown: ends.clone() };
        let acceptor = Acceptor {
            application: Application::new(router, upgrades),
            connections: Arc::clone(&connections),
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
            polite: Arc::new(AtomicUsize::new(0)),
        };
        if let Some(bound) = self.http {
            tasks.spawn(acceptor.clone().run(bound.listener, None));
        }
        if let Some((bound, tls)) = self.https {
            tasks.spawn(acceptor.run(bound.listener, Some(tls)));
        }
        shutdown.cancelled().await;
        tasks.close();
        connections.close_gracefully();
        if tokio::time::timeout(self.limits.drain, tasks.wait()).await.is_err() {
            tracing::warn!("requests still running after draining; dropping them");
            connections.close_now();
            ends.drop_now.cancel();
            tasks.wait().await;
        }
    }
}
