//! The survey after a conversation, from the operator's file to the last webhook. Source: spec 05 §4.3, §4.4, 06 §3.3, 10 §5
//! line 8, 21 §9.

mod flow;
mod operator;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_testkit::{Answer, Consumer, TestServer};

const PATH: &str = "/operator/v1/accounts/10020030/survey";

/// Satisfaction, then free text.
pub(crate) fn survey() -> Value {
    json!({"intro": "Hello.", "thanks": "Thank you.", "question": [
        {"id": "q-1", "text": "How was it?", "kind": "csat"},
        {"id": "q-2", "text": "Why?", "kind": "text"}]})
}

pub(crate) async fn call(server: &TestServer, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = server.request(method, path).bearer_auth(TestServer::OPERATOR_TOKEN);
    Answer::to(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

async fn set(server: &TestServer) {
    let answer = call(server, Method::PUT, PATH, Some(&survey())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Opens a conversation for a client with these features.
pub(crate) async fn open(consumer: &Consumer<'_>, features: &[&str]) -> String {
    let answer = try_open(consumer, features).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()[1]["body"]["conversationId"].as_str().unwrap().to_owned()
}

async fn try_open(consumer: &Consumer<'_>, features: &[&str]) -> Answer {
    let body = json!([
        {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile", "body": {}},
        {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation",
            "body": {"brandId": consumer.account, "skillId": "5300"}},
    ]);
    Answer::to(consumer.request("").header("client-properties", properties(features)).json(&body)).await
}

pub(crate) fn properties(features: &[&str]) -> String {
    json!({"type": ".ClientProperties", "features": features}).to_string()
}

/// The `DialogChange` of spec 05 §4.3.
pub(crate) fn dialog_change(dialog: &str) -> Value {
    json!({"field": "DialogChange", "type": "UPDATE",
        "dialog": {"dialogId": dialog, "state": "CLOSE", "closedCause": "Closed by consumer"}})
}

/// Publishes into a dialog that is named alone.
async fn publish(consumer: &Consumer<'_>, dialog: &str, event: Value, metadata: Option<Value>) -> Answer {
    let mut body = json!({"kind": "req", "id": "7", "type": "ms.PublishEvent",
        "body": {"dialogId": dialog, "event": event}});
    if let Some(metadata) = metadata {
        body["metadata"] = metadata;
    }
    consumer.send(&body).await
}

pub(crate) fn text(words: &str) -> Value {
    json!({"type": "ContentEvent", "contentType": "text/plain", "message": words})
}

/// The dialogs in the last entry of the operator's log that shows any.
async fn survey_dialog(consumer: &Consumer<'_>, conversation: &str) -> String {
    use trunkline_wire::{ConversationId, DialogId};
    let id = ConversationId::parse(conversation).unwrap();
    let dialog = DialogId::survey_of(id).to_string();
    let log = consumer.log(conversation).await;
    assert!(log.iter().any(|entry| entry.to_string().contains(&dialog)), "{log:?}");
    dialog
}
