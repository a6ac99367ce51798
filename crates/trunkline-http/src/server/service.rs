//! Between hyper and the router: notes when a request begins and ends, and deals with bodies nobody read.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tower::Service as _;

use super::Limits;
use super::upgrades::Upgrades;
use super::watch::Watch;

/// How long the rest of a body that nobody wants may stop while its answer waits: it may never come.
const PAUSE: Duration = Duration::from_secs(1);

/// What answers requests.
#[derive(Clone)]
pub(super) struct Application {
    router: Router,
    upgrades: Arc<Upgrades>,
}

impl Application {
    pub(super) fn new(router: Router, upgrades: Upgrades) -> Self {
        // Turns handlers into services once, not for every request.
        Self { router: router.with_state(()), upgrades: Arc::new(upgrades) }
    }
}

/// Answers one request.
pub(super) async fn answer(
    application: Application,
    watch: Arc<Watch>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    watch.request_begins();
    let has_body = !request.body().is_end_stream();
    let expects_continue = has_body && request.headers().contains_key(header::EXPECT);
    let Application { mut router, upgrades } = application;
    let mut request = request.map(|incoming| {
        if has_body {
            Body::new(RequestBody { incoming: Some(incoming), ended: false, watch: Arc::clone(&watch) })
        } else {
            Body::empty()
        }
    });
    if request.headers().contains_key(header::UPGRADE) {
        request.extensions_mut().insert(Upgrades::clone(&upgrades));
    }
    let mut response = router.call(request).await?;
    if has_body && let Some(leftover) = watch.take_leftover() {
        // The two answers about the body itself, and a client that waits for leave to send, get no more patience.
        let over = matches!(response.status(), StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT);
        if over || expects_continue || !discard(leftover, watch.limits()).await {
            watch.body_stays_unread();
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
    Ok(response.map(|inner| ResponseBody { inner, watch }))
}

/// Reads the rest of a body: the connection can carry the next request, and a client that sends everything before it
/// listens gets the answer rather than a reset. `false` when there is too much of it, or it comes too slowly, or stops.
async fn discard(mut body: impl hyper::body::Body<Data = Bytes> + Unpin, limits: &Limits) -> bool {
    if body.size_hint().lower() > limits.body_bytes as u64 {
        return false;
    }
    let whole = async {
        let mut seen = 0;
        loop {
            let Ok(frame) = tokio::time::timeout(PAUSE, body.frame()).await else { return false };
            let Some(frame) = frame else { return true };
            let Ok(frame) = frame else { return false };
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > limits.body_bytes {
                return false;
            }
        }
    };
    tokio::time::timeout(limits.body, whole).await.unwrap_or(false)
}

/// A request body that leaves what was not read to its connection.
struct RequestBody {
    incoming: Option<Incoming>,
    ended: bool,
    watch: Arc<Watch>,
}

impl hyper::body::Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(incoming).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.ended = true;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.is_end_stream()
            && let Some(incoming) = self.incoming.take()
        {
            self.watch.put_leftover(incoming);
        }
    }
}

/// A response body that notes its end.
pub(super) struct ResponseBody {
    inner: Body,
    watch: Arc<Watch>,
}

impl hyper::body::Body for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.watch.response_ends();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::{Empty, StreamBody};
    use tokio::time::{Instant, sleep};

    use super::*;

    /// Pieces of ten bytes, each after this time.
    fn pieces(count: usize, after: Duration) -> impl hyper::body::Body<Data = Bytes> + Unpin {
        let pieces = stream::unfold(count, move |left| async move {
            let left = left.checked_sub(1)?;
            sleep(after).await;
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b'x'; 10]))), left))
        });
        StreamBody::new(Box::pin(pieces))
    }

    async fn discarded(
        body: impl hyper::body::Body<Data = Bytes> + Unpin,
        limits: &Limits,
    ) -> (bool, Duration) {
        let begun = Instant::now();
        (discard(body, limits).await, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_is_read_to_its_end_and_one_that_stops_is_not_waited_for() {
        let limits = Limits { body: Duration::from_secs(30), body_bytes: 1000, ..Limits::default() };
        let millis = Duration::from_millis;
        assert_eq!(discarded(Empty::new(), &limits).await, (true, millis(0)));
        assert_eq!(discarded(pieces(10, millis(0)), &limits).await, (true, millis(0)));
        // A slow upload that was refused: its client listens when it has sent everything.
        assert_eq!(discarded(pieces(20, millis(900)), &limits).await, (true, millis(18_000)));
        assert_eq!(discarded(pieces(1, millis(5_000)), &limits).await, (false, PAUSE));
        assert_eq!(discarded(pieces(99, millis(900)), &limits).await, (false, limits.body));
        assert_eq!(discarded(pieces(101, millis(0)), &limits).await, (false, millis(0)));
        let impatient = Limits { body: millis(200), ..limits };
        assert_eq!(discarded(pieces(1, millis(5_000)), &impatient).await, (false, impatient.body));
    }
}
