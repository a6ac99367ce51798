//! Consumers over their own WebSocket. Source: spec 24.

mod acceptance;
mod identities;
mod lists;
mod messages;
mod providers;
mod requests;
mod signing_in;
mod tls;

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_testkit::{AgentSocket, Settings, TestServer};

/// A server on which anybody may become a consumer.
pub(crate) async fn server() -> TestServer {
    let mut settings = Settings::default();
    settings.options.idp.identities.anonymous = true;
    TestServer::with(settings).await
}

/// A new consumer's socket.
pub(crate) async fn newcomer(server: &TestServer) -> AgentSocket {
    server.consumer_socket(&server.sign_up().await).await
}

/// The headers of `InitConnection` with this token.
fn credentials(token: &str) -> Value {
    json!([{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}])
}

/// Sends a request that is carried out, and returns the body of its answer.
async fn done(socket: &mut AgentSocket, kind: &str, body: Value) -> Value {
    let answer = socket.request(kind, body).await;
    assert_eq!(answer["code"], 200, "{answer}");
    answer["body"].clone()
}

/// Sends a request that is refused, and returns its code and text.
async fn refused(socket: &mut AgentSocket, kind: &str, body: Value) -> (u64, String) {
    let answer = socket.request(kind, body).await;
    assert_eq!(answer["type"], ".ReqBody$StringResp", "{answer}");
    let code = answer["code"].as_u64().filter(|code| *code >= 400);
    (code.unwrap_or_else(|| panic!("{answer}")), answer["body"].as_str().unwrap().to_owned())
}

/// Opens a conversation.
pub(crate) async fn open(socket: &mut AgentSocket) -> String {
    let body = done(socket, "cm.ConsumerRequestConversation", json!({})).await;
    body["conversationId"].as_str().unwrap().to_owned()
}

fn text(text: &str) -> Value {
    json!({"type": "ContentEvent", "contentType": "text/plain", "message": text})
}

/// Publishes a text and returns its sequence.
pub(crate) async fn say(socket: &mut AgentSocket, dialog: &str, message: &str) -> u64 {
    let body = done(socket, "ms.PublishEvent", json!({"dialogId": dialog, "event": text(message)})).await;
    body["sequence"].as_u64().unwrap()
}

/// Waits for the next notification of messages, and returns its changes.
async fn events(socket: &mut AgentSocket) -> Vec<Value> {
    let frame = socket.notification(|frame| frame["type"] == "ms.MessagingEventNotification").await;
    frame["body"]["changes"].as_array().unwrap().clone()
}

/// Waits for the next notification of conversations, and returns its changes.
async fn changes(socket: &mut AgentSocket) -> Vec<Value> {
    let frame = socket.notification(|frame| frame["type"] == "cqm.ExConversationChangeNotification").await;
    frame["body"]["changes"].as_array().unwrap().clone()
}

/// A socket of the admin, who takes a conversation.
async fn agent_in(server: &TestServer, conversation: &str) -> AgentSocket {
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let mut agent = server.agent_socket(&session).await;
    let join = json!({"field": "ParticipantsChange", "type": "ADD", "role": "ASSIGNED_AGENT"});
    let body = json!({"conversationId": conversation, "conversationField": [join]});
    done(&mut agent, ".ams.cm.UpdateConversationField", body).await;
    agent
}

/// Longer than a socket may be without a token.
const TOO_LONG: Duration = Duration::from_secs(10);
