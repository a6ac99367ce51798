//! Bodies and heads of all sizes.

use tokio::io::AsyncWriteExt as _;

use crate::peer::{Server, limits, routes};

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_body_of_just_the_limit_is_taken() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    let head = format!("POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: {MIB}\r\n\r\n");
    peer.send(head).await;
    peer.send(vec![b'x'; MIB]).await;
    assert_eq!(peer.answer().await.body, MIB.to_string());
    assert_eq!(peer.get("/").await.status, 200);
}

#[tokio::test]
async fn a_longer_body_is_answered_413_even_if_the_client_sends_it_all_before_it_reads() {
    let server = Server::start(routes(), limits(|_| {})).await;
    for _ in 0..5 {
        let mut peer = server.connect().await;
        peer.send(format!("POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 4 * MIB)).await;
        peer.send(vec![b'x'; 4 * MIB]).await;
        let answer = peer.answer().await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.body, r#"{"error":{"status":413,"message":"the request body is too large"}}"#);
        drop(peer);
    }
}

#[tokio::test]
async fn a_long_chunked_body_is_answered_413() {
    let server = Server::start(routes(), limits(|limits| limits.body_bytes = 1000)).await;
    let mut peer = server.connect().await;
    peer.send("POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for _ in 0..11 {
        peer.send(format!("64\r\n{}\r\n", "x".repeat(100))).await;
    }
    assert_eq!(peer.answer().await.status, 413);
}

#[tokio::test]
async fn chunks_are_put_together() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    peer.send("POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    peer.send("2\r\nde\r\n0\r\n\r\n").await;
    assert_eq!(peer.answer().await.body, "5");
    assert_eq!(peer.get("/").await.status, 200);
}

#[tokio::test]
async fn a_long_head_is_answered_431() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    let most = "x".repeat(60 * 1024);
    peer.send(format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {most}\r\n\r\n")).await;
    assert_eq!(peer.answer().await.status, 200);
    peer.send(format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {most}{most}\r\n\r\n")).await;
    assert_eq!(peer.answer().await.status, 431);
    peer.closed().await;
}

#[tokio::test]
async fn no_http_is_answered_400() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    peer.send("EHLO example\r\n\r\n").await;
    assert_eq!(peer.answer().await.status, 400);
    peer.closed().await;
}

/// The official sample sends bodies with GET and DELETE (spec 10 §1, T2 and T3).
#[tokio::test]
async fn a_meaningless_body_does_no_harm() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    for _ in 0..2 {
        peer.send(
            "GET / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n",
        )
        .await;
        peer.send("[object Object]").await;
        let answer = peer.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (200, None));
    }
}

#[tokio::test]
async fn a_refused_request_keeps_its_connection_if_the_body_comes() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    peer.send(format!("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 300_000)).await;
    peer.send(vec![b'x'; 300_000]).await;
    let answer = peer.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (401, None));
    assert_eq!(peer.get("/").await.status, 200);
}

#[tokio::test]
async fn a_body_that_ends_early_is_answered_400() {
    let server = Server::start(routes(), limits(|_| {})).await;
    for head in ["content-length: 10\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\nzz\r\n"] {
        let mut peer = server.connect().await;
        peer.send(format!("POST /length HTTP/1.1\r\nhost: x\r\n{head}")).await;
        peer.0.shutdown().await.unwrap();
        let answer = peer.answer().await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body, r#"{"error":{"status":400,"message":"the request body is incomplete"}}"#);
        peer.closed().await;
    }
}

#[tokio::test]
async fn leave_to_continue_is_given_only_for_a_body_that_is_wanted() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    let head = "HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    peer.send(format!("POST /length {head}")).await;
    assert_eq!(peer.answer().await.status, 100);
    peer.send("abc").await;
    assert_eq!(peer.answer().await.body, "3");
    peer.send(format!("POST /refuse {head}")).await;
    assert_eq!(peer.answer().await.status, 401);
}
