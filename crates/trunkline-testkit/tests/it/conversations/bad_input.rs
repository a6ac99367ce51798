//! Whatever comes in: a documented answer, never a 500.

use proptest::prelude::*;
use serde_json::json;
use trunkline_testkit::{Answer, TestServer};

const OBJECT_FORM: &str = r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":""}"#;

#[tokio::test]
async fn malformed_deep_and_non_utf8_bodies_are_refused() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let deep = format!(
        "{{\"id\":\"7\",\"type\":\"ms.PublishEvent\",\"x\":{}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"\"\xff\xfe\"".to_vec(),
        b"{\"id\":\"7\",\"type\":\"ms.PublishEvent\",\"body\":{\"x\":\"\xff\"}}".to_vec(),
        b"[{\"id\":\"7\",\"type\":\"ms.PublishEvent\"}]".to_vec(),
        b"null".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        deep.into_bytes(),
    ];
    for body in bodies {
        let answer = consumer.send_text(body.clone()).await;
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(&body));
        assert_eq!(answer.text, OBJECT_FORM);
        assert_eq!(Answer::to(consumer.request("").body(body)).await.status, 400);
    }
}

#[tokio::test]
async fn wrong_types_are_refused_with_the_request_id() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let id = consumer.open().await;
    let event = json!({"type":"ContentEvent","contentType":"text/plain","message":"x"});
    for body in [
        json!({"dialogId": 7, "event": event}),
        json!({"dialogId": "not-a-dialog", "event": event}),
        json!({"dialogId": id}),
        json!({"event": event}),
        json!({"dialogId": id, "event": "text"}),
        json!({"dialogId": id, "event": {"type": "ContentEvent"}}),
        json!({"dialogId": id, "conversationId": [], "event": event}),
        json!({"dialogId": id, "conversationId": "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57", "event": event}),
        json!([]),
        json!("text"),
        json!(null),
    ] {
        let answer = consumer.send(&json!({"id":"w","type":"ms.PublishEvent","body":body})).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(
            answer.json(),
            json!({"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"w"}),
            "{body}"
        );
    }
    assert_eq!(consumer.log(&id).await.len(), 1);
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_413_in_json() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let answer = consumer.send_text(" ".repeat(1024 * 1024 + 1)).await;
    assert_eq!(answer.status, 413);
    assert!(answer.json().is_object());
}

#[tokio::test]
async fn strangers_learn_nothing_about_a_conversation() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let owner = app.consumer("crm-4711").await;
    let stranger = app.consumer("crm-4712").await;
    let id = owner.open().await;
    let unknown = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";
    let event = json!({"type":"ContentEvent","contentType":"text/plain","message":"hello"});
    let foreign = stranger.publish(&id, event.clone()).await;
    let missing = stranger.publish(unknown, event).await;
    assert_eq!((foreign.status, &foreign.text), (missing.status, &missing.text));
    assert_eq!(foreign.status, 400);
    assert_eq!(stranger.close(&id).await.text, stranger.close(unknown).await.text);
    assert_eq!(owner.log(&id).await.len(), 1, "nothing was changed");
    assert_eq!(owner.say(&id, "still mine").await, 0);
}

#[test]
fn any_json_under_a_valid_envelope_is_answered_200_or_400() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::new());
    let consumer = runtime.block_on(async { server.app().await.consumer("crm-4711").await });
    let id = runtime.block_on(consumer.open());
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<f64>()
            .prop_filter("JSON has no infinity", |value| value.is_finite())
            .prop_map(|value| json!(value)),
        ".{0,20}".prop_map(|value| json!(value)),
        Just(json!(id)),
        Just(json!("ContentEvent")),
        Just(json!("text/plain")),
    ];
    let names = prop_oneof![
        Just("dialogId".to_owned()),
        Just("event".to_owned()),
        Just("type".to_owned()),
        Just("message".to_owned()),
        Just("contentType".to_owned()),
        Just("conversationField".to_owned()),
        Just("field".to_owned()),
        ".{0,8}",
    ];
    let value = leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!(list)),
            prop::collection::hash_map(names.clone(), inner, 0..5).prop_map(|map| json!(map)),
        ]
    });
    let kinds = prop_oneof![
        Just("ms.PublishEvent"),
        Just("cm.UpdateConversationField"),
        Just("userprofile.SetUserProfile"),
        Just("x"),
    ];
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(kind in kinds, body in value.clone(), metadata in value)| {
        let request = json!({"kind":"req","id":"p","type":kind,"body":body,"metadata":metadata});
        let answer = runtime.block_on(consumer.send(&request));
        prop_assert!(matches!(answer.status, 200 | 400), "{request}: {answer:?}");
        let code = if answer.status == 200 { "OK" } else { "BAD_REQUEST" };
        prop_assert_eq!(&answer.json()["code"], code);
    });
}
