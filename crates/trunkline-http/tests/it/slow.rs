//! Peers that take their time: each limit strikes, and only where it applies.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::peer::{SHORT, Server, limits, routes, soon};

/// A client's pace: well below [`SHORT`].
const PACE: Duration = Duration::from_millis(10);

#[tokio::test]
async fn a_head_that_does_not_end_is_cut_off() {
    let server = Server::start(routes(), limits(|limits| limits.head = SHORT)).await;
    let mut peer = server.connect().await;
    peer.send("GET / HTTP/1.1\r\nhost:").await;
    assert_eq!(peer.closed().await, b"");
}

#[tokio::test]
async fn a_later_head_that_does_not_end_is_cut_off_as_well() {
    let server = Server::start(routes(), limits(|limits| limits.head = SHORT)).await;
    let mut peer = server.connect().await;
    assert_eq!(peer.get("/").await.status, 200);
    peer.send("GET / HTTP/1.1\r\nhost:").await;
    assert_eq!(peer.closed().await, b"");
}

#[tokio::test]
async fn dripping_header_bytes_win_no_time() {
    let server = Server::start(routes(), limits(|limits| limits.head = SHORT)).await;
    let peer = server.connect().await;
    let (mut reading, mut writing) = tokio::io::split(peer.0);
    let drip = async {
        use tokio::io::AsyncWriteExt as _;
        let mut pace = interval(PACE);
        loop {
            pace.tick().await;
            if writing.write_all(b"G").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        () = drip => unreachable!("drips for ever"),
        _ = soon(tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut rest)) => {}
    }
}

#[tokio::test]
async fn a_new_connection_that_says_nothing_is_closed() {
    let server = Server::start(routes(), limits(|limits| limits.head = SHORT)).await;
    assert_eq!(server.connect().await.closed().await, b"");
    assert_eq!(server.connect_tls().await.closed().await, b"");
}

#[tokio::test]
async fn a_kept_connection_is_closed_after_the_idle_time() {
    let server = Server::start(routes(), limits(|limits| limits.idle = SHORT)).await;
    let mut peer = server.connect().await;
    assert_eq!(peer.get("/").await.status, 200);
    assert_eq!(peer.closed().await, b"");
}

#[tokio::test]
async fn the_idle_time_does_not_apply_inside_a_head() {
    let server = Server::start(routes(), limits(|limits| limits.idle = SHORT)).await;
    let mut peer = server.connect().await;
    assert_eq!(peer.get("/").await.status, 200);
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for byte in request {
        peer.send([*byte]).await;
        pace.tick().await;
    }
    assert_eq!(peer.answer().await.status, 200);
}

#[tokio::test]
async fn the_time_for_a_head_does_not_apply_between_requests() {
    let server = Server::start(routes(), limits(|limits| limits.head = SHORT)).await;
    let mut peer = server.connect().await;
    let mut pace = interval(SHORT * 3);
    for _ in 0..3 {
        assert_eq!(peer.get("/").await.status, 200);
        pace.tick().await;
    }
}

#[tokio::test]
async fn a_handler_may_take_longer_than_the_limits_on_reading() {
    let router = Router::new().route(
        "/",
        get(async || {
            tokio::time::sleep(SHORT * 3).await;
            "late"
        }),
    );
    let limits = limits(|limits| {
        limits.head = SHORT;
        limits.idle = SHORT;
        limits.body = SHORT;
    });
    let server = Server::start(router, limits).await;
    let mut peer = server.connect().await;
    assert_eq!(peer.get("/").await.body, "late");
    assert_eq!(peer.closed().await, b"");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_408() {
    let server = Server::start(routes(), limits(|limits| limits.body = SHORT)).await;
    let mut peer = server.connect().await;
    peer.send("POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").await;
    let answer = peer.answer().await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("connection"), Some("close"));
    peer.closed().await;
}

#[tokio::test]
async fn dripping_body_bytes_win_no_time() {
    let server = Server::start(routes(), limits(|limits| limits.body = SHORT)).await;
    let mut peer = server.connect().await;
    peer.send("POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let (mut reading, mut writing) = tokio::io::split(peer.0);
    let drip = async {
        use tokio::io::AsyncWriteExt as _;
        let mut pace = interval(PACE);
        loop {
            pace.tick().await;
            if writing.write_all(b"1\r\na\r\n").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = drip => unreachable!("drips for ever"),
        _ = soon(tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut answer)) => {}
    }
    assert!(answer.starts_with(b"HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_refused_body_that_does_not_come_delays_the_answer_no_longer_than_the_limit() {
    let server = Server::start(routes(), limits(|limits| limits.body = SHORT)).await;
    let mut peer = server.connect().await;
    peer.send("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").await;
    let answer = peer.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (401, Some("close")));
    peer.closed().await;
}

/// However long a body may take that somebody wants.
#[tokio::test]
async fn a_body_nobody_wants_keeps_no_answer_back() {
    let server = Server::start(routes(), limits(|limits| limits.body = Duration::from_hours(1))).await;
    for head in ["GET / HTTP/1.1", "HEAD / HTTP/1.1", "POST /refuse HTTP/1.1"] {
        let mut peer = server.connect().await;
        peer.send(format!("{head}\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc")).await;
        let answer = peer.closed().await;
        let head = String::from_utf8(answer).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 ") || head.starts_with("HTTP/1.1 401 "), "{head}");
        assert!(head.contains("connection: close\r\n"), "{head}");
    }
}

/// Tells when it is dropped.
#[derive(Clone)]
struct Told(mpsc::UnboundedSender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

struct Endless(#[expect(dead_code, reason = "dropped with the body")] Told);

impl hyper::body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        let data = bytes::Bytes::from_static(&[b'x'; 16 * 1024]);
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(data))))
    }
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let (told, mut dropped) = mpsc::unbounded_channel();
    let router =
        Router::new().route("/", get(async move || axum::body::Body::new(Endless(Told(told.clone())))));
    let server = Server::start(router, limits(|limits| limits.write = SHORT)).await;
    for _ in 0..2 {
        let mut plain = server.connect().await;
        plain.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        soon(dropped.recv()).await.unwrap();
        let mut tls = server.connect_tls().await;
        tls.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        soon(dropped.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn a_tls_handshake_that_does_not_end_is_cut_off() {
    let server = Server::start(routes(), limits(|limits| limits.handshake = SHORT)).await;
    for bytes in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let mut peer = crate::peer::Peer(tokio::net::TcpStream::connect(server.https).await.unwrap());
        peer.send(bytes).await;
        assert_eq!(peer.closed().await, b"");
    }
}
