//! Retry by number and what counts as a failure, on moved time. Source: spec 06 §2, §6.1.

use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;
use trunkline_services::webhooks::AppCommand;
use trunkline_testkit::{App, Behaviour, Receiver, TestServer};
use trunkline_wire::ExternalConsumerId;

use super::{text, texts, texts_to};

#[tokio::test]
async fn only_200_and_201_confirm_and_redirects_are_not_followed() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"max_retries": 1})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    for (n, behaviour) in [
        Behaviour::Answer(202),
        Behaviour::Answer(204),
        Behaviour::Redirect(receiver.url("/elsewhere")),
        Behaviour::Answer(500),
    ]
    .into_iter()
    .enumerate()
    {
        receiver.once(behaviour);
        receiver.once(Behaviour::Answer(201));
        consumer.say(&conversation, &n.to_string()).await;
        receiver.wait_for(n * 2 + 1).await;
        waits(&app).await;
        server.clock.advance(Duration::from_secs(30));
        let arrived = receiver.wait_for(n * 2 + 2).await;
        assert_eq!(text(&arrived[n * 2 + 1]), n.to_string());
    }
    assert!(receiver.requests().iter().all(|arrived| arrived.path() == "/texts"));
}

#[tokio::test]
async fn an_event_is_dropped_when_its_retries_are_used_up_and_the_next_one_follows() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"max_retries": 2})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    for _ in 0..3 {
        receiver.once(Behaviour::Answer(503));
    }
    consumer.say(&conversation, "lost").await;
    consumer.say(&conversation, "kept").await;
    for attempts in 1..=2 {
        receiver.wait_for(attempts).await;
        waits(&app).await;
        server.clock.advance(Duration::from_secs(30));
    }
    assert_eq!(texts(&receiver.wait_for(4).await), ["lost", "lost", "lost", "kept"]);
}

/// What waits is read from the log again when it is its turn: of a consumer who was erased meanwhile it says nothing.
#[tokio::test]
async fn what_was_erased_meanwhile_is_not_delivered() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"max_retries": 2})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    receiver.once(Behaviour::Answer(503));
    consumer.say(&conversation, "my number is 42").await;
    receiver.wait_for(1).await;
    waits(&app).await;
    let erasure = &server.services.erasure;
    let external = ExternalConsumerId::parse("c1").unwrap();
    let id = erasure.consumer(&app.admin(), &external).await.unwrap();
    assert_eq!(erasure.erase_consumer(&app.admin(), id).await.unwrap().conversations, 1);
    server.clock.advance(Duration::from_secs(30));
    let arrived = receiver.wait_for(2).await;
    assert_eq!([text(&arrived[0]), text(&arrived[1])], ["my number is 42", ""]);
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_in_time_has_failed() {
    let mut transport = trunkline_jobs::webhooks::transport::TransportOptions::development();
    transport.response_timeout = Duration::from_millis(100);
    let settings = trunkline_testkit::Settings {
        transport: Some(transport),
        ..trunkline_testkit::Settings::for_loopback_endpoints()
    };
    let (server, receiver) = (TestServer::with(settings).await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"max_retries": 1})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    receiver.once(Behaviour::Hang);
    consumer.say(&conversation, "slow").await;
    receiver.wait_for(1).await;
    waits(&app).await;
    server.clock.advance(Duration::from_secs(30));
    assert_eq!(texts(&receiver.wait_for(2).await), ["slow", "slow"]);
}

/// Waits until a conversation of the app waits for another attempt.
async fn waits(app: &App<'_>) {
    let handle = app.server.services.hub.app(app.id).unwrap();
    let waiting = async {
        loop {
            let (done, flushed) = oneshot::channel();
            handle.commands.send(AppCommand::Flush { done }).await.unwrap();
            flushed.await.unwrap();
            if handle.status.borrow().waiting > 0 {
                return;
            }
        }
    };
    tokio::time::timeout(super::GUARD, waiting).await.expect("an event waits");
}
