//! Conversation history over HTTP. Source: spec 08.

mod access;
mod conversations;
mod filters;
mod lists;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_testkit::{Answer, Session, TestServer};

const BASE: &str = "/messaging_history/api/account/10020030/conversations";

/// Asks for history; `path` follows `/conversations/`.
async fn ask(server: &TestServer, session: &Session, path: &str, body: &Value) -> Answer {
    let request = server.request(Method::POST, &format!("{BASE}/{path}"));
    Answer::to(request.bearer_auth(&session.bearer).json(body)).await
}

/// Asks for history that is there.
async fn found(server: &TestServer, session: &Session, path: &str, body: &Value) -> Value {
    let answer = ask(server, session, path, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

/// The ids of an answer's records.
fn ids(answer: &Value) -> Vec<&str> {
    let records = answer["conversationHistoryRecords"].as_array().unwrap();
    records.iter().map(|record| record["info"]["conversationId"].as_str().unwrap()).collect()
}

async fn admin(server: &TestServer) -> Session {
    server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await
}

/// A range that everything of a test lies in.
fn lately() -> Value {
    json!({"from": 1_699_999_000_000_i64, "to": 1_700_009_000_000_i64})
}
