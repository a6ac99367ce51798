//! Source: spec 21 §7.3, 22 §4.

use serde_json::json;
use trunkline_model::Role;
use trunkline_testkit::{Receiver, TestServer};

use super::{Agent, asking};

#[tokio::test]
async fn messages_travel_both_ways_and_reach_the_connector() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let endpoint = json!({"endpoint": receiver.url("/")});
    let webhooks = json!({
        "ms.MessagingEventNotification.ContentEvent": endpoint,
        "ms.MessagingEventNotification.AcceptStatusEvent": endpoint,
        "ms.MessagingEventNotification.ChatStateEvent": endpoint,
        "cqm.ExConversationChangeNotification": endpoint,
    });
    let members = json!({"client_name": "com.example.bridge", "capabilities": {"webhooks": webhooks}});
    let app = server.app_with(members).await;
    let consumer = app.consumer("c1").await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let conversation = consumer.open().await;
    bot.accept().await;
    consumer.say(&conversation, "Is the shop open?").await;
    let heard = bot.hears("Is the shop open?").await;
    assert_eq!(heard["body"]["originatorMetadata"]["role"], "CONSUMER");
    assert!(heard["body"]["originatorPId"].is_string());
    let read = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]});
    bot.done(".ams.ms.PublishEvent", json!({"dialogId": conversation, "event": read})).await;
    let typing = json!({"type": "ChatStateEvent", "chatState": "COMPOSING"});
    let body = bot.done(".ams.ms.PublishEvent", json!({"dialogId": conversation, "event": typing})).await;
    assert_eq!(body, json!({"sequence": 0}));
    assert_eq!(bot.say(&conversation, "Until eight.").await, 2);
    let echo = bot.hears("Until eight.").await;
    assert_eq!(
        (&echo["body"]["originatorId"], &echo["body"]["originatorPId"]),
        (&json!(bot.aid), &json!(bot.pid))
    );
    bot.done(
        ".ams.cm.UpdateConversationField",
        json!({"conversationId": conversation, "conversationField": {"field": "ConversationStateField", "conversationState": "CLOSE"}}),
    )
    .await;
    let arrived = receiver.wait_for(7).await;
    let said: Vec<String> = arrived
        .iter()
        .map(|arrived| {
            let change = arrived.json()["body"]["changes"][0].clone();
            let who = change["originatorMetadata"]["role"].as_str().unwrap_or("").to_owned();
            let what = change["event"]["type"].as_str().unwrap_or("change").to_owned();
            format!("{who} {what}")
        })
        .collect();
    assert_eq!(
        said,
        [
            " change",
            " change",
            "CONSUMER ContentEvent",
            "ASSIGNED_AGENT AcceptStatusEvent",
            "ASSIGNED_AGENT ChatStateEvent",
            "ASSIGNED_AGENT ContentEvent",
            " change"
        ]
    );
    let closed = arrived[6].json();
    let details = &closed["body"]["changes"][0]["result"]["conversationDetails"];
    assert_eq!((&details["stage"], &details["closeReason"]), (&json!("CLOSE"), &json!("AGENT")));
    assert!(!closed.to_string().contains(&bot.aid), "connectors see new ids only");
}

#[tokio::test]
async fn private_messages_reach_agents_only() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let endpoint = json!({"endpoint": receiver.url("/")});
    let webhooks = json!({"ms.MessagingEventNotification.ContentEvent": endpoint});
    let members = json!({"client_name": "com.example.bridge", "capabilities": {"webhooks": webhooks}});
    let consumer = server.app_with(members).await.consumer("c1").await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let conversation = consumer.open().await;
    bot.accept().await;
    let join = json!({"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"});
    let body = json!({"conversationId": conversation, "conversationField": [join]});
    assert_eq!(boss.done(".ams.cm.UpdateConversationField", body).await, "OK Agent added successfully");
    let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "careful"});
    let body = json!({"dialogId": conversation, "event": event, "messageAudience": "AGENTS_AND_MANAGERS"});
    boss.done(".ams.ms.PublishEvent", body).await;
    bot.hears("careful").await;
    boss.say(&conversation, "Hello from me, too.").await;
    let arrived = receiver.wait_for(1).await;
    assert_eq!(arrived[0].json()["body"]["changes"][0]["event"]["message"], "Hello from me, too.");
}

#[tokio::test]
async fn what_was_said_before_is_asked_for() {
    let server = TestServer::new().await;
    let (consumer, conversation) = asking(&server, "c1").await;
    for n in 0..3 {
        consumer.say(&conversation, &n.to_string()).await;
    }
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let query = json!({"dialogId": conversation, "newerThanSequence": 1});
    assert_eq!(bot.refused(".ams.ms.QueryMessages", query.clone()).await, 403);
    bot.work().await;
    bot.accept().await;
    let answer = bot.ask(".ams.ms.QueryMessages", query).await;
    assert_eq!(answer["type"], ".ams.ms.QueryMessages$Response");
    let texts: Vec<_> =
        answer["body"].as_array().unwrap().iter().map(|event| event["event"]["message"].clone()).collect();
    assert_eq!(texts, [json!("1"), json!("2")]);
    assert_eq!(bot.refused(".ams.ms.QueryMessages", json!({"dialogId": "C"})).await, 404);
}
