//! From HTTP to frames.

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use trunkline_testkit::{RawConnection, TestServer};

use super::{clock_answers, world};

/// The handshake of SDK 1.4.11 with this key.
fn head(bearer: &str, key: &str) -> String {
    format!(
        "GET /ws_api/account/{}/messaging/brand/{bearer}?v=2.1 HTTP/1.1\r\n\
         sec-websocket-version: 13\r\n\
         sec-websocket-key: {key}\r\n\
         connection: Upgrade\r\n\
         upgrade: websocket\r\n\
         sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n\
         host: localhost:8443\r\n\r\n",
        TestServer::ACCOUNT
    )
}

/// RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[tokio::test]
async fn the_handshake_agrees_to_nothing_but_the_upgrade() {
    let (server, session) = world().await;
    let mut connection = RawConnection::open(&server).await;
    let answer = connection.call(&head(&session.bearer, KEY).replace("\r\n", "\n"), "").await;
    assert_eq!(answer.status(), 101);
    assert_eq!(answer.header("sec-websocket-accept"), Some(ACCEPT));
    assert!(answer.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")));
    assert!(answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("upgrade")));
    for absent in ["sec-websocket-extensions", "sec-websocket-protocol", "content-length", "set-cookie"] {
        assert_eq!(answer.header(absent), None, "{absent}");
    }
}

/// SDK 1.2.0: base64 of `13-1700000000000`, sixteen bytes that are not random.
#[tokio::test]
async fn a_key_need_not_be_random() {
    let (server, session) = world().await;
    let mut connection = RawConnection::open(&server).await;
    let answer =
        connection.call(&head(&session.bearer, "MTMtMTcwMDAwMDAwMDAwMA==").replace("\r\n", "\n"), "").await;
    assert_eq!(answer.status(), 101);
}

/// Spec 23 §4: the first requests may come in the segment in which the handshake ends.
#[tokio::test]
async fn frames_right_behind_the_handshake_are_answered() {
    let (server, session) = world().await;
    let mut bytes = head(&session.bearer, KEY).into_bytes();
    for id in 0..50 {
        bytes.extend(masked(
            0x81,
            format!(r#"{{"kind":"req","id":{id},"type":".GetClock","body":{{}}}}"#).as_bytes(),
        ));
    }
    bytes.extend(masked(0x89, b""));
    let address = server.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut seen = Vec::new();
    let last = br#""reqId":"49""#;
    while !contains(&seen, last) {
        assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0, "closed early");
    }
    while !contains(&seen, &[0x8a, 0]) {
        assert_ne!(stream.read_buf(&mut seen).await.unwrap(), 0, "the ping was not answered");
    }
    let text = String::from_utf8_lossy(&seen);
    let places: Vec<_> = (0..50).map(|id| text.find(&format!("\"reqId\":\"{id}\"")).unwrap()).collect();
    assert!(places.is_sorted());
}

#[tokio::test]
async fn versions_are_checked() {
    let (server, session) = world().await;
    let account = TestServer::ACCOUNT;
    for query in ["", "?v=2", "?v=2.0", "?v=2.1", "?x=1&v=2.1"] {
        let socket = server.try_agent_socket(account, &session.bearer, query).await;
        let mut socket = socket.unwrap_or_else(|status| panic!("{query}: {status}"));
        clock_answers(&mut socket).await;
    }
    for query in ["?v=", "?v=1", "?v=3", "?v=2.1&v=2", "?v=%zz"] {
        let refused = server.try_agent_socket(account, &session.bearer, query).await.err();
        assert_eq!(refused, Some(400), "{query}");
    }
    // Who is not let in learns nothing else.
    assert_eq!(server.try_agent_socket(account, "unknown", "?v=3").await.err(), Some(401));
}

#[tokio::test]
async fn a_request_without_an_upgrade_is_told_so() {
    let (server, session) = world().await;
    let path = format!("/ws_api/account/{}/messaging/brand/{}?v=2.1", TestServer::ACCOUNT, session.bearer);
    let answer = server.get(&path).await;
    assert_eq!(answer.status, 426);
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    assert_eq!(answer.json()["error"]["status"], 426);
    assert!(!answer.text.contains(&session.bearer));
    assert_eq!(server.get(&path.replace(&session.bearer, "unknown")).await.status, 401);
    let posted = server.request(Method::POST, &path).send().await.unwrap();
    assert_eq!(posted.status(), 405);

    let good = head(&session.bearer, KEY);
    for (what, changed, status) in [
        ("another version", good.replace("version: 13", "version: 8"), 426),
        ("no version", good.replace("sec-websocket-version: 13\r\n", ""), 426),
        ("another protocol", good.replace("upgrade: websocket", "upgrade: h2c"), 426),
        ("no connection header", good.replace("connection: Upgrade\r\n", ""), 426),
        ("no key", good.replace(&format!("sec-websocket-key: {KEY}\r\n"), ""), 400),
        ("HTTP/1.0", good.replace("HTTP/1.1", "HTTP/1.0"), 426),
    ] {
        let mut connection = RawConnection::open(&server).await;
        let answer = connection.call(&changed.replace("\r\n", "\n"), "").await;
        assert_eq!(answer.status(), status, "{what}: {answer:?}");
    }
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    assert!(length < 126);
    let mask = [1, 2, 3, 4];
    let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [first, 0x80 | length].into_iter().chain(mask).chain(masked).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
