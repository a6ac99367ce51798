use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_model::{AutoMessages, Role};
use trunkline_testkit::{Answer, Receiver, Settings, TestServer};

use super::{PATH, logged, say, send, set};
use crate::agents::Agent;
use crate::surveys::{call, dialog_change, open, text};
use crate::webhooks::{change, everything_to, members};

const AUTO: &[&str] = &["AUTO_MESSAGES"];

/// The whole flow as a connector and an agent see it.
#[tokio::test]
async fn the_platform_speaks_from_the_first_message_to_the_close() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    set(&server).await;
    let app = server.app_with(members("com.example.all", &everything_to(&receiver.url("/")))).await;
    let consumer = app.consumer("c1").await;
    let conversation = open(&consumer, AUTO).await;
    server.clock.advance(Duration::from_secs(10));
    assert_eq!(say(&consumer, AUTO, &conversation, "Is the shop open?").await, 0);
    let welcome = receiver.wait_for(3).await[2].clone();
    let controller = AutoMessages::controller_of(&TestServer::account());
    let now = change(&receiver.wait_for(3).await[1])["serverTimestamp"].clone();
    assert_eq!(
        welcome.text(),
        format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"sequence":1,"originatorId":"{controller}","originatorMetadata":{{"id":"{controller}","role":"CONTROLLER"}},"serverTimestamp":{now},"event":{{"type":"ContentEvent","message":"Hello.","contentType":"text/plain"}},"conversationId":"{conversation}","dialogId":"{conversation}","messageAudience":"ALL"}}]}},"type":"ms.MessagingEventNotification"}}"#
        )
    );

    let mut agent = Agent::new(&server, "bot", Role::Agent).await;
    agent.work().await;
    assert_eq!(agent.accept().await, conversation);
    let heard = agent.hears("Joined.").await;
    assert_eq!(heard["body"]["originatorMetadata"]["role"], "CONTROLLER", "{heard}");
    assert_eq!(heard["body"]["sequence"], 2);
    agent.say(&conversation, "Until eight.").await;
    let away = json!({"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"});
    let body = json!({"conversationId": conversation, "conversationField": [away]});
    agent.done(".ams.cm.UpdateConversationField", body).await;
    let close = json!({"conversationId": conversation, "conversationField": dialog_change(&conversation)});
    send(&consumer, AUTO, "cm.UpdateConversationField", close).await;

    // Opened, text, welcome; assigned, its words, the agent's; removed, its words; the last words, closed.
    let arrived = receiver.wait_for(10).await;
    let told: Vec<Value> = arrived.iter().map(|arrived| change(arrived)).collect();
    let shown: Vec<String> = told
        .iter()
        .map(|change| match change["event"]["message"].as_str() {
            Some(words) => {
                format!(
                    "{} {} {words}",
                    change["sequence"],
                    change["originatorMetadata"]["role"].as_str().unwrap()
                )
            }
            None => change["result"]["conversationDetails"]["state"].as_str().unwrap().to_owned(),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "OPEN",
            "0 CONSUMER Is the shop open?",
            "1 CONTROLLER Hello.",
            "OPEN",
            "2 CONTROLLER Joined.",
            "3 ASSIGNED_AGENT Until eight.",
            "OPEN",
            "4 CONTROLLER Left.",
            "5 CONTROLLER By consumer.",
            "CLOSE",
        ]
    );
    for told in told.iter().filter(|change| change.get("result").is_some()) {
        assert!(!told.to_string().contains(&controller.to_string()), "it takes no part: {told}");
    }
    assert_eq!(receiver.count(), 10);
}

/// 05 §8: declared on CONVERSATION and every SEND; others are told nothing.
#[tokio::test]
async fn nobody_else_is_spoken_to() {
    let server = TestServer::new().await;
    set(&server).await;
    let consumer = server.app().await.consumer("c1").await;
    let close = |conversation: &str| json!({"conversationId": conversation, "conversationField": dialog_change(conversation)});
    // Not with CONVERSATION.
    let conversation = open(&consumer, &["MULTI_DIALOG"]).await;
    say(&consumer, AUTO, &conversation, "hello").await;
    send(&consumer, AUTO, "cm.UpdateConversationField", close(&conversation)).await;
    assert_eq!(logged(&consumer, &conversation).await, ["OPEN", "hello", "CLOSE"]);
    // Not with SEND: without the header, or without the feature.
    let conversation = open(&consumer, AUTO).await;
    consumer.say(&conversation, "hello").await;
    send(&consumer, &["RICH_CONTENT"], "cm.UpdateConversationField", close(&conversation)).await;
    assert_eq!(logged(&consumer, &conversation).await, ["OPEN", "hello", "CLOSE"]);
    // Too late.
    let conversation = open(&consumer, AUTO).await;
    server.clock.advance(Duration::from_millis(10_001));
    say(&consumer, AUTO, &conversation, "hello").await;
    send(&consumer, AUTO, "cm.UpdateConversationField", close(&conversation)).await;
    assert_eq!(logged(&consumer, &conversation).await, ["OPEN", "hello", "CLOSE"]);
}

#[tokio::test]
async fn what_is_set_counts_at_once() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("c1").await;
    let conversation = open(&consumer, AUTO).await;
    say(&consumer, AUTO, &conversation, "hello").await;
    set(&server).await;
    let mut agent = Agent::new(&server, "bot", Role::Agent).await;
    agent.work().await;
    agent.accept().await;
    assert_eq!(agent.hears("Joined.").await["body"]["sequence"], 1);
    assert_eq!(call(&server, Method::DELETE, PATH, None).await.status, 200);
    consumer.close(&conversation).await;
    assert_eq!(logged(&consumer, &conversation).await, ["OPEN", "hello", "OPEN", "Joined.", "CLOSE"]);
}

/// 24 §3.2: a socket declares its features once, for all of its requests.
#[tokio::test]
async fn consumers_on_a_socket_are_spoken_to() {
    let mut settings = Settings::default();
    settings.options.idp.identities.anonymous = true;
    let server = TestServer::with(settings).await;
    set(&server).await;
    let token = server.sign_up().await;
    let query = "?v=3&features=AUTO_MESSAGES";
    let socket = server.try_consumer_socket(query, Some(&format!("jwt {token}"))).await;
    let mut socket = socket.unwrap();
    let opened = socket.request("cm.ConsumerRequestConversation", json!({})).await;
    let conversation = opened["body"]["conversationId"].as_str().unwrap().to_owned();
    let body = json!({"dialogId": conversation, "event": text("hello")});
    let answer = socket.request("ms.PublishEvent", body).await;
    assert_eq!(answer["body"]["sequence"], 0, "{answer}");
    let said =
        |words: &'static str| move |frame: &Value| frame["body"]["changes"][0]["event"]["message"] == words;
    let welcome = socket.notification(said("Hello.")).await;
    let welcome = &welcome["body"]["changes"][0];
    assert_eq!(
        (&welcome["sequence"], &welcome["originatorMetadata"]["role"]),
        (&json!(1), &json!("CONTROLLER"))
    );
    let close = json!({"conversationId": conversation, "conversationField": [dialog_change(&conversation)]});
    assert_eq!(socket.request("cm.UpdateConversationField", close).await["code"], 200);
    socket.notification(said("By consumer.")).await;
}

/// 08 §2.2: who speaks is part of the brand's side, and nobody's user.
#[tokio::test]
async fn history_shows_what_was_said() {
    let server = TestServer::new().await;
    set(&server).await;
    let consumer = server.app().await.consumer("c1").await;
    let conversation = open(&consumer, AUTO).await;
    say(&consumer, AUTO, &conversation, "hello").await;
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let path = "/messaging_history/api/account/10020030/conversations/conversation/search";
    let search =
        json!({"conversationId": conversation, "contentToRetrieve": ["messageRecords", "agentParticipants"]});
    let request = server.request(Method::POST, path).bearer_auth(&session.bearer).json(&search);
    let record = Answer::to(request).await.json()["conversationHistoryRecords"][0].clone();
    let welcome = &record["messageRecords"][1];
    let controller = AutoMessages::controller_of(&TestServer::account()).to_string();
    assert_eq!(
        [
            &welcome["messageData"]["msg"]["text"],
            &welcome["sentBy"],
            &welcome["participantId"],
            &welcome["seq"]
        ],
        [&json!("Hello."), &json!("Agent"), &json!(controller), &json!(1)]
    );
    assert_eq!(record["agentParticipants"], json!([]), "it takes no part");
}

/// The header of the official sample, which always declares everything.
#[tokio::test]
async fn other_features_beside_it_do_not_matter() {
    let server = TestServer::new().await;
    set(&server).await;
    let consumer = server.app().await.consumer("c1").await;
    let all = ["AUTO_MESSAGES", "RICH_CONTENT", "QUICK_REPLIES", "MULTI_DIALOG"];
    let conversation = open(&consumer, &all).await;
    say(&consumer, &all, &conversation, "hello").await;
    assert_eq!(logged(&consumer, &conversation).await, ["OPEN", "hello", "Hello."]);
}
