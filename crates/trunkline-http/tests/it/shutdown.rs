//! A server that stops lets running requests finish.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::peer::{SHORT, Server, limits, routes, soon};

/// A handler that says when it was entered and waits for leave to answer.
fn gated() -> (Router, Arc<Semaphore>, Arc<Semaphore>) {
    let (entered, leave) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let handler = {
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        async move || {
            entered.add_permits(1);
            leave.acquire().await.unwrap().forget();
            "finished"
        }
    };
    (Router::new().route("/gate", get(handler)).merge(routes()), entered, leave)
}

#[tokio::test]
async fn running_requests_finish_and_nothing_new_is_accepted() {
    let (router, entered, leave) = gated();
    let server = Server::start(router, limits(|_| {})).await;
    let mut plain = server.connect().await;
    let mut tls = server.connect_tls().await;
    let mut idle = server.connect().await;
    let mut fresh = server.connect().await;
    assert_eq!(idle.get("/").await.status, 200);
    plain.send("GET /gate HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tls.send("GET /gate HTTP/1.1\r\nhost: x\r\n\r\n").await;
    soon(entered.acquire_many(2)).await.unwrap().forget();

    server.shutdown.cancel();
    assert_eq!(idle.closed().await, b"");
    assert_eq!(fresh.closed().await, b"");
    assert!(!server.serving.is_finished());
    leave.add_permits(2);
    for answer in [plain.answer().await, tls.answer().await] {
        assert_eq!(answer.body, "finished");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(plain.closed().await, b"");
    assert_eq!(tls.closed().await, b"");
    soon(server.serving).await.unwrap();
    assert!(TcpStream::connect(server.http).await.is_err());
}

#[tokio::test]
async fn draining_ends_in_time_whatever_runs() {
    let (router, entered, _leave) = gated();
    let server = Server::start(router, limits(|limits| limits.drain = SHORT)).await;
    let mut peer = server.connect().await;
    peer.send("GET /gate HTTP/1.1\r\nhost: x\r\n\r\n").await;
    soon(entered.acquire()).await.unwrap().forget();
    server.shutdown.cancel();
    soon(server.serving).await.unwrap();
    assert_eq!(peer.closed().await, b"");
}

#[tokio::test]
async fn an_unfinished_handshake_does_not_hold_up_the_end() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let _stalled = TcpStream::connect(server.https).await.unwrap();
    let mut other = server.connect_tls().await;
    assert_eq!(other.get("/").await.status, 200);
    server.shutdown.cancel();
    soon(server.serving).await.unwrap();
}

#[tokio::test]
async fn a_server_without_listeners_ends_as_well() {
    let options = trunkline_http::ListenerOptions::default();
    let listeners = trunkline_http::Listeners::bind(options).await.unwrap();
    let shutdown = tokio_util::sync::CancellationToken::new();
    shutdown.cancel();
    soon(listeners.serve(routes(), shutdown)).await;
}
