//! One HTTP/1.1 connection to an endpoint.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::stream::{Channel, Heard, Stream};

/// The most bytes of the head of an answer, and of what is read ahead of its body.
const HEAD: usize = 16 * 1024;

type Driver = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// A connection with its protocol. No task of its own drives it: whoever waits for something on it drives it meanwhile, so
/// a request costs no switch between tasks, and an idle connection costs nothing but memory and is gone when it is
/// dropped.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` once the connection has ended.
    driver: Option<Box<Driver>>,
    heard: Heard,
}

impl Connection {
    /// Takes an open channel over.
    pub(super) async fn new(channel: Channel) -> hyper::Result<Self> {
        let (stream, heard) = Stream::new(channel);
        let handshake = http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream));
        let (sender, driver) = handshake.await?;
        Ok(Self { sender, driver: Some(Box::new(driver)), heard })
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        self.heard.reset();
        let answer = self.sender.send_request(request);
        while_driving(&mut self.driver, answer).await
    }

    /// Whether any byte came in since the last request began.
    pub(super) fn heard_anything(&self) -> bool {
        self.heard.anything()
    }

    /// The next piece of the body of an answer.
    pub(super) async fn frame(&mut self, body: &mut Incoming) -> Option<hyper::Result<Frame<Bytes>>> {
        while_driving(&mut self.driver, body.frame()).await
    }

    /// Waits until another request may be sent.
    pub(super) async fn ready(&mut self) -> hyper::Result<()> {
        while_driving(&mut self.driver, self.sender.ready()).await
    }

    /// Whether another request may be sent now; looks whether the peer has closed the connection or sent anything it was
    /// not asked for.
    pub(super) async fn is_usable(&mut self) -> bool {
        poll_fn(|cx| {
            drive(&mut self.driver, cx);
            Poll::Ready(self.driver.is_some() && self.sender.is_ready())
        })
        .await
    }
}

/// Waits for a future that makes progress only while the connection does.
async fn while_driving<F: Future>(driver: &mut Option<Box<Driver>>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        // The connection first: what it brings in is then found by the future without another turn of the task.
        drive(driver, cx);
        future.as_mut().poll(cx)
    })
    .await
}

fn drive(driver: &mut Option<Box<Driver>>, cx: &mut Context<'_>) {
    // The error of a connection is also that of the request it concerns, if there is one.
    if let Some(connection) = driver
        && Pin::new(connection).poll(cx).is_ready()
    {
        *driver = None;
    }
}
