use serde_json::json;
use trunkline_testkit::{Behaviour, Receiver, TestServer};

use super::{TYPES, members, text, texts};

#[tokio::test]
async fn a_dead_endpoint_delays_nobody_else() {
    let server = TestServer::for_loopback_endpoints().await;
    let (dead, healthy) = (Receiver::start().await, Receiver::start().await);
    dead.behave(Behaviour::Hang);
    let webhooks = |receiver: &Receiver| json!({TYPES[0]: {"endpoint": receiver.url("/")}});
    server.app_with(members("com.example.dead", &webhooks(&dead))).await;
    let app = server.app_with(members("com.example.healthy", &webhooks(&healthy))).await;
    let consumer = app.consumer("c1").await;
    let conversation = consumer.open().await;
    for n in 0..20 {
        consumer.say(&conversation, &n.to_string()).await;
        let arrived = healthy.next().await;
        assert_eq!(text(&arrived), n.to_string());
    }
    assert_eq!(dead.count(), 1, "one request is under way, the others of the conversation wait");
}

#[tokio::test]
async fn a_conversation_whose_request_hangs_holds_no_other_up() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = server
        .app_with(members("com.example.texts", &json!({TYPES[0]: {"endpoint": receiver.url("/")}})))
        .await;
    let (first, second) = (app.consumer("c1").await, app.consumer("c2").await);
    let (one, two) = (first.open().await, second.open().await);
    receiver.once(Behaviour::Hold);
    first.say(&one, "held").await;
    receiver.wait_for(1).await;
    first.say(&one, "waits").await;
    for n in 0..5 {
        second.say(&two, &n.to_string()).await;
    }
    let arrived = receiver.wait_for(6).await;
    assert_eq!(texts(&arrived), ["held", "0", "1", "2", "3", "4"]);
    receiver.release();
    assert_eq!(text(&receiver.wait_for(7).await[6]), "waits");
}

#[tokio::test]
async fn many_conversations_at_once_arrive_each_in_order() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let app = server
        .app_with(members("com.example.texts", &json!({TYPES[0]: {"endpoint": receiver.url("/")}})))
        .await;
    let mut consumers = Vec::new();
    for n in 0..20 {
        let consumer = app.consumer(&format!("c{n}")).await;
        let conversation = consumer.open().await;
        consumers.push((consumer, conversation));
    }
    for n in 0..10 {
        for (consumer, conversation) in &consumers {
            consumer.say(conversation, &n.to_string()).await;
        }
    }
    let arrived = receiver.wait_for(200).await;
    for (_, conversation) in &consumers {
        let own: Vec<_> = arrived
            .iter()
            .filter(|arrived| super::change(arrived)["conversationId"] == conversation.as_str())
            .map(|arrived| super::change(arrived)["sequence"].as_u64().unwrap())
            .collect();
        assert_eq!(own, (0..10).collect::<Vec<_>>());
    }
}
