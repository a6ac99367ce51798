//! A TCP socket that tells its [`Watch`] what happens on it and closes without cutting off the answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connections::Place;
use super::watch::Watch;

/// What a lingering close reads at most before it gives up on the peer.
const DISCARDED_MOST: usize = 16 * 1024 * 1024;

/// The lowest layer of a connection, below TLS: progress is measured where the peer cannot fake it.
pub(super) struct Socket {
    tcp: TcpStream,
    place: Place,
    sent_end: bool,
    discarded: usize,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream, place: Place) -> Self {
        Self { tcp, place, sent_end: false, discarded: 0 }
    }

    fn watch(&self) -> &Watch {
        self.place.watch()
    }

    fn wrote(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &outcome {
            Poll::Pending => self.watch().write_blocks(),
            Poll::Ready(_) => self.watch().write_moves(),
        }
        outcome
    }

    /// Reads and forgets until the peer's end, so that the kernel has no reason to reset the connection.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        while self.discarded < DISCARDED_MOST {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.tcp).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.discarded += buffer.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    self.watch().lingers();
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.watch().bytes_come();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        self.wrote(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.tcp).poll_write_vectored(cx, slices);
        self.wrote(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.sent_end {
            ready!(Pin::new(&mut self.tcp).poll_shutdown(cx))?;
            self.sent_end = true;
        }
        if self.watch().peer_may_send() {
            ready!(self.poll_discard(cx));
        }
        Poll::Ready(Ok(()))
    }
}
