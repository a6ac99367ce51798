//! What is sent, and statuses. Source: spec 06 §2.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use trunkline_jobs::webhooks::transport::{Post, Transport as _};
use trunkline_testkit::{Behaviour, Receiver};

use super::caller::{Caller, SHORT};

#[tokio::test]
async fn a_notification_arrives_as_it_was_given() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("x-liveperson-signature", HeaderValue::from_static("sha1=4DPDEdCefXSPvy99TDuOQJyrSPA="));
    headers.append("x-custom", HeaderValue::from_static("one"));
    headers.append("x-custom", HeaderValue::from_static("two"));
    let endpoint = receiver.url("/lp/content?tenant=1&y=%20%2F").into();
    let body = Bytes::from_static("{\"message\":\"Grüße 😀\\n\"}".as_bytes());
    let answer = caller.transport.post(Post { endpoint, headers, body: body.clone() }).await;
    assert_eq!((answer.status, answer.excerpt.as_str(), answer.error), (Some(200), "OK", None));

    let request = receiver.next().await;
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/lp/content?tenant=1&y=%20%2F"));
    assert_eq!(request.body, body);
    let host = receiver.address().to_string();
    let agent = format!("trunkline/{}", env!("CARGO_PKG_VERSION"));
    let length = body.len().to_string();
    let expected = [
        ("host", host.as_str()),
        ("user-agent", &agent),
        ("content-type", "application/json"),
        ("x-liveperson-signature", "sha1=4DPDEdCefXSPvy99TDuOQJyrSPA="),
        ("x-custom", "one"),
        ("x-custom", "two"),
        ("content-length", &length),
    ];
    let sent: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn an_empty_body_has_a_length_too() {
    let receiver = Receiver::start().await;
    let endpoint = receiver.url("/").into();
    let post = Post { endpoint, headers: HeaderMap::new(), body: Bytes::new() };
    assert_eq!(Caller::new().transport.post(post).await.status, Some(200));
    assert_eq!(receiver.next().await.header("content-length"), Some("0"));
}

#[tokio::test]
async fn only_200_and_201_confirm() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    for (status, error) in [
        (200, None),
        (201, None),
        (202, Some("answered 202: only 200 and 201 confirm")),
        (204, Some("answered 204: only 200 and 201 confirm")),
        (304, Some("answered 304")),
        (400, Some("answered 400")),
        (401, Some("answered 401")),
        (500, Some("answered 500")),
        (503, Some("answered 503")),
        (599, Some("answered 599")),
    ] {
        receiver.once(Behaviour::Answer(status));
        let answer = caller.post(&receiver.url("/")).await;
        assert_eq!((answer.status, answer.error.as_deref()), (Some(status), error));
        assert_eq!(answer.is_confirmation(), error.is_none());
    }
    assert_eq!(receiver.connections(), 1, "an error answer is no reason for a new connection");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let receiver = Receiver::start().await;
    let elsewhere = Receiver::start().await;
    receiver.behave(Behaviour::Redirect(elsewhere.url("/s3cret")));
    let answer = Caller::new().post(&receiver.url("/")).await;
    assert_eq!(answer.status, Some(302));
    assert_eq!(answer.error.as_deref(), Some("answered 302: redirects are not followed"));
    assert_eq!((receiver.count(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let receiver = Receiver::start().await;
    let raw =
        "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";
    receiver.behave(Behaviour::Raw(raw.into()));
    assert_eq!(Caller::new().post(&receiver.url("/")).await.status, Some(201));
}

#[tokio::test]
async fn interim_answers_without_end_are_no_answer() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Raw("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100_000).into()));
    let error = Caller::new().refused(&receiver.url("/")).await;
    assert_eq!(error, "the endpoint closed the connection in the middle of the answer's head");
}

#[tokio::test]
async fn a_change_of_protocol_is_a_failure() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    let raw = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    receiver.once(Behaviour::Raw(raw.into()));
    let answer = caller.post(&receiver.url("/")).await;
    assert_eq!((answer.status, answer.error.as_deref()), (Some(101), Some("answered 101")));
    assert_eq!(caller.transport.idle_connections(), 0);
}

#[tokio::test]
async fn a_long_body_arrives_whole() {
    let receiver = Receiver::start().await;
    let body: Bytes = (0..1_000_000_u32).flat_map(u32::to_be_bytes).collect();
    let post = Post { endpoint: receiver.url("/").into(), headers: HeaderMap::new(), body: body.clone() };
    assert_eq!(Caller::new().transport.post(post).await.status, Some(200));
    assert_eq!(receiver.next().await.body, body);
}

#[tokio::test]
async fn an_endpoint_that_does_not_read_is_given_up() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::HangOnConnect);
    let caller = Caller::with(|options| options.response_timeout = SHORT);
    let endpoint = receiver.url("/").into();
    let post = Post { endpoint, headers: HeaderMap::new(), body: vec![b'x'; 20_000_000].into() };
    let answer = caller.transport.post(post).await;
    assert_eq!((answer.status, answer.error.as_deref()), (None, Some("no answer within 200 ms")));
}

#[tokio::test]
async fn an_answer_without_a_length_ends_with_the_connection() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    receiver.once(Behaviour::Raw(b"HTTP/1.0 200 OK\r\n\r\nhello".to_vec()));
    let answer = caller.post(&receiver.url("/")).await;
    assert_eq!((answer.status, answer.excerpt.as_str(), answer.error), (Some(200), "hello", None));
    assert_eq!(caller.transport.idle_connections(), 0);
    caller.confirmed(&receiver.url("/")).await;
}

#[tokio::test]
async fn what_is_not_http_is_said_to_be_so() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    for raw in
        ["SSH-2.0-OpenSSH_9.9\r\n\r\n", "HTTP/1.1 two hundred\r\n\r\n", "HTTP/1.1 200 OK\r\n: s3cret\r\n\r\n"]
    {
        receiver.once(Behaviour::Raw(raw.into()));
        let error = caller.refused(&receiver.url("/")).await;
        assert!(error.starts_with("the answer is not HTTP/1.1: "), "{raw}: {error}");
    }
    receiver.once(Behaviour::Raw(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "s3cret".repeat(4096)).into()));
    assert_eq!(caller.refused(&receiver.url("/")).await, "the answer's head is too long");
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_given_up() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Hang);
    let caller = Caller::with(|options| options.response_timeout = SHORT);
    assert_eq!(caller.refused(&receiver.url("/")).await, "no answer within 200 ms");
    assert_eq!(receiver.count(), 1, "it is not for the transport to try again");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_none() {
    let receiver = Receiver::start().await;
    receiver.once(Behaviour::Hold);
    let caller = Caller::with(|options| options.response_timeout = SHORT);
    assert_eq!(caller.refused(&receiver.url("/")).await, "no answer within 200 ms");
    receiver.release();
    caller.confirmed(&receiver.url("/")).await;
    assert_eq!(receiver.connections(), 2, "the late answer must not be taken for the next one");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| options.response_timeout = SHORT * 3);
    for behaviour in [Behaviour::HalfHead, Behaviour::SlowHead(SHORT / 4)] {
        receiver.once(behaviour);
        let error = caller.refused(&receiver.url("/")).await;
        assert_eq!(error, "the answer's head was not complete within 600 ms");
    }
}

#[tokio::test]
async fn what_cannot_be_called_is_not_called() {
    let caller = Caller::new();
    for (url, error) in [
        ("nonsense", "the endpoint cannot be called: it is not a URL"),
        ("ftp://127.0.0.1/", "the endpoint cannot be called: it is neither an https nor an http URL"),
        ("http://s3cret@127.0.0.1/", "the endpoint cannot be called: it contains user information"),
        ("http://127.0.0.1:0/", "the endpoint cannot be called: its port is no port"),
    ] {
        assert_eq!(caller.refused(url).await, error, "{url}");
    }
}

#[test]
fn a_notification_does_not_show_its_secrets_when_printed() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("s3cret"));
    let body = Bytes::from_static(b"s3cret");
    let post = Post { endpoint: "https://a.example/x?key=s3cret".into(), headers, body };
    assert_eq!(format!("{post:?}"), r#"Post { endpoint: "https://a.example/x", headers: 1, body: 6 }"#);
}
