//! A WebSocket over TLS.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use trunkline_http::TlsIdentity;
use trunkline_testkit::{Settings, TestAuthority, TestServer};

#[tokio::test]
async fn frames_are_exchanged_over_tls() {
    let authority = TestAuthority::new("sockets");
    let identity = authority.server(&["localhost"]);
    let tls =
        TlsIdentity::from_pem(identity.certificate_pem.as_bytes(), identity.key_pem.as_bytes()).unwrap();
    let mut settings = Settings { tls: Some(tls), ..Settings::default() };
    settings.options.idp.identities.anonymous = true;
    let server = TestServer::with(settings).await;
    let token = server.sign_up().await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(server.https().unwrap()).await.unwrap();
    let stream =
        TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), tcp).await.unwrap();
    let url = format!("wss://localhost/ws_api/account/{}/messaging/consumer?v=3", TestServer::ACCOUNT);
    let (mut socket, _) = client_async(url, stream).await.unwrap();

    let credentials = json!([{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]);
    // Longer than one record of TLS.
    let padding = "x".repeat(100_000);
    for frame in [
        json!({"kind": "req", "id": "0", "type": "InitConnection", "headers": credentials}),
        json!({"kind": "req", "id": "1", "type": "GetClock", "body": {"padding": padding}}),
    ] {
        socket.send(Message::text(frame.to_string())).await.unwrap();
        let answer = loop {
            if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
                break serde_json::from_str::<Value>(&text).unwrap();
            }
        };
        assert_eq!((&answer["reqId"], &answer["code"]), (&frame["id"], &json!(200)));
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
}
