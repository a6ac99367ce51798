//! The rate limit and the limits on bodies, as configured.

use std::time::Duration;

use serde_json::json;
use trunkline_http::Limits;
use trunkline_http::rate_limit::Rate;
use trunkline_testkit::{Answer, Settings, TestServer};

fn limited(requests: u32) -> Settings {
    Settings { rate: Some(Rate { requests, window: Duration::from_mins(1) }), ..Settings::default() }
}

fn headers(answer: &Answer) -> [Option<&str>; 5] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy", "retry-after"]
        .map(|name| answer.header(name))
}

/// Spec 05 §6.3.
#[tokio::test]
async fn the_send_api_answers_429_in_its_envelope() {
    let server = TestServer::with(limited(4)).await;
    // Token and identity count: two requests are left.
    let consumer = server.app().await.consumer("crm-4711").await;
    let opened = consumer.try_open().await;
    assert_eq!(
        (opened.status, headers(&opened)),
        (200, [Some("4"), Some("1"), Some("45"), Some("4;w=60"), None])
    );
    let id = opened.json()[1]["body"]["conversationId"].as_str().unwrap().to_owned();
    let text = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "x"});
    let sent = consumer.publish(&id, text.clone()).await;
    assert_eq!((sent.status, headers(&sent)[1]), (200, Some("0")));
    for refused in [consumer.publish(&id, text.clone()).await, consumer.try_open().await] {
        assert_eq!(refused.status, 429);
        let body = refused.json();
        assert_eq!(
            (&body["kind"], &body["code"], &body["body"]["errorCode"], &body["type"]),
            (&json!("resp"), &json!(429), &json!(42901), &json!(".ReqBody$ErrorResp"))
        );
        assert_eq!(headers(&refused), [Some("4"), Some("0"), Some("60"), Some("4;w=60"), Some("15")]);
    }
    server.clock.advance(Duration::from_secs(15));
    assert_eq!(
        consumer.publish(&id, text).await.json()["body"]["sequence"],
        1,
        "refused ones are not stored"
    );
}

/// Spec 03 §6, 04 §5.
#[tokio::test]
async fn token_and_identity_requests_are_limited_by_app() {
    let server = TestServer::with(limited(2)).await;
    let app = server.app().await;
    let other = server.app_named(TestServer::ACCOUNT, "other").await;
    for _ in 0..2 {
        assert_eq!(app.token().await.status, 200);
    }
    let refused = app.token().await;
    assert_eq!((refused.status, &refused.json()["error"]), (429, &json!("temporarily_unavailable")));
    assert_eq!(headers(&refused), [Some("2"), Some("0"), Some("60"), Some("2;w=60"), Some("30")]);
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    other.consumer("crm-4711").await;
}

#[tokio::test]
async fn without_a_limit_there_are_no_headers() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    assert_eq!(headers(&consumer.try_open().await), [None; 5]);
}

#[tokio::test]
async fn bodies_and_depth_are_configurable() {
    let limits = Limits { body_bytes: 2000, json_depth: 4, ..Limits::default() };
    let server = TestServer::with(Settings { limits, ..Settings::default() }).await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let id = consumer.open().await;
    let text = |length: usize| json!({"type": "ContentEvent", "contentType": "text/plain", "message": "x".repeat(length)});
    assert_eq!(consumer.publish(&id, text(1000)).await.status, 200);
    assert_eq!(consumer.publish(&id, text(2000)).await.status, 413);
    let rich = |content| json!({"type": "RichContentEvent", "content": content});
    assert_eq!(consumer.publish(&id, rich(json!({}))).await.status, 200);
    assert_eq!(consumer.publish(&id, rich(json!({"deep": {"deeper": {}}}))).await.status, 400);
}
