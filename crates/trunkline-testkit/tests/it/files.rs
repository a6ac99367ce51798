//! Sharing files: URLs, uploads, downloads, who sees what, what is removed. Source: spec 07.

mod agents;
mod downloads;
mod sharing;
mod sweeping;
mod uploads;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_jose::TempUrlKey;
use trunkline_testkit::{Answer, Consumer, TestServer};
use trunkline_wire::AccountId;

/// The largest file. Source: spec 07 §1.
const MOST: usize = 3_145_728;

/// A signed URL as it was answered.
pub(crate) struct Url {
    pub(crate) path: String,
    query: String,
}

impl Url {
    pub(crate) fn of(body: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let parameters = &body["queryParams"];
        let (signature, expires) = (text(&parameters["temp_url_sig"]), text(&parameters["temp_url_expires"]));
        Self {
            path: text(&body["relativePath"]),
            query: format!("temp_url_sig={signature}&temp_url_expires={expires}"),
        }
    }

    fn request(&self, server: &TestServer, method: Method) -> reqwest::RequestBuilder {
        server.request(method, &format!("{}?{}", self.path, self.query))
    }

    pub(crate) async fn put(&self, server: &TestServer, bytes: impl Into<reqwest::Body>) -> Answer {
        Answer::to(self.request(server, Method::PUT).body(bytes)).await
    }

    /// The status, and the bytes if it is 200.
    pub(crate) async fn get(&self, server: &TestServer) -> (u16, Vec<u8>) {
        let answer = self.request(server, Method::GET).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    /// The same path, signed for something else.
    async fn signed_for(&self, server: &TestServer, method: &str) -> Self {
        let expires = server.services.clock.now().seconds().0 + 60;
        let key = key(server, TestServer::ACCOUNT).await;
        Self { path: self.path.clone(), query: query(&key, &self.path, method, expires) }
    }
}

/// What signs an account's URLs.
pub(crate) async fn key(server: &TestServer, account: &str) -> TempUrlKey {
    let account = AccountId::parse(account).unwrap();
    let secret = server.services.accounts.consumer_secret(&account).await.unwrap();
    TempUrlKey::of_account(secret.as_bytes())
}

/// The query of a signed URL.
pub(crate) fn query(key: &TempUrlKey, path: &str, method: &str, expires: i64) -> String {
    let signature = key.sign(method, &expires.to_string(), path);
    format!("temp_url_sig={signature}&temp_url_expires={expires}")
}

async fn ask(consumer: &Consumer<'_>, kind: &str, body: Value) -> Answer {
    consumer.send(&json!({"kind": "req", "id": "3", "type": kind, "body": body})).await
}

async fn ask_for_upload(consumer: &Consumer<'_>, size: usize) -> Answer {
    let body = json!({"fileSize": size.to_string(), "fileType": "PNG"});
    ask(consumer, "ms.GenerateURLForUploadFile", body).await
}

async fn upload_url(consumer: &Consumer<'_>, size: usize) -> Url {
    let answer = ask_for_upload(consumer, size).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    Url::of(&answer.json()["body"])
}

pub(crate) async fn ask_for_download(consumer: &Consumer<'_>, path: &str) -> Answer {
    ask(consumer, "ms.GenerateURLForDownloadFile", json!({"relativePath": path})).await
}

/// Uploads a file and returns its `relativePath`. The consumer needs a conversation.
pub(crate) async fn uploaded(consumer: &Consumer<'_>, bytes: &[u8]) -> String {
    let url = upload_url(consumer, bytes.len()).await;
    let answer = url.put(consumer.server, bytes.to_vec()).await;
    assert_eq!((answer.status, answer.text.as_str()), (201, ""), "{answer:?}");
    url.path
}

pub(crate) fn hosted_file(path: &str) -> Value {
    json!({"type": "ContentEvent", "contentType": "hosted/file",
        "message": {"caption": "Receipt", "relativePath": path, "fileType": "PNG"}})
}

/// Uploads and publishes a file.
pub(crate) async fn shared(consumer: &Consumer<'_>, conversation: &str, bytes: &[u8]) -> String {
    let path = uploaded(consumer, bytes).await;
    let answer = consumer.publish(conversation, hosted_file(&path)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    path
}

/// Bytes that begin like a JPEG and go on like noise.
pub(crate) fn jpeg(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let noise = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    });
    [0xff, 0xd8, 0xff, 0xe0].into_iter().chain(noise).take(size).collect()
}
