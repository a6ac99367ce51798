//! One connection: TLS handshake, HTTP/1.1 with keep-alive and upgrades, and the watchdog over both.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::service::{Application, answer};
use super::socket::Socket;
use super::watch::{NEVER, Watch};

/// The smallest buffer hyper works with.
const HEADER_BYTES_LEAST: usize = 8 * 1024;

/// Why a connection ended.
enum End {
    /// Either side closed it, or it was upgraded.
    Closed,
    /// The watchdog closed it.
    TimedOut,
    /// The time for draining is over.
    Dropped,
}

/// Serves plain HTTP.
pub(super) async fn serve_plain(socket: Socket, watch: Arc<Watch>, application: Application) {
    serve(socket, watch, application).await;
}

/// Serves HTTP over TLS.
pub(super) async fn serve_tls(
    socket: Socket,
    watch: Arc<Watch>,
    application: Application,
    tls: TlsAcceptor,
    shutdown: CancellationToken,
) {
    let limit = watch.limits().handshake;
    let stream = tokio::select! {
        stream = tokio::time::timeout(limit, tls.accept(socket)) => stream,
        () = shutdown.cancelled() => return,
    };
    match stream {
        Ok(Ok(stream)) => {
            watch.handshake_ends();
            serve(stream, watch, application).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake timed out"),
    }
}

async fn serve<S>(stream: S, watch: Arc<Watch>, application: Application)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn({
        let watch = Arc::clone(&watch);
        move |request| answer(application.clone(), Arc::clone(&watch), request)
    });
    let connection = http1::Builder::new()
        // A client that went away does not cancel its request half-way: what was begun is finished.
        .half_close(true)
        .header_read_timeout(None)
        .max_buf_size(watch.limits().header_bytes.max(HEADER_BYTES_LEAST))
        // Answers are small: copying one behind its head is cheaper than a vectored write.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    match drive(connection, &watch).await {
        End::Closed => {}
        End::TimedOut => tracing::debug!("connection timed out"),
        End::Dropped => tracing::debug!("connection dropped at the end of draining"),
    }
}

/// A hyper connection as far as the watchdog needs it.
trait Drain: Future<Output = hyper::Result<()>> {
    fn begin_drain(self: std::pin::Pin<&mut Self>);
}

impl<S, H> Drain for http1::UpgradeableConnection<TokioIo<S>, H>
where
    Self: Future<Output = hyper::Result<()>>,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    H: hyper::service::HttpService<hyper::body::Incoming>,
    H::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    H::ResBody: 'static,
    <H::ResBody as hyper::body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn begin_drain(self: std::pin::Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Polls the connection and its one timer until either is through.
async fn drive(connection: impl Drain, watch: &Watch) -> End {
    let mut connection = pin!(connection);
    let mut armed = watch.deadline();
    let mut timer = pin!(tokio::time::sleep_until(watch.instant(armed)));
    let mut draining = false;
    poll_fn(|cx| {
        watch.set_task(cx.waker());
        if watch.should_close_now() {
            return Poll::Ready(End::Dropped);
        }
        if !draining && watch.should_close() {
            draining = true;
            connection.as_mut().begin_drain();
        }
        if let Poll::Ready(end) = connection.as_mut().poll(cx) {
            if let Err(error) = end {
                tracing::debug!(%error, "connection failed");
            }
            return Poll::Ready(End::Closed);
        }
        loop {
            let due = watch.deadline();
            if due < armed {
                armed = due;
                timer.as_mut().reset(watch.instant(due));
            }
            if armed == NEVER || timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if due <= armed {
                return Poll::Ready(End::TimedOut);
            }
            // The deadline moved on while the timer slept: sleep again, or not at all while a request is handled.
            armed = due;
            if due != NEVER {
                timer.as_mut().reset(watch.instant(due));
            }
        }
    })
    .await
}
