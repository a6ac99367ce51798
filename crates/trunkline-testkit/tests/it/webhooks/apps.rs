//! Which apps hear of what. Source: spec 06 §1.

use serde_json::json;
use trunkline_testkit::{Receiver, TestServer};

use super::{GUARD, TYPES, everything_to, members, settled, texts, texts_to};

#[tokio::test]
async fn every_app_of_the_account_gets_its_own_copy() {
    let server = TestServer::for_loopback_endpoints().await;
    let (first, second, other) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    server.create_account("7").await;
    let app = server.app_with(members("com.example.first", &everything_to(&first.url("/")))).await;
    let app_2 = server.app_with(members("com.example.second", &everything_to(&second.url("/")))).await;
    let stranger = server.app_named("7", "com.example.stranger").await;
    stranger.update(members("com.example.stranger", &everything_to(&other.url("/")))).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "hello").await;
    let copies = [first.wait_for(2).await, second.wait_for(2).await];
    for (copies, app) in copies.iter().zip([&app, &app_2]) {
        assert_eq!(copies[1].header("x-liveperson-client-id"), Some(app.id.to_string().as_str()));
    }
    assert_eq!(copies[0][1].body, copies[1][1].body);
    assert_ne!(copies[0][1].header("x-liveperson-signature"), copies[1][1].header("x-liveperson-signature"));
    assert_eq!(other.count(), 0, "another account's app hears nothing");
}

#[tokio::test]
async fn a_webhook_gets_its_own_type_only() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let webhooks = json!({
        TYPES[0]: {"endpoint": receiver.url("/texts")},
        TYPES[2]: {"endpoint": receiver.url("/receipts")},
    });
    let app = server.app_with(members("com.example.two", &webhooks)).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "hello").await;
    consumer.publish(&conversation, json!({"type": "ChatStateEvent", "chatState": "COMPOSING"})).await;
    let read = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]});
    consumer.publish(&conversation, read).await;
    consumer.close(&conversation).await;
    settled(&app).await;
    let arrived = receiver.requests();
    let paths: Vec<_> = arrived.iter().map(|arrived| arrived.path()).collect();
    assert_eq!(paths, ["/texts", "/receipts"]);
}

#[tokio::test]
async fn a_changed_endpoint_is_used_from_then_on() {
    let server = TestServer::for_loopback_endpoints().await;
    let (old, new) = (Receiver::start().await, Receiver::start().await);
    let app = texts_to(&server, &old, &json!({})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "one").await;
    old.wait_for(1).await;
    let webhooks = json!({TYPES[0]: {"endpoint": new.url("/texts")}});
    app.update(members("com.example.texts", &webhooks)).await;
    // The change is taken over beside the requests, so the first ones may still go to the old place.
    let taken_over = async {
        while new.count() == 0 {
            consumer.say(&conversation, "which?").await;
            settled(&app).await;
        }
    };
    tokio::time::timeout(GUARD, taken_over).await.expect("the new endpoint is used");
    let (before, after) = (old.count(), new.count());
    consumer.say(&conversation, "new").await;
    settled(&app).await;
    assert_eq!((old.count(), new.count()), (before, after + 1));
}

#[tokio::test]
async fn a_disabled_app_gets_nothing_and_misses_what_happened_meanwhile() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"retention_time": 3600})).await;
    let other = server.app_named(TestServer::ACCOUNT, "com.example.speaker").await;
    let consumer = other.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "before").await;
    receiver.wait_for(1).await;
    app.set_enabled(false).await;
    consumer.say(&conversation, "meanwhile").await;
    app.set_enabled(true).await;
    consumer.say(&conversation, "after").await;
    assert_eq!(texts(&receiver.wait_for(2).await), ["before", "after"]);
}

#[tokio::test]
async fn a_new_app_hears_of_what_happens_after_its_installation() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let speaker = server.app_named(TestServer::ACCOUNT, "com.example.speaker").await;
    let consumer = speaker.consumer("c1").await;
    let conversation = consumer.open().await;
    consumer.say(&conversation, "before").await;
    let app = texts_to(&server, &receiver, &json!({})).await;
    consumer.say(&conversation, "after").await;
    assert_eq!(texts(&receiver.wait_for(1).await), ["after"]);
    drop(app);
}
