//! What is restored is what the store was at one moment, although others went on writing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::{JoinSet, spawn_blocking};
use trunkline_model::conversation::TailEntry;
use trunkline_model::{LogPosition, PageRequest};
use trunkline_storage::{Consumers as _, ConversationLog as _, Deliveries as _, Files as _, LogTail as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::AccountId;
use trunkline_wire::files::FilePath;

use super::on;
use crate::support::Server;

const ACCOUNT: &str = "10020030";
/// Messages of each consumer before the backup begins.
const BEFORE: usize = 20;

/// A consumer with an open conversation.
#[derive(Clone)]
struct Talk {
    client: Client,
    base: String,
    app_jwt: String,
    jws: String,
    conversation: String,
}

impl Talk {
    async fn begin(client: Client, base: &str, app: &Value, name: &str) -> Self {
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

    async fn say(&self, text: &str) {
        self.publish(json!({"type": "ContentEvent", "contentType": "text/plain", "message": text})).await;
    }

    /// Uploads and publishes a file.
    async fn share(&self) -> FilePath {
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

async fn log(storage: &SqliteStorage) -> Vec<Arc<TailEntry>> {
    let (mut all, mut after) = (Vec::new(), LogPosition::START);
    loop {
        let page = storage.tail_after(after, 500).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.position;
        all.extend(page);
    }
}

fn open(directory: &Path) -> Arc<SqliteStorage> {
    SqliteStorage::open(directory, Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_store_is_the_store_of_one_moment() {
    let server = Server::dev();
    let dev = server.file("dev.json");
    let (base, client) = (dev["http"].as_str().unwrap(), Client::builder().no_proxy().build().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trunkline.tar");
    let name = file.to_str().unwrap().to_owned();

    let (mut talks, mut files) = (Vec::new(), Vec::new());
    for number in 0..4 {
        let talk = Talk::begin(client.clone(), base, &dev["app"], &format!("crm-{number}")).await;
        for message in 0..BEFORE {
            talk.say(&format!("before {message}")).await;
        }
        files.push(talk.share().await);
        talks.push(talk);
    }
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut writers = JoinSet::new();
    for talk in talks.clone() {
        let (stop, written) = (Arc::clone(&stop), Arc::clone(&written));
        writers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                talk.say("meanwhile").await;
                written.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    while written.load(Ordering::Relaxed) < 8 {
        tokio::task::yield_now().await;
    }
    let server = spawn_blocking(move || {
        server.run(&["backup", &name, "--format", "json"]).json();
        server
    });
    let mut server = server.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    writers.join_all().await;
    let elsewhere = folder.path().join("elsewhere");
    let shown = on(&elsewhere, &["restore", file.to_str().unwrap(), "--format", "json"]).json();
    server.stop();

    let (store, again) = (open(&server.dir), open(&elsewhere));
    let (whole, restored) = (log(&store).await, log(&again).await);
    assert_eq!((&shown["conversations"], &shown["log_entries"]), (&json!(4), &json!(restored.len())));
    assert!(restored.len() >= 4 * (BEFORE + 2) + 8, "what was acknowledged before the backup is in it");
    assert!(restored == whole[..restored.len()], "every entry, in its place");
    let account = AccountId::parse(ACCOUNT).unwrap();
    for (talk, path) in talks.iter().zip(&files) {
        let id = trunkline_wire::ConversationId::parse(&talk.conversation).unwrap();
        let entries: Vec<_> = restored.iter().filter(|entry| entry.conversation == id).collect();
        let by_conversation = again.log_after(&account, id, 0, usize::MAX).await.unwrap();
        assert!(by_conversation.iter().eq(entries.iter().map(|entry| &entry.entry)));
        let state = again.conversation(&account, id).await.unwrap().unwrap();
        assert_eq!(state.version, entries.last().unwrap().entry.version);
        let profile = again.consumer_profile(&account, state.consumer).await.unwrap();
        assert!(
            profile.is_some() && profile == store.consumer_profile(&account, state.consumer).await.unwrap()
        );
        let shared = again.file(path).await.unwrap();
        assert!(shared.is_some() && shared == store.file(path).await.unwrap());
        assert!(shared.unwrap().shared.unwrap().published_at.is_some());
    }
    let all = PageRequest::first(10);
    let (apps, known) =
        (again.delivering_apps(all.clone()).await.unwrap(), store.delivering_apps(all).await.unwrap());
    assert_eq!((apps.items.len(), known.items.len()), (1, 1));
    let ((app, cursor), (same, later)) = (&apps.items[0], &known.items[0]);
    assert_eq!(app, same);
    let end = restored.last().unwrap().position;
    assert!(cursor.position <= later.position && cursor.position <= end, "no cursor is ahead of its log");
}
