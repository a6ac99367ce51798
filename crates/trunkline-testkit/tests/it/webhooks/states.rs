//! Retry by time to live on moved time. Source: spec 06 §6.2.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_services::webhooks::DeliveryPhase;
use trunkline_testkit::{Answer, Behaviour, Receiver, TestServer};

use super::{reaches, texts, texts_to};

#[tokio::test]
async fn a_failed_app_is_probed_and_drained_in_order() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"retention_time": 259_200})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    receiver.refuse().await;
    consumer.say(&conversation, "0").await;
    let mut status = reaches(&app, DeliveryPhase::Failed).await;
    for n in 1..50 {
        consumer.say(&conversation, &n.to_string()).await;
    }
    // Two days of probes.
    for gap in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let probe = status.next_probe.expect("the next probe");
        assert_eq!(probe.since(trunkline_model::Clock::now(&*server.clock)), Duration::from_secs(gap));
        server.clock.advance(Duration::from_secs(gap));
        let mut watch = server.services.hub.app(app.id).unwrap().status;
        let next = watch.wait_for(|status| status.next_probe.is_some_and(|at| at > probe));
        status = tokio::time::timeout(super::GUARD, next).await.expect("a failed probe").unwrap().clone();
    }
    receiver.resume();
    server.clock.advance(Duration::from_mins(5));
    let arrived = receiver.wait_for(50).await;
    assert_eq!(texts(&arrived), (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
    reaches(&app, DeliveryPhase::Up).await;
}

#[tokio::test]
async fn an_app_that_says_it_is_back_is_probed_at_once() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"retention_time": 3600})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    receiver.once(Behaviour::Answer(500));
    consumer.say(&conversation, "hello").await;
    reaches(&app, DeliveryPhase::Failed).await;
    let path = format!("/api/account/{}/webhooks/resume", app.account);
    let request = server.request(Method::POST, &path).header("authorization", app.app_jwt().await);
    assert_eq!(Answer::to(request).await.status, 204);
    assert_eq!(texts(&receiver.wait_for(2).await), ["hello", "hello"]);
    reaches(&app, DeliveryPhase::Up).await;
}

#[tokio::test]
async fn events_that_are_too_old_are_given_up() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = texts_to(&server, &receiver, &json!({"retention_time": 60})).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    receiver.once(Behaviour::Answer(500));
    consumer.say(&conversation, "old").await;
    reaches(&app, DeliveryPhase::Failed).await;
    server.clock.advance(Duration::from_secs(61));
    // The probe finds nothing that is young enough, so the app goes on.
    reaches(&app, DeliveryPhase::Up).await;
    consumer.say(&conversation, "new").await;
    assert_eq!(texts(&receiver.wait_for(2).await), ["old", "new"]);
}
