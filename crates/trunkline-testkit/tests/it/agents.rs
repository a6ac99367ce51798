//! Agents beside their transport: what a socket is answered and told. Source: spec 20 – 23.

mod behaviour;
mod conversations;
mod histories;
mod matrix;
mod messages;
mod overdue;
mod presence;
mod rights;
mod ring_subscriptions;
mod rings;
mod slow;

use std::sync::Arc;

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_services::agent::AgentConnection;
use trunkline_services::socket::{Next, Outbox};
use trunkline_testkit::{Consumer, TestServer};
use trunkline_wire::agent::AgentVersion;

/// Far longer than anything here takes: only so that a broken test ends.
const GUARD: std::time::Duration = std::time::Duration::from_secs(30);

/// A connected agent.
pub(crate) struct Agent {
    connection: AgentConnection,
    outbox: Arc<Outbox>,
    /// Notifications that came before somebody waited for them.
    seen: Vec<Value>,
    requests: u32,
    pub(crate) aid: String,
    pub(crate) pid: String,
}

impl Agent {
    /// Creates a user and connects it.
    pub(crate) async fn new(server: &TestServer, name: &str, role: Role) -> Self {
        let user = server.create_user(TestServer::ACCOUNT, name, role).await;
        Self::connect(server, name, user.aid(), user.agent_id().to_string()).await
    }

    async fn connect(server: &TestServer, name: &str, aid: String, pid: String) -> Self {
        let bearer = server.bearer(TestServer::ACCOUNT, name).await;
        let account = TestServer::account();
        let caller = server.services.auth.signed_in(&account, Some(&bearer)).await.unwrap();
        let connection = server.services.agents.connect(caller, AgentVersion::V2Dot1).await.unwrap();
        let outbox = connection.outbox();
        Self { connection, outbox, seen: Vec::new(), requests: 0, aid, pid }
    }

    /// Sends a request and returns its answer.
    async fn ask(&mut self, name: &str, body: Value) -> Value {
        self.requests += 1;
        let id = self.requests.to_string();
        let frame = json!({"kind": "req", "id": id, "type": name, "body": body});
        self.connection.receive(&frame.to_string()).await;
        loop {
            let frame = self.next().await;
            if frame["kind"] == "resp" {
                assert_eq!(frame["reqId"], id.as_str());
                return frame;
            }
            self.seen.push(frame);
        }
    }

    /// Sends a request that is carried out, and returns the body of its answer.
    pub(crate) async fn done(&mut self, name: &str, body: Value) -> Value {
        let answer = self.ask(name, body).await;
        assert!(answer["code"].as_u64().unwrap() < 300, "{answer}");
        answer["body"].clone()
    }

    /// Sends a request that is refused, and returns the code.
    async fn refused(&mut self, name: &str, body: Value) -> u64 {
        let answer = self.ask(name, body).await;
        assert_eq!(answer["type"], ".ReqBody$StringResp");
        answer["code"].as_u64().filter(|code| *code >= 400).unwrap_or_else(|| panic!("{answer}"))
    }

    async fn next(&self) -> Value {
        match tokio::time::timeout(GUARD, self.outbox.next()).await.expect("a frame") {
            Next::Frame(frame) => serde_json::from_str(&frame).unwrap(),
            Next::Close(close) => panic!("closed: {close:?}"),
        }
    }

    /// Waits for the next notification that is wanted; the others are kept.
    async fn told(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.seen.iter().position(&wanted) {
            return self.seen.remove(index);
        }
        loop {
            let frame = self.next().await;
            if wanted(&frame) {
                return frame;
            }
            self.seen.push(frame);
        }
    }

    /// What the bot sample sends first. Source: spec 23 §4.
    pub(crate) async fn work(&mut self) {
        let (aid, account) = (self.aid.clone(), TestServer::ACCOUNT);
        self.done(".ams.routing.SetAgentState", json!({"availability": "ONLINE", "agentUserId": aid})).await;
        self.done(".ams.aam.SubscribeExConversations", json!({"agentIds": [aid], "convState": ["OPEN"]}))
            .await;
        let body = json!({"channelType": "MESSAGING", "agentId": aid, "brandId": account});
        self.done(".ams.routing.SubscribeRoutingTasks", body).await;
    }

    /// Waits for a ring and takes it.
    pub(crate) async fn accept(&mut self) -> String {
        let ring = self.told(|frame| is_ring(frame, "WAITING")).await;
        let ring = ring["body"]["changes"][0]["result"]["ringsDetails"][0]["ringId"].clone();
        self.done(".ams.routing.UpdateRingState", json!({"ringId": ring, "ringState": "ACCEPTED"})).await;
        let upsert = self.told(|frame| is_change(frame, "UPSERT")).await;
        upsert["body"]["changes"][0]["result"]["convId"].as_str().unwrap().to_owned()
    }

    /// Publishes a text and returns its sequence.
    pub(crate) async fn say(&mut self, dialog: &str, text: &str) -> u64 {
        let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": text});
        let body = self.done(".ams.ms.PublishEvent", json!({"dialogId": dialog, "event": event})).await;
        body["sequence"].as_u64().unwrap()
    }

    /// Waits for an event with this text.
    pub(crate) async fn hears(&mut self, text: &str) -> Value {
        self.told(|frame| {
            frame["type"] == ".ams.ms.OnlineEventDistribution" && frame["body"]["event"]["message"] == text
        })
        .await
    }
}

fn is_change(frame: &Value, kind: &str) -> bool {
    frame["type"] == ".ams.aam.ExConversationChangeNotification"
        && frame["body"]["changes"][0]["type"] == kind
}

fn is_ring(frame: &Value, state: &str) -> bool {
    frame["type"] == ".ams.routing.RoutingTaskNotification"
        && frame["body"]["changes"][0]["result"]["ringsDetails"][0]["ringState"] == state
}

/// A consumer with an open conversation.
async fn asking<'a>(server: &'a TestServer, name: &str) -> (Consumer<'a>, String) {
    let consumer =
        server.app_named(TestServer::ACCOUNT, &format!("com.example.{name}")).await.consumer(name).await;
    let conversation = consumer.open().await;
    (consumer, conversation)
}
