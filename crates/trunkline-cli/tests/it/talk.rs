//! Consumers who talk to a running server by way of a connector.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use trunkline_wire::files::FilePath;

const ACCOUNT: &str = "10020030";

/// A consumer with an open conversation.
#[derive(Clone)]
pub(crate) struct Talk {
    client: Client,
    base: String,
    app_jwt: String,
    jws: String,
    pub(crate) conversation: String,
}

impl Talk {
    pub(crate) async fn begin(client: Client, base: &str, app: &Value, name: &str) -> Self {
        let query = format!(
            "v=1.0&grant_type=client_credentials&client_id={}&client_secret={}",
            app["client_id"].as_str().unwrap(),
            app["client_secret"].as_str().unwrap()
        );
        let token = client.post(format!("{base}/sentinel/api/account/{ACCOUNT}/app/token?{query}"));
        let app_jwt = answer(token).await["access_token"].as_str().unwrap().to_owned();
        let consumer = client.post(format!("{base}/api/account/{ACCOUNT}/consumer?v=1.0"));
        let consumer = consumer.header("authorization", &app_jwt).json(&json!({"ext_consumer_id": name}));
        let jws = answer(consumer).await["token"].as_str().unwrap().to_owned();
        let mut talk = Self { client, base: base.to_owned(), app_jwt, jws, conversation: String::new() };
        let opening = json!([
            {"kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {"firstName": name}},
            {"kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": {"brandId": ACCOUNT}},
        ]);
        let opened = talk.call("", &opening).await;
        opened[1]["body"]["conversationId"].as_str().unwrap().clone_into(&mut talk.conversation);
        talk
    }

    async fn call(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/account/{ACCOUNT}/messaging/consumer/conversation{path}?v=3", self.base);
        let request = self.client.post(url).header("authorization", &self.app_jwt);
        answer(request.header("x-lp-on-behalf", &self.jws).json(body)).await
    }

    async fn publish(&self, event: Value) {
        let body = json!({"dialogId": self.conversation, "event": event});
        self.call("/send", &json!({"kind": "req", "id": "3", "type": "ms.PublishEvent", "body": body})).await;
    }

    pub(crate) async fn say(&self, text: &str) {
        self.publish(json!({"type": "ContentEvent", "contentType": "text/plain", "message": text})).await;
    }

    /// Closes the conversation.
    pub(crate) async fn close(&self) {
        let field = json!({"field": "ConversationStateField", "conversationState": "CLOSE"});
        let body = json!({"conversationId": self.conversation, "conversationField": field});
        let request = json!({"kind": "req", "id": "5", "type": "cm.UpdateConversationField", "body": body});
        self.call("/send", &request).await;
    }

    /// Uploads and publishes a file.
    pub(crate) async fn share(&self) -> FilePath {
        let body = json!({"fileSize": "10", "fileType": "GIF"});
        let ask = json!({"kind": "req", "id": "4", "type": "ms.GenerateURLForUploadFile", "body": body});
        let url = self.call("/send", &ask).await["body"].clone();
        let (path, query) = (url["relativePath"].as_str().unwrap(), &url["queryParams"]);
        let put = format!(
            "{}{path}?temp_url_sig={}&temp_url_expires={}",
            self.base,
            query["temp_url_sig"].as_str().unwrap(),
            query["temp_url_expires"].as_str().unwrap()
        );
        assert_eq!(self.client.put(put).body("GIF89a....").send().await.unwrap().status(), 201);
        let message = json!({"caption": "a", "relativePath": path, "fileType": "GIF"});
        self.publish(json!({"type": "ContentEvent", "contentType": "hosted/file", "message": message})).await;
        FilePath::parse(path).unwrap()
    }
}

async fn answer(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}
