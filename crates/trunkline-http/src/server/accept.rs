//! The accept loop of one listener: survives every error, turns away what is too much.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{serve_plain, serve_tls};
use super::connections::Connections;
use super::service::Application;
use super::socket::Socket;

/// How long to wait after an error that will not go away by itself, such as having no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections are turned away politely at the same time; the others are just closed.
const POLITE_MOST: usize = 64;

/// How long a connection that was turned away may take to read why.
const POLITE_TIME: Duration = Duration::from_secs(1);

/// The answer when all places are taken.
const FULL: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/json\r\n",
    "content-length: 64\r\n",
    "retry-after: 1\r\n",
    "access-control-allow-origin: *\r\n",
    "access-control-expose-headers: retry-after\r\n",
    "connection: close\r\n",
    "\r\n",
    r#"{"error":{"status":503,"message":"too many connections; retry"}}"#,
);

/// Where connections come from.
pub(super) trait Source: Send + Sync + 'static {
    /// Waits for the next connection.
    fn accept(&self) -> impl Future<Output = io::Result<TcpStream>> + Send;
}

impl Source for TcpListener {
    async fn accept(&self) -> io::Result<TcpStream> {
        Self::accept(self).await.map(|(tcp, _)| tcp)
    }
}

/// What all listeners of a server share.
#[derive(Clone)]
pub(super) struct Acceptor {
    pub(super) application: Application,
    pub(super) connections: Arc<Connections>,
    pub(super) tasks: TaskTracker,
    pub(super) shutdown: CancellationToken,
    pub(super) polite: Arc<AtomicUsize>,
}

impl Acceptor {
    /// Accepts until shutdown.
    pub(super) async fn run(self, source: impl Source, tls: Option<TlsAcceptor>) {
        loop {
            let accepted = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return,
                accepted = source.accept() => accepted,
            };
            match accepted {
                Ok(tcp) => self.take(tcp, tls.as_ref()),
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::select! {
                        () = self.shutdown.cancelled() => return,
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        }
    }

    fn take(&self, tcp: TcpStream, tls: Option<&TlsAcceptor>) {
        let Some(place) = self.connections.admit() else {
            tracing::debug!("connection refused: all places are taken");
            if tls.is_none() {
                self.turn_away(tcp);
            }
            return;
        };
        // A socket that cannot be set up will fail at its first use.
        let _ = tcp.set_nodelay(true);
        let watch = Arc::clone(place.watch());
        let socket = Socket::new(tcp, place);
        let application = self.application.clone();
        match tls {
            None => self.tasks.spawn(serve_plain(socket, watch, application)),
            Some(tls) => {
                self.tasks.spawn(serve_tls(socket, watch, application, tls.clone(), self.shutdown.clone()))
            }
        };
    }

    /// Says why before closing, to a bounded number of peers at a time.
    fn turn_away(&self, mut tcp: TcpStream) {
        if self.polite.fetch_add(1, Ordering::Relaxed) >= POLITE_MOST {
            self.polite.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let polite = Arc::clone(&self.polite);
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            let say = async {
                tcp.write_all(FULL.as_bytes()).await?;
                tcp.shutdown().await?;
                // Closing with unread bytes would reset the connection before the peer has read the answer.
                let mut scratch = [0; 1024];
                while tcp.read(&mut scratch).await? > 0 {}
                io::Result::Ok(())
            };
            tokio::select! {
                _ = tokio::time::timeout(POLITE_TIME, say) => {}
                () = shutdown.cancelled() => {}
            }
            polite.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted | Kind::ConnectionReset | Kind::ConnectionRefused | Kind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::Router;
    use tokio::time::Instant;

    use super::*;
    use crate::server::{Limits, Upgrades};

    /// Fails in the given ways, then asks for the end.
    struct Failing {
        errors: Mutex<Vec<io::Error>>,
        shutdown: CancellationToken,
    }

    impl Source for Failing {
        async fn accept(&self) -> io::Result<TcpStream> {
            let error = self.errors.lock().unwrap().pop();
            if let Some(error) = error {
                return Err(error);
            }
            self.shutdown.cancel();
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn errors_neither_end_nor_spin_the_loop() {
        let shutdown = CancellationToken::new();
        let acceptor = Acceptor {
            application: Application::new(Router::new(), Upgrades::default()),
            connections: Connections::new(Arc::new(Limits::default())),
            tasks: TaskTracker::new(),
            shutdown: shutdown.clone(),
            polite: Arc::default(),
        };
        // 24 is EMFILE: no file descriptor left.
        let errors = [24, 24, 24].map(io::Error::from_raw_os_error);
        let aborted = [io::ErrorKind::ConnectionAborted; 5].map(io::Error::from);
        let errors = Mutex::new(errors.into_iter().chain(aborted).collect());
        let began = Instant::now();
        acceptor.run(Failing { errors, shutdown }, None).await;
        let waited = began.elapsed();
        assert!(waited >= PAUSE * 3 && waited < PAUSE * 4, "{waited:?}");
    }

    #[test]
    fn the_refusal_states_its_length() {
        let (head, body) = FULL.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
