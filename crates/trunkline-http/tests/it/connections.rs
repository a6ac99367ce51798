//! The number of connections is limited.

use tokio::net::TcpStream;

use crate::peer::{Peer, Server, limits, routes, soon};

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let server = Server::start(routes(), limits(|limits| limits.connections = 2)).await;
    let mut first = server.connect().await;
    let mut second = server.connect_tls().await;
    assert_eq!(first.get("/").await.status, 200);
    assert_eq!(second.get("/").await.status, 200);

    let mut refused = server.connect().await;
    refused.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = refused.answer().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_ok());
    assert_eq!(refused.closed().await, b"");

    let mut refused = Peer(TcpStream::connect(server.https).await.unwrap());
    assert_eq!(refused.closed().await, b"");

    // A place that is given back can be taken again, once the server has noticed.
    drop(first);
    soon(async {
        loop {
            let mut peer = server.connect().await;
            peer.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
            if peer.answer().await.status == 200 {
                break;
            }
        }
    })
    .await;
    assert_eq!(second.get("/").await.status, 200);
}

#[tokio::test]
async fn every_place_is_given_back() {
    let server = Server::start(routes(), limits(|limits| limits.connections = 1)).await;
    for _ in 0..20 {
        let mut peer = server.connect().await;
        peer.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        let status = peer.answer().await.status;
        assert!(status == 200 || status == 503, "{status}");
        peer.closed().await;
    }
}
