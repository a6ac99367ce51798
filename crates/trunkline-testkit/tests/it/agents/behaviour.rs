//! What an account sets up, as its agents and connectors meet it. Source: spec 05 §3.2, §4.3, 06 §3.1, 21 §9.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{Answer, Receiver, TestServer};

use super::{Agent, GUARD, asking, is_change, is_ring};

async fn set(server: &TestServer, change: Value) -> Value {
    let path = format!("/operator/v1/accounts/{}/behaviour", TestServer::ACCOUNT);
    let request = server.request(reqwest::Method::PATCH, &path).bearer_auth(TestServer::OPERATOR_TOKEN);
    let answer = Answer::to(request.json(&change)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn an_offer_with_the_first_message_counts_for_the_next_conversation() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    asking(&server, "c1").await;
    bot.accept().await;

    let expected = json!({"account": TestServer::ACCOUNT, "close_after_seconds": 604_800,
        "offer": "first_message", "ttr_urgent_seconds": 300, "ttr_prioritized_seconds": 600,
        "ttr_normal_seconds": 1200, "web_chat": false});
    assert_eq!(set(&server, json!({"offer": "first_message"})).await, expected);
    let (silent, silent_id) = asking(&server, "c2").await;
    let (talker, talker_id) = asking(&server, "c3").await;
    talker.say(&talker_id, "hello").await;
    assert_eq!(bot.accept().await, talker_id, "the one before it has said nothing");
    silent.say(&silent_id, "hello").await;
    assert_eq!(bot.accept().await, silent_id);

    set(&server, json!({"offer": "creation"})).await;
    let (_consumer, at_once) = asking(&server, "c4").await;
    assert_eq!(bot.accept().await, at_once);
}

/// 05 §3.1: the account's own targets, for conversations that are opened and targets that are set afterwards.
#[tokio::test]
async fn an_account_has_its_own_targets() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let has_ttr = |kind: &str, seconds: u32| {
        let ttr = json!({"ttrType": kind, "value": seconds});
        move |frame: &Value| {
            is_change(frame, "UPSERT")
                && frame["body"]["changes"][0]["result"]["conversationDetails"]["ttr"] == ttr
        }
    };
    asking(&server, "c1").await;
    boss.told(has_ttr("PRIORITIZED", 600)).await;
    set(&server, json!({"ttr_prioritized_seconds": 90, "ttr_urgent_seconds": 30})).await;
    let (_consumer, conversation) = asking(&server, "c2").await;
    boss.told(has_ttr("PRIORITIZED", 90)).await;
    let urgent = json!({"conversationId": conversation,
        "conversationField": {"field": "TTRField", "ttrType": "URGENT"}});
    boss.done(".ams.cm.UpdateConversationField", urgent).await;
    boss.told(has_ttr("URGENT", 30)).await;
    set(&server, json!({"ttr_prioritized_seconds": null})).await;
    asking(&server, "c3").await;
    boss.told(has_ttr("PRIORITIZED", 600)).await;
}

#[tokio::test]
async fn agents_and_connectors_are_told_of_a_time_out() {
    let (server, receiver) = (TestServer::for_loopback_endpoints().await, Receiver::start().await);
    let webhooks = json!({"cqm.ExConversationChangeNotification": {"endpoint": receiver.url("/hook")}});
    let members = json!({"client_name": "com.example.told", "capabilities": {"webhooks": webhooks}});
    let app = server.app_with(members).await;
    let mut manager = Agent::new(&server, "boss", Role::Manager).await;
    manager.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN", "CLOSE"]})).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let conversation = app.consumer("c1").await.open().await;
    bot.told(|frame| is_ring(frame, "WAITING")).await;
    receiver.wait_for(1).await;

    set(&server, json!({"close_after_seconds": 60})).await;
    server.clock.advance(Duration::from_secs(61));
    let is_end = |frame: &Value| {
        is_change(frame, "UPSERT")
            && frame["body"]["changes"][0]["result"]["conversationDetails"]["state"] == "CLOSE"
    };
    let told = tokio::time::timeout(GUARD, manager.told(is_end)).await.unwrap();
    let result = &told["body"]["changes"][0]["result"];
    let details = &result["conversationDetails"];
    assert_eq!((&result["convId"], &details["closeReason"]), (&json!(conversation), &json!("TIMEOUT")));
    assert_eq!(details["dialogs"][0]["closedBy"], "SYSTEM");
    bot.told(|frame| is_ring(frame, "CANCELLED")).await;

    let arrived = receiver.wait_for(2).await;
    let body = arrived[1].json();
    let details = &body["body"]["changes"][0]["result"]["conversationDetails"];
    assert_eq!((&details["state"], &details["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
    assert_eq!(
        (&details["closeReason"], &details["endTs"]),
        (&json!("SYSTEM"), &json!(1_700_000_061_000_i64))
    );
    assert_eq!(details["dialogs"][0]["closedBy"], "SYSTEM");
    // And the consumer may open the next one.
    app.consumer("c1").await.open().await;
}
