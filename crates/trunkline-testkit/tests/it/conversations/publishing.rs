//! Spec 05 §4.1, §4.2, §5.

use serde_json::json;
use trunkline_testkit::TestServer;

#[tokio::test]
async fn text_and_receipts_are_numbered_from_zero_and_typing_is_not() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let conversation = consumer.open().await;
    let answer = consumer
        .publish(
            &conversation,
            json!({"type":"ContentEvent","contentType":"text/plain","message":"Is the shop open?"}),
        )
        .await;
    assert_eq!(answer.text, r#"{"reqId":"7","code":"OK","body":{"sequence":0}}"#);
    let typing = json!({"type":"ChatStateEvent","chatState":"COMPOSING"});
    assert_eq!(consumer.publish(&conversation, typing).await.json()["body"]["sequence"], 0);
    let receipt = json!({"type":"AcceptStatusEvent","status":"READ","sequenceList":[2,4]});
    assert_eq!(consumer.publish(&conversation, receipt).await.json()["body"]["sequence"], 1);
    let lone = json!({"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":0});
    assert_eq!(consumer.publish(&conversation, lone).await.json()["body"]["sequence"], 2);
    assert_eq!(consumer.say(&conversation, "Hello?").await, 3);
}

#[tokio::test]
async fn what_was_sent_stands_in_the_log_with_its_sequence() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let conversation = consumer.open().await;
    let text = "Grüße 😀\n\u{2028}/";
    let body = json!({"kind":"req","id":3,"type":"ms.PublishEvent",
        "metadata":[{"type":"ExternalId","id":"card-7"}],
        "body":{"dialogId":conversation,"event":{"type":"ContentEvent","contentType":"text/plain","message":text}}});
    let answer = consumer.send(&body).await;
    assert_eq!(answer.json()["reqId"], "3");
    let log = consumer.log(&conversation).await;
    assert_eq!(log.len(), 2);
    assert_eq!(log[0]["type"], "conversation");
    assert_eq!(log[1]["version"], 2);
    assert_eq!(log[1]["sequence"], 0);
    assert_eq!(log[1]["role"], "CONSUMER");
    assert_eq!(log[1]["event"]["message"], text);
    assert_eq!(log[1]["metadata"], json!([{"type":"ExternalId","id":"card-7"}]));
}

#[tokio::test]
async fn simultaneous_messages_get_different_numbers_without_gaps() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let conversation = consumer.open().await;
    let (a, b, c, d) = tokio::join!(
        many(&consumer, &conversation),
        many(&consumer, &conversation),
        many(&consumer, &conversation),
        many(&consumer, &conversation)
    );
    let mut numbers = [a, b, c, d].concat();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..80).collect::<Vec<_>>());
    let versions: Vec<_> =
        consumer.log(&conversation).await.iter().map(|entry| entry["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, (1..=81).collect::<Vec<_>>());
}

async fn many(consumer: &trunkline_testkit::Consumer<'_>, conversation: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    for n in 0..20 {
        numbers.push(consumer.say(conversation, &format!("message {n}")).await);
    }
    numbers
}

#[tokio::test]
async fn a_profile_may_be_updated_by_send() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let body = json!({"kind":"req","id":"5","type":"userprofile.SetUserProfile","body":{"authenticatedData":{"lp_sdes":[
        {"type":"ctmrinfo","info":{"socialId":"ig:4711","ctype":"gold"}},
        {"type":"personal","personal":{"firstname":"Ada"}}, {"type":"unknown","x":1}]}}});
    let answer = consumer.send(&body).await;
    assert_eq!(answer.text, r#"{"reqId":"5","code":"OK","body":{"msg":"OK User Profile set successfully"}}"#);
}

#[tokio::test]
async fn requests_longer_than_5000_characters_are_refused() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-4711").await;
    let conversation = consumer.open().await;
    let event = |n: usize| json!({"type":"ContentEvent","contentType":"text/plain","message":"ü".repeat(n)});
    assert_eq!(consumer.publish(&conversation, event(4000)).await.status, 200);
    let refused = consumer.publish(&conversation, event(5001)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text, r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request"},"reqId":"7"}"#);
    assert_eq!(consumer.say(&conversation, "next").await, 1, "nothing of the refused request was stored");
}
