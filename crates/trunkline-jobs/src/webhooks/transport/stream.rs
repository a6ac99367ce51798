//! The bytes of a connection, plain or encrypted.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// Whether the peer said anything since a request began.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<AtomicBool>);

impl Heard {
    /// A request begins.
    pub(super) fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether at least one byte came.
    pub(super) fn anything(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that notes whether anything came in.
pub(super) struct Stream {
    channel: Channel,
    heard: Heard,
}

/// Plain or encrypted.
pub(super) enum Channel {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn new(channel: Channel) -> (Self, Heard) {
        let heard = Heard::default();
        (Self { channel, heard: heard.clone() }, heard)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let result = ready!(match &mut this.channel {
            Channel::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Channel::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        });
        if buf.filled().len() > before {
            this.heard.0.store(true, Ordering::Relaxed);
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().channel {
            Channel::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Channel::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().channel {
            Channel::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Channel::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.channel {
            Channel::Plain(tcp) => tcp.is_write_vectored(),
            Channel::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().channel {
            Channel::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Channel::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().channel {
            Channel::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Channel::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
