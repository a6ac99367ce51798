//! What is restored is what the store was at one moment, although others went on writing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Client;
use serde_json::json;
use tokio::task::{JoinSet, spawn_blocking};
use trunkline_model::conversation::TailEntry;
use trunkline_model::{LogPosition, PageRequest};
use trunkline_storage::{Consumers as _, ConversationLog as _, Deliveries as _, Files as _, LogTail as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::AccountId;

use super::on;
use crate::support::Server;
use crate::talk::Talk;

const ACCOUNT: &str = "10020030";
/// Messages of each consumer before the backup begins.
const BEFORE: usize = 20;

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
