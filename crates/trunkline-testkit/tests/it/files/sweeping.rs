//! What is removed in the course of time.

use std::time::Duration;

use trunkline_model::conversation::{Actor, Command, Decision, Publish};
use trunkline_testkit::{Settings, TestServer};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::Event;
use trunkline_wire::files::FilePath;
use trunkline_wire::json::JsValue;
use trunkline_wire::{ConsumerId, ConversationId, DialogId, ParticipantId};

use super::{ask_for_download, hosted_file, jpeg, shared, upload_url, uploaded};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn what_is_not_published_in_a_day_goes() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let consumer = app.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let unused = upload_url(&consumer, 10).await;
    let waiting = uploaded(&consumer, &jpeg(10)).await;
    let published = shared(&consumer, &conversation, &jpeg(20)).await;
    server.advance_and_sweep(23 * HOUR).await;
    assert_eq!(server.stored_blobs(), 2);
    server.advance_and_sweep(HOUR + MINUTE).await;
    assert_eq!(server.stored_blobs(), 1);
    assert_eq!(unused.signed_for(&server, "PUT").await.put(&server, jpeg(10)).await.status, 404);
    // The app's token has run out since.
    let consumer = app.consumer("crm-1").await;
    assert_eq!(consumer.publish(&conversation, hosted_file(&waiting)).await.status, 400);
    assert_eq!(ask_for_download(&consumer, &published).await.status, 200);
}

/// Killed between binding a file to a conversation and noting that the message was stored, or not.
#[tokio::test]
async fn what_a_crash_left_unsettled_is_looked_up_in_the_log() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let consumer = app.consumer("crm-1").await;
    let id = ConversationId::parse(&consumer.open().await).unwrap();
    let (stored, lost) = (uploaded(&consumer, &jpeg(10)).await, uploaded(&consumer, &jpeg(20)).await);
    let storage = &server.services.storage;
    let state = storage.conversation(&TestServer::account(), id).await.unwrap().unwrap();
    let owner = ParticipantId::Consumer(state.consumer);
    for path in [&stored, &lost] {
        let path = FilePath::parse(path).unwrap();
        storage.share_file(&path, owner, id, true, server.services.clock.now()).await.unwrap();
    }
    let event = Event::from_js(JsValue::parse(&hosted_file(&stored).to_string()).unwrap()).unwrap();
    let publish = Publish {
        dialog: DialogId::Main(id),
        conversation: None,
        event,
        metadata: None,
        encoded_metadata: None,
        audience: Audience::All,
    };
    let decision =
        state.decide(Actor::Consumer(owner), Command::Publish(publish), server.services.clock.now());
    let Ok(Decision::Append { change, .. }) = decision else { panic!("the message was refused") };
    storage.commit(change).await.unwrap();
    let shared = async |path: &str| {
        storage.file(&FilePath::parse(path).unwrap()).await.unwrap().map(|file| file.shared)
    };
    server.advance_and_sweep(23 * HOUR).await;
    assert!(shared(&lost).await.is_some_and(|shared| shared.is_some()), "it may still be under way");
    server.advance_and_sweep(HOUR + MINUTE).await;
    assert_eq!(shared(&lost).await, None, "nobody published it");
    let settled = shared(&stored).await.flatten().unwrap();
    assert!(settled.for_consumer && settled.published_at == Some(state.started_at));
    assert_eq!(server.stored_blobs(), 1);
    let consumer = app.consumer("crm-1").await;
    assert_eq!(ask_for_download(&consumer, &stored).await.status, 200);
}

#[tokio::test]
async fn published_files_stay_for_ever_unless_told_otherwise() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let consumer = app.consumer("crm-1").await;
    let conversation = consumer.open().await;
    shared(&consumer, &conversation, &jpeg(20)).await;
    consumer.close(&conversation).await;
    server.advance_and_sweep(3650 * DAY).await;
    assert_eq!(server.stored_blobs(), 1);
}

#[tokio::test]
async fn files_go_a_while_after_their_conversation() {
    let mut settings = Settings::default();
    settings.options.files.retention = Some(30 * DAY);
    let server = TestServer::with(settings).await;
    let app = server.app().await;
    let consumer = app.consumer("crm-1").await;
    let conversation = consumer.open().await;
    let path = shared(&consumer, &conversation, &jpeg(20)).await;
    server.advance_and_sweep(40 * DAY).await;
    assert_eq!(server.stored_blobs(), 1, "the conversation is still open");
    let consumer = app.consumer("crm-1").await;
    consumer.close(&conversation).await;
    server.advance_and_sweep(29 * DAY).await;
    assert_eq!(server.stored_blobs(), 1);
    server.advance_and_sweep(DAY + MINUTE).await;
    assert_eq!(server.stored_blobs(), 0);
    let consumer = app.consumer("crm-1").await;
    assert_eq!(ask_for_download(&consumer, &path).await.status, 400);
}

#[tokio::test]
async fn all_files_of_a_consumer_are_erased() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let (ada, eve) = (app.consumer("crm-1").await, app.consumer("crm-2").await);
    let (conversation, other) = (ada.open().await, eve.open().await);
    let path = shared(&ada, &conversation, &jpeg(20)).await;
    uploaded(&ada, &jpeg(10)).await;
    let kept = shared(&eve, &other, &jpeg(20)).await;
    let name = path.rsplit('/').next().unwrap();
    let id = ConsumerId::parse(&name[..64]).unwrap();
    server.services.files.erase(&app.admin(), id).await.unwrap();
    assert_eq!(ask_for_download(&ada, &path).await.status, 400);
    assert_eq!(ask_for_download(&eve, &kept).await.status, 200);
    server.advance_and_sweep(Duration::from_mins(10)).await;
    assert_eq!(server.stored_blobs(), 1);
}
