//! Notices when the client takes nothing of what is written.
//!
//! A message may be megabytes long, so the time a whole one takes says nothing; what counts is the last time that bytes
//! went out. Pongs are written while reading: only below both directions is everything seen.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How writing goes on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    blocked_since: Mutex<Option<Instant>>,
    blocked: Notify,
}

impl Progress {
    /// Waits until nothing could be written for this long.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let since = *self.blocked_since();
            let Some(since) = since else {
                self.blocked.notified().await;
                continue;
            };
            tokio::time::sleep_until(since + limit).await;
            if *self.blocked_since() == Some(since) {
                return;
            }
        }
    }

    fn note<T>(&self, outcome: &Poll<T>) {
        let mut since = self.blocked_since();
        if outcome.is_ready() {
            *since = None;
        } else if since.is_none() {
            *since = Some(Instant::now());
            drop(since);
            self.blocked.notify_one();
        }
    }

    fn blocked_since(&self) -> MutexGuard<'_, Option<Instant>> {
        // A single value is right whatever happened to its last holder.
        self.blocked_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream whose writing is watched. Over TLS the last 64 KiB count as written when all of them are.
pub(super) struct Watched<S> {
    stream: S,
    progress: Arc<Progress>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, progress: Arc<Progress>) -> Self {
        Self { stream, progress }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.progress.note(&outcome);
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.progress.note(&outcome);
        outcome
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
