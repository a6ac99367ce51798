//! Connections may leave HTTP, as a WebSocket does.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio_util::task::TaskTracker;

use crate::peer::{Peer, SHORT, Server, limits, routes, soon};

/// Echoes bytes after the upgrade until the client ends.
async fn echo(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    TaskTracker::new().spawn(async move {
        let (mut reading, mut writing) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
        tokio::io::copy(&mut reading, &mut writing).await.unwrap();
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "echo")];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(peer: &mut Peer<S>, words: &str) {
    peer.send(words).await;
    let mut echoed = vec![0; words.len()];
    soon(peer.0.read_exact(&mut echoed)).await.unwrap();
    assert_eq!(echoed, words.as_bytes());
}

#[tokio::test]
async fn upgraded_connections_outlive_the_limits_of_http_but_keep_their_place() {
    let router = Router::new().route("/echo", get(echo)).merge(routes());
    let limits = limits(|limits| {
        limits.connections = 2;
        limits.idle = SHORT;
    });
    let server = Server::start(router, limits).await;
    let request = "GET /echo HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    let mut plain = server.connect().await;
    plain.send(request).await;
    assert_eq!(plain.answer().await.status, 101);
    let mut tls = server.connect_tls().await;
    tls.send(request).await;
    assert_eq!(tls.answer().await.status, 101);
    let mut pace = tokio::time::interval(SHORT * 2);
    for _ in 0..3 {
        pace.tick().await;
        talk(&mut plain, "over plain").await;
        talk(&mut tls, "over TLS").await;
    }
    let mut refused = server.connect().await;
    refused.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(refused.answer().await.status, 503);
}
