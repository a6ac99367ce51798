//! The TLS listener.

use std::net::SocketAddr;

use trunkline_http::server::TlsError;
use trunkline_http::{ListenError, ListenerOptions, Listeners, TlsIdentity};

use crate::peer::{Server, limits, routes};

#[tokio::test]
async fn only_http_1_1_is_offered_and_connections_are_kept() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = server.connect_tls().await;
    assert_eq!(peer.0.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    for _ in 0..3 {
        assert_eq!(peer.get("/").await.body, "hello");
    }
}

#[tokio::test]
async fn plain_http_on_the_tls_port_does_no_harm() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let mut peer = crate::peer::Peer(tokio::net::TcpStream::connect(server.https).await.unwrap());
    peer.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    peer.closed().await;
    assert_eq!(server.connect_tls().await.get("/").await.status, 200);
}

#[tokio::test]
async fn an_address_in_use_is_reported() {
    let server = Server::start(routes(), limits(|_| {})).await;
    let options = ListenerOptions { http: Some(server.http), ..ListenerOptions::default() };
    let error = Listeners::bind(options).await.err().unwrap();
    assert_eq!(error.to_string(), format!("cannot listen on {}", server.http));
}

#[tokio::test]
async fn an_unusable_identity_is_reported() {
    assert!(matches!(TlsIdentity::from_pem(b"", b""), Err(TlsError::NoCertificate)));
    let one = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    assert!(matches!(TlsIdentity::from_pem(one.cert.pem().as_bytes(), b"nonsense"), Err(TlsError::Key(_))));
    let identity =
        TlsIdentity::from_pem(one.cert.pem().as_bytes(), other.signing_key.serialize_pem().as_bytes())
            .unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = ListenerOptions { https: Some((any, identity)), ..ListenerOptions::default() };
    let error = Listeners::bind(options).await.err().unwrap();
    assert!(matches!(error, ListenError::Tls(TlsError::Unusable(_))));
}
