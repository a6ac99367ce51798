use serde_json::json;
use trunkline_testkit::{Receiver, TestServer};

use super::{TYPES, change, everything_to, members, texts_to};

/// base64(HMAC(secret, body)). Source: spec 06 §4.
fn hmac(algorithm: aws_lc_rs::hmac::Algorithm, secret: &str, body: &[u8]) -> String {
    let key = aws_lc_rs::hmac::Key::new(algorithm, secret.as_bytes());
    data_encoding::BASE64.encode(aws_lc_rs::hmac::sign(&key, body).as_ref())
}

#[tokio::test]
async fn every_type_of_notification_arrives_in_order_signed_over_its_bytes() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = server.app_with(members("com.example.all", &everything_to(&receiver.url("/hook?key=1")))).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "Grüße 😀 \u{2028} a/b").await;
    let rich = json!({"type": "RichContentEvent", "content": {"type": "vertical", "elements": [], "n": 1.0}});
    consumer.publish(&conversation, rich).await;
    let read = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]});
    consumer.publish(&conversation, read).await;
    consumer.publish(&conversation, json!({"type": "ChatStateEvent", "chatState": "COMPOSING"})).await;
    consumer.close(&conversation).await;

    let arrived = receiver.wait_for(6).await;
    let kinds: Vec<_> = arrived
        .iter()
        .map(|arrived| {
            let kind = change(arrived)["event"]["type"].as_str().map(str::to_owned);
            kind.unwrap_or_else(|| arrived.json()["type"].as_str().unwrap().to_owned())
        })
        .collect();
    let change_type = "cqm.ExConversationChangeNotification";
    assert_eq!(
        kinds,
        [change_type, "ContentEvent", "RichContentEvent", "AcceptStatusEvent", "ChatStateEvent", change_type]
    );
    for arrived in &arrived {
        assert_eq!((arrived.method.as_str(), arrived.target.as_str()), ("POST", "/hook?key=1"));
        assert_eq!(arrived.header("content-type"), Some("application/json"));
        assert_eq!(arrived.header("x-liveperson-account-id"), Some(TestServer::ACCOUNT));
        assert_eq!(arrived.header("x-liveperson-client-id"), Some(app.id.to_string().as_str()));
        let signature = format!(
            "sha1={}",
            hmac(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &app.secret, &arrived.body)
        );
        assert_eq!(arrived.header("x-liveperson-signature"), Some(signature.as_str()));
        let ours = arrived.headers.iter().filter(|(name, _)| name.starts_with("x-liveperson-")).count();
        assert_eq!(ours, 3);
    }
    assert!(arrived[1].text().contains("Grüße 😀 \u{2028} a/b"), "raw UTF-8, slashes unescaped");
    assert!(arrived[2].text().contains(r#""n":1,"#), "numbers as JavaScript prints them");
    assert_eq!(change(&arrived[4]).get("sequence"), None);
    let opened = change(&arrived[0]);
    assert_eq!(opened["result"]["convId"], conversation.as_str());
    assert_eq!(opened["result"]["conversationDetails"]["stage"], "OPEN");
    let closed = change(&arrived[5]);
    assert_eq!(closed["result"]["conversationDetails"]["state"], "CLOSE");
    assert_eq!(closed["result"]["conversationDetails"]["stage"], "CLOSE");
    assert_eq!(closed["result"]["effectiveTTR"], -1);
}

#[tokio::test]
async fn settings_choose_the_hash_the_escaping_and_standard_headers() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let settings = json!({"signature": "sha256", "escape_non_ascii": true, "standard_webhooks": true});
    let app = texts_to(&server, &receiver, &json!({"trunkline": settings})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "é😀").await;
    let arrived = receiver.next().await;
    assert!(arrived.body.is_ascii());
    assert!(arrived.text().contains(r"\u00e9\ud83d\ude00"), "{}", arrived.text());
    let signature = format!("sha256={}", hmac(aws_lc_rs::hmac::HMAC_SHA256, &app.secret, &arrived.body));
    assert_eq!(arrived.header("x-liveperson-signature"), Some(signature.as_str()));
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert!(arrived.header(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn custom_headers_go_with_every_notification_of_their_webhook() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let headers = json!([{"header_name": "x-tenant", "header_value": "seven"}]);
    let webhooks = json!({TYPES[0]: {"endpoint": receiver.url("/"), "headers": headers}});
    let app = server.app_with(members("com.example.headers", &webhooks)).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "hello").await;
    assert_eq!(receiver.next().await.header("x-tenant"), Some("seven"));
}

#[tokio::test]
async fn a_rotated_secret_signs_whatever_is_sent_from_then_on() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"retention_time": 3600})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    receiver.behave(trunkline_testkit::Behaviour::Answer(500));
    consumer.say(&conversation, "queued").await;
    super::reaches(&app, trunkline_services::webhooks::DeliveryPhase::Failed).await;
    receiver.behave(trunkline_testkit::Behaviour::Answer(200));
    let overlap = std::time::Duration::from_hours(1);
    let rotated = server.services.installations.rotate_secret(&app.admin(), app.id, overlap).await.unwrap();
    // The changed app is tried again at once.
    let arrived = receiver.wait_for(2).await;
    let secret = rotated.0.secret.expose().to_owned();
    let body = &arrived[1].body;
    let signature = format!("sha1={}", hmac(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret, body));
    assert_eq!(arrived[1].header("x-liveperson-signature"), Some(signature.as_str()));
}
