//! What the platform says by itself, from the operator's file to the last webhook. Source: spec 05 §8 `AUTO_MESSAGES`, 00 §2
//! "Controller", 06 §3, 21 §8.

mod flow;
mod operator;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_testkit::{Answer, Consumer, TestServer};

use crate::surveys::{call, properties, text};

const PATH: &str = "/operator/v1/accounts/10020030/auto-messages";

fn messages() -> Value {
    json!({"welcome": "Hello.", "agent_joined": "Joined.", "agent_left": "Left.", "closed_by_agent": "By agent.",
        "closed_by_consumer": "By consumer."})
}

async fn set(server: &TestServer) {
    let answer = call(server, Method::PUT, PATH, Some(&messages())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// SEND of a client that declares these features.
async fn send(consumer: &Consumer<'_>, features: &[&str], kind: &str, body: Value) -> Answer {
    let body = json!({"kind": "req", "id": "7", "type": kind, "body": body});
    let request = consumer.request("/send").header("client-properties", properties(features));
    let answer = Answer::to(request.json(&body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The consumer says something, and the client declares these features; returns the number of the message.
async fn say(consumer: &Consumer<'_>, features: &[&str], conversation: &str, words: &str) -> u64 {
    let body = json!({"dialogId": conversation, "event": text(words)});
    let answer = send(consumer, features, "ms.PublishEvent", body).await;
    answer.json()["body"]["sequence"].as_u64().unwrap()
}

/// What the log says: words, or the state after a change.
async fn logged(consumer: &Consumer<'_>, conversation: &str) -> Vec<String> {
    let entry = |entry: &Value| {
        let words = entry["event"]["message"].as_str().or(entry["state"].as_str());
        words.unwrap_or_else(|| panic!("{entry}")).to_owned()
    };
    consumer.log(conversation).await.iter().map(entry).collect()
}
