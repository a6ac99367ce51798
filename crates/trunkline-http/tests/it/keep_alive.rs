//! Several requests on one connection.

use tokio::io::AsyncWriteExt as _;

use crate::peer::{Server, limits, routes};

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn requests_may_follow_each_other_unasked() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    peer.send(GET.repeat(50)).await;
    for _ in 0..50 {
        assert_eq!(peer.answer().await.body, "hello");
    }
}

#[tokio::test]
async fn http_1_0_and_connection_close_end_the_connection() {
    let server = Server::start(routes(), limits(|_| {})).await;
    for request in ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"] {
        let mut peer = server.connect().await;
        peer.send(request).await;
        assert_eq!(peer.answer().await.status, 200);
        assert_eq!(peer.closed().await, b"");
    }
}

#[tokio::test]
async fn a_client_that_stops_sending_still_gets_its_answer() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect().await;
    peer.send(GET).await;
    peer.0.shutdown().await.unwrap();
    assert_eq!(peer.answer().await.body, "hello");
    assert_eq!(peer.closed().await, b"");
}
