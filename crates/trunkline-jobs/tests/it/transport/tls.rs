//! Certificates, versions of TLS and mutual TLS. Source: spec 06 §2 and §8; issue 3, "Bad endpoints".

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use trunkline_jobs::webhooks::transport::{
    Authorities, ClientCertificate, HttpTransport, TransportError, TransportOptions,
};
use trunkline_testkit::{Receiver, TestAuthority, TestIdentity};

use super::caller::Caller;

const HOST: &str = "hooks.example";

fn trusting(authority: &TestAuthority, change: impl FnOnce(&mut TransportOptions)) -> Caller {
    let caller = Caller::with(|options| {
        options.authorities = Authorities { system: false, extra: Vec::new() };
        options.authorities.add_pem(authority.pem().as_bytes()).unwrap();
        change(options);
    });
    caller.names.know(HOST, &[&["127.0.0.1"]]);
    caller
}

/// POSTs to a receiver with this certificate.
async fn refusal_of(authority: &TestAuthority, identity: &TestIdentity) -> String {
    let receiver = Receiver::start_tls(identity).await;
    let error = trusting(authority, |_| {}).refused(&receiver.url_on(HOST, "/")).await;
    assert_eq!(receiver.count(), 0, "nothing may be sent to somebody who is not known");
    error
}

#[tokio::test]
async fn a_valid_certificate_is_accepted_and_the_connection_kept() {
    let authority = TestAuthority::new("ca");
    let receiver = Receiver::start_tls(&authority.server(&[HOST, "127.0.0.1"])).await;
    let caller = trusting(&authority, |_| {});
    for _ in 0..3 {
        caller.confirmed(&receiver.url_on(HOST, "/")).await;
    }
    assert_eq!(receiver.connections(), 1);
    caller.confirmed(&receiver.url("/")).await;
    assert_eq!(receiver.connections(), 2, "another host is another origin");
}

#[tokio::test]
async fn a_name_may_end_with_a_dot() {
    let authority = TestAuthority::new("ca");
    let receiver = Receiver::start_tls(&authority.server(&[HOST])).await;
    let caller = trusting(&authority, |_| {});
    caller.names.know("hooks.example.", &[&["127.0.0.1"]]);
    caller.confirmed(&receiver.url_on("Hooks.Example.", "/")).await;
}

#[tokio::test]
async fn bad_certificates_are_told_apart() {
    let authority = TestAuthority::new("ca");
    let other = TestAuthority::new("somebody else's ca");
    for (identity, error) in [
        (authority.server(&["other.example"]), "TLS: the endpoint's certificate is not for its host name"),
        (authority.server(&["127.0.0.1"]), "TLS: the endpoint's certificate is not for its host name"),
        (authority.expired_server(&[HOST]), "TLS: the endpoint's certificate has expired"),
        (authority.future_server(&[HOST]), "TLS: the endpoint's certificate is not valid yet"),
        (other.server(&[HOST]), "TLS: the endpoint's certificate is not signed by a trusted authority"),
        (
            authority.client(HOST),
            "TLS: the endpoint's certificate is not acceptable: it is not meant for servers",
        ),
    ] {
        assert_eq!(refusal_of(&authority, &identity).await, error);
    }
}

/// A server that reads a hello and says the same thing to everybody.
async fn saying(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    TaskTracker::new().spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut hello = [0; 4096];
            if tcp.read(&mut hello).await.is_ok_and(|count| count > 0) {
                let _ = tcp.write_all(&bytes).await;
                let _ = tcp.shutdown().await;
                while tcp.read(&mut hello).await.is_ok_and(|count| count > 0) {}
            }
        }
    });
    format!("https://{HOST}:{port}/")
}

/// The answer of a server that picks TLS 1.1 (RFC 4346 §7.4.1.3), in one record.
fn server_hello_of_tls_1_1() -> Vec<u8> {
    let mut hello = vec![3, 2];
    hello.extend([0x42; 32]);
    // No session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0, 0, 0x2f, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    [vec![22, 3, 2, 0, length + 4, 2, 0, 0, length], hello].concat()
}

#[tokio::test]
async fn endpoints_that_speak_only_old_tls_are_refused() {
    let authority = TestAuthority::new("ca");
    // The alert protocol_version (70) of a server that knows nothing newer, and a server that tries nevertheless.
    for bytes in [vec![21, 3, 2, 0, 2, 2, 70], server_hello_of_tls_1_1()] {
        let error = trusting(&authority, |_| {}).refused(&saying(bytes).await).await;
        assert_eq!(error, "TLS: the endpoint speaks no TLS version from 1.2 on");
    }
}

#[tokio::test]
async fn other_ends_of_a_handshake_are_told_apart() {
    let authority = TestAuthority::new("ca");
    for (bytes, error) in [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "TLS: what the endpoint says is not TLS"),
        (Vec::new(), "TLS: the endpoint closed the connection during the handshake"),
        (vec![21, 3, 3, 0, 2, 2, 40], "TLS: the endpoint broke off with alert HandshakeFailure"),
    ] {
        assert_eq!(trusting(&authority, |_| {}).refused(&saying(bytes).await).await, error);
    }
}

fn certificate(prefix: &str, identity: &TestIdentity) -> ClientCertificate {
    let (certificate, key) = (identity.certificate_pem.as_bytes(), identity.key_pem.as_bytes());
    ClientCertificate::from_pem(prefix, certificate, key).unwrap()
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_its_endpoints_only() {
    let authority = TestAuthority::new("ca");
    let clients = TestAuthority::new("clients");
    let receiver = Receiver::start_mutual_tls(&authority.server(&[HOST]), &clients).await;
    let caller = trusting(&authority, |options| {
        let certificate = certificate(&receiver.url_on(HOST, "/lp/"), &clients.client("trunkline"));
        options.client_certificates.push(certificate);
    });
    let url = |path| receiver.url_on(HOST, path);
    for path in ["/lp", "/lp/content", "/lp/state"] {
        caller.confirmed(&url(path)).await;
    }
    assert_eq!(receiver.connections(), 1);
    // A connection that was let in must not carry requests that have no certificate.
    for path in ["/", "/lpx", "/other/lp"] {
        let error = caller.refused(&url(path)).await;
        assert_eq!(error, "TLS: the endpoint asks for a client certificate", "{path}");
    }
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn the_certificate_of_the_longest_path_is_shown() {
    let authority = TestAuthority::new("ca");
    let clients = TestAuthority::new("clients");
    let strangers = TestAuthority::new("strangers");
    let receiver = Receiver::start_mutual_tls(&authority.server(&[HOST]), &clients).await;
    let url = |path| receiver.url_on(HOST, path);
    let caller = trusting(&authority, |options| {
        options.client_certificates = vec![
            certificate(&url("/a/b"), &strangers.client("stranger")),
            certificate(&url("/"), &strangers.client("stranger")),
            certificate(&url("/a"), &clients.client("trunkline")),
        ];
    });
    caller.confirmed(&url("/a")).await;
    caller.confirmed(&url("/a/c")).await;
    for path in ["/", "/a/b", "/a/b/c"] {
        let error = caller.refused(&url(path)).await;
        assert_eq!(error, "TLS: the endpoint does not accept the client certificate", "{path}");
    }
}

#[test]
fn unusable_certificates_are_refused_at_the_start() {
    let authority = TestAuthority::new("ca");
    let (one, other) = (authority.client("one"), authority.client("other"));
    let from = |prefix: &str, chain: &str, key: &str| {
        ClientCertificate::from_pem(prefix, chain.as_bytes(), key.as_bytes())
    };
    let url = "https://hooks.example/lp";
    for prefix in
        ["http://hooks.example/", "hooks.example", "https://hooks.example/?x=1", "https://a@hooks.example/"]
    {
        let error = from(prefix, &one.certificate_pem, &one.key_pem).unwrap_err();
        assert!(matches!(error, TransportError::Prefix(_)), "{prefix}: {error}");
    }
    assert!(matches!(from(url, "", &one.key_pem), Err(TransportError::NoCertificate)));
    assert!(matches!(from(url, &one.certificate_pem, "no key"), Err(TransportError::Key(_))));
    assert!(matches!(Authorities::default().add_pem(b""), Err(TransportError::NoCertificate)));

    let mixed = from(url, &one.certificate_pem, &other.key_pem).unwrap();
    assert!(!format!("{mixed:?}").contains("PRIVATE"));
    let options = TransportOptions { client_certificates: vec![mixed], ..TransportOptions::default() };
    let error = HttpTransport::new(options).unwrap_err();
    assert!(matches!(error, TransportError::ClientCertificate(_)), "{error}");
}

#[test]
fn the_authorities_of_the_system_are_trusted_by_default() {
    // Whatever the system has, even nothing, is no error.
    HttpTransport::new(TransportOptions::default()).unwrap();
}
