//! A connector that speaks for one consumer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, TestServer};

/// The two tokens and what can be done with them.
pub struct Consumer<'a> {
    /// The server.
    pub server: &'a TestServer,
    /// The account.
    pub account: String,
    /// The app's token.
    pub app_jwt: String,
    /// The consumer's token.
    pub jws: String,
}

impl Consumer<'_> {
    /// CONVERSATION or SEND with both tokens; `suffix` is `""` or `/send`.
    pub fn request(&self, suffix: &str) -> reqwest::RequestBuilder {
        let path = format!("/api/account/{}/messaging/consumer/conversation{suffix}?v=3", self.account);
        self.server
            .request(Method::POST, &path)
            .header("authorization", &self.app_jwt)
            .header("x-lp-on-behalf", &self.jws)
            .header("content-type", "application/json")
    }

    /// CONVERSATION with the smallest documented body.
    pub async fn try_open(&self) -> Answer {
        let body = json!([
            {"kind": "req", "id": "a1", "type": "userprofile.SetUserProfile", "body": {}},
            {"kind": "req", "id": "a2", "type": "cm.ConsumerRequestConversation", "body": {"brandId": self.account}},
        ]);
        Answer::to(self.request("").json(&body)).await
    }

    /// Opens a conversation and returns its id.
    pub async fn open(&self) -> String {
        let answer = self.try_open().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()[1]["body"]["conversationId"].as_str().expect("a conversation").to_owned()
    }

    /// SEND with any body.
    pub async fn send(&self, body: &Value) -> Answer {
        Answer::to(self.request("/send").json(body)).await
    }

    /// SEND with any text as body.
    pub async fn send_text(&self, body: impl Into<reqwest::Body>) -> Answer {
        Answer::to(self.request("/send").body(body)).await
    }

    /// Publishes an event into the main dialog.
    pub async fn publish(&self, conversation: &str, event: Value) -> Answer {
        let body = json!({"dialogId": conversation, "conversationId": conversation, "event": event});
        self.send(&json!({"kind": "req", "id": "7", "type": "ms.PublishEvent", "body": body})).await
    }

    /// Publishes text and returns its sequence.
    pub async fn say(&self, conversation: &str, text: &str) -> u64 {
        let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": text});
        let answer = self.publish(conversation, event).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["body"]["sequence"].as_u64().expect("a sequence")
    }

    /// Changes fields of a conversation.
    pub async fn update(&self, conversation: &str, field: Value) -> Answer {
        let body = json!({"conversationId": conversation, "conversationField": field});
        self.send(&json!({"kind": "req", "id": "9", "type": "cm.UpdateConversationField", "body": body}))
            .await
    }

    /// Closes a conversation the way the official sample does.
    pub async fn close(&self, conversation: &str) -> Answer {
        let field = json!({"field": "ConversationStateField", "conversationState": "CLOSE"});
        self.update(conversation, field).await
    }

    /// The operator's view of a conversation's log, to its end.
    pub async fn log(&self, conversation: &str) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut after = 0;
        loop {
            let path = format!(
                "/operator/v1/accounts/{}/conversations/{conversation}/log?after={after}&limit=1000",
                self.account
            );
            let request = self.server.request(Method::GET, &path).bearer_auth(TestServer::OPERATOR_TOKEN);
            let page = Answer::to(request).await.json();
            entries.extend(page["entries"].as_array().expect("entries").iter().cloned());
            match page["next"].as_u64() {
                Some(next) => after = next,
                None => return entries,
            }
        }
    }
}
