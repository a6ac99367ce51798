//! Subscriptions and transfers. Source: spec 21 §7.2, §7.5, 22 §1.3.

use serde_json::json;
use trunkline_model::Role;
use trunkline_testkit::TestServer;

use super::{Agent, asking, is_change, is_ring};

#[tokio::test]
async fn a_new_subscription_is_told_what_matches_and_an_empty_one_that_nothing_does() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let body = boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let nothing = boss.told(|frame| frame["body"]["subscriptionId"] == body["subscriptionId"]).await;
    assert_eq!(nothing["body"]["changes"], json!([]));
    let (_consumer, conversation) = asking(&server, "c1").await;
    let live = boss.told(|frame| is_change(frame, "UPSERT")).await;
    assert_eq!(live["body"]["changes"][0]["result"]["convId"], conversation.as_str());
    let again = boss.done("cqm.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let known = boss.told(|frame| frame["body"]["subscriptionId"] == again["subscriptionId"]).await;
    assert_eq!(known["body"]["changes"][0]["result"]["convId"], conversation.as_str());
    boss.done(".ams.aam.UnsubscribeExConversations", json!({"subscriptionId": again["subscriptionId"]}))
        .await;
    assert_eq!(
        boss.refused(
            ".ams.aam.UnsubscribeExConversations",
            json!({"subscriptionId": again["subscriptionId"]})
        )
        .await,
        404
    );
}

#[tokio::test]
async fn a_close_is_a_delete_for_those_who_want_open_ones() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (consumer, conversation) = asking(&server, "c1").await;
    bot.accept().await;
    consumer.close(&conversation).await;
    let deleted = bot.told(|frame| is_change(frame, "DELETE")).await;
    let result = &deleted["body"]["changes"][0]["result"];
    assert_eq!(result["convId"], conversation.as_str());
    assert_eq!(result["conversationDetails"]["closeReason"], "CONSUMER");
    assert!(result["conversationDetails"]["participantsPId"].is_object());
}

#[tokio::test]
async fn a_transfer_rings_the_named_agent_only() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    bot.accept().await;
    let mut other = Agent::new(&server, "other", Role::Agent).await;
    other.work().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    // The order, the PID and the body-level dialogId of the transfer sample. Source: spec 23 §8.
    let fields = json!([
        {"field": "ParticipantsChange", "type": "SUGGEST", "userId": other.aid, "role": "ASSIGNED_AGENT"},
        {"field": "ParticipantsChange", "type": "REMOVE", "userId": bot.pid, "role": "ASSIGNED_AGENT"},
        {"field": "Skill", "type": "UPDATE", "skill": 7},
    ]);
    let body = json!({"conversationId": conversation, "dialogId": conversation, "conversationField": fields});
    assert_eq!(bot.done(".ams.cm.UpdateConversationField", body).await, "OK Agent removed successfully");
    bot.told(|frame| is_change(frame, "DELETE")).await;
    let suggested =
        boss.told(|frame| is_change(frame, "UPSERT") && frame.to_string().contains("SUGGESTED")).await;
    let details = &suggested["body"]["changes"][0]["result"]["conversationDetails"];
    assert_eq!(details["skillId"], "7");
    assert!(details["participants"]["ASSIGNED_AGENT"].as_array().is_none_or(Vec::is_empty));
    assert_eq!(other.accept().await, conversation);
    assert!(!bot.seen.iter().any(|frame| is_ring(frame, "WAITING")));
}

#[tokio::test]
async fn removing_nobody_is_refused_in_the_documented_words() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    let remove = json!({"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"});
    let body = json!({"conversationId": conversation, "conversationField": remove});
    let answer = boss.ask(".ams.cm.UpdateConversationField", body).await;
    assert_eq!(
        (&answer["code"], &answer["body"]),
        (&json!(400), &json!("Agent does not exist in conversation"))
    );
}

#[tokio::test]
async fn an_agent_opens_a_conversation_with_a_known_consumer() {
    let server = TestServer::new().await;
    let (consumer, conversation) = asking(&server, "c1").await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let body = boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let known = boss.told(|frame| frame["body"]["subscriptionId"] == body["subscriptionId"]).await;
    let id =
        known["body"]["changes"][0]["result"]["conversationDetails"]["participants"]["CONSUMER"][0].clone();
    let wanted = json!({"consumerId": id, "channelType": "MESSAGING"});
    assert_eq!(bot.refused(".ams.cm.AgentRequestConversation", wanted.clone()).await, 400, "one is open");
    consumer.close(&conversation).await;
    bot.work().await;
    let opened = bot.done(".ams.cm.AgentRequestConversation", wanted).await;
    let upsert = bot.told(|frame| is_change(frame, "UPSERT")).await;
    assert_eq!(upsert["body"]["changes"][0]["result"]["convId"], opened["conversationId"]);
    let nobody = json!({"consumerId": "0".repeat(64)});
    assert_eq!(bot.refused(".ams.cm.AgentRequestConversation", nobody).await, 404);
}

#[tokio::test]
async fn a_list_that_is_read_slowly_brings_nothing_back_that_was_closed_meanwhile() {
    let server = TestServer::new().await;
    let (consumer, conversation) = asking(&server, "c1").await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let (_other, busy) = asking(&server, "c2").await;
    let join = json!({"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"});
    let body = json!({"conversationId": busy, "conversationField": join});
    boss.done(".ams.cm.UpdateConversationField", body).await;
    // More waits than a list may be added to.
    for _ in 0..80 {
        boss.connection
            .receive(
                &json!({"id": "x", "type": ".ams.ms.PublishEvent", "body": {"dialogId": busy, "event":
                    {"type": "ContentEvent", "contentType": "text/plain", "message": "m".repeat(4000)}}})
                .to_string(),
            )
            .await;
    }
    let subscribe =
        json!({"id": "s", "type": ".ams.aam.SubscribeExConversations", "body": {"convState": ["OPEN"]}});
    boss.connection.receive(&subscribe.to_string()).await;
    consumer.close(&conversation).await;
    let deleted = boss.told(|frame| is_change(frame, "DELETE")).await;
    assert_eq!(deleted["body"]["changes"][0]["result"]["convId"], conversation.as_str());
    let list = boss.told(|frame| is_change(frame, "UPSERT")).await;
    assert!(!list.to_string().contains(&conversation), "{list}");
}

#[tokio::test]
async fn a_socket_has_a_bounded_number_of_subscriptions() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let body = json!({"agentIds": [bot.aid]});
    for _ in 0..32 {
        bot.done(".ams.aam.SubscribeExConversations", body.clone()).await;
    }
    assert_eq!(bot.refused(".ams.aam.SubscribeExConversations", body).await, 429);
    bot.done("GetClock", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_of_a_subscription_whose_end_was_answered() {
    let server = TestServer::new().await;
    let app = server.app().await;
    for number in 0..5 {
        app.consumer(&format!("c{number}")).await.open().await;
    }
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    for round in 0..200 {
        let body = boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        let id = body["subscriptionId"].clone();
        boss.done(".ams.aam.UnsubscribeExConversations", json!({"subscriptionId": id})).await;
        boss.seen.clear();
        boss.done("GetClock", json!({})).await;
        assert!(boss.seen.is_empty(), "{round}: {:?}", boss.seen);
    }
}
