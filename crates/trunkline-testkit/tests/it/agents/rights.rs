//! Who may do and see what. Source: spec 21 §7, §8.

use serde_json::json;
use trunkline_model::Role;
use trunkline_testkit::TestServer;

use super::{Agent, asking, is_change};

#[tokio::test]
async fn who_takes_no_part_may_neither_publish_nor_change() {
    let server = TestServer::new().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    let mut stranger = Agent::new(&server, "stranger", Role::Agent).await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "hi"});
    let publish = json!({"dialogId": conversation, "event": event});
    let close = json!({"conversationId": conversation, "conversationField": [{"field": "Stage", "conversationState": "CLOSE"}]});
    assert_eq!(stranger.refused(".ams.ms.PublishEvent", publish.clone()).await, 403);
    assert_eq!(stranger.refused(".ams.cm.UpdateConversationField", close.clone()).await, 403);
    assert_eq!(boss.refused(".ams.ms.PublishEvent", publish).await, 403, "managers must join first");
    boss.done(".ams.cm.UpdateConversationField", close).await;
}

#[tokio::test]
async fn an_agents_list_is_narrowed_to_the_own_conversations() {
    let server = TestServer::new().await;
    let (_consumer, _) = asking(&server, "c1").await;
    let mut agent = Agent::new(&server, "agent", Role::Agent).await;
    let body = agent.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let own = agent.told(|frame| frame["body"]["subscriptionId"] == body["subscriptionId"]).await;
    assert_eq!(own["body"]["changes"], json!([]));
    let (_other, _) = asking(&server, "c2").await;
    agent.done("GetClock", json!({})).await;
    assert!(!agent.seen.iter().any(|frame| is_change(frame, "UPSERT")));
}

#[tokio::test]
async fn other_users_states_and_rings_are_for_managers() {
    let server = TestServer::new().await;
    let mut agent = Agent::new(&server, "agent", Role::Agent).await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let theirs = json!({"availability": "AWAY", "agentUserId": boss.aid});
    assert_eq!(agent.refused(".ams.routing.SetAgentState", theirs).await, 403);
    assert_eq!(agent.refused(".ams.routing.SubscribeAgentsState", json!({})).await, 403);
    let rings = json!({"channelType": "MESSAGING", "agentId": boss.pid});
    assert_eq!(agent.refused(".ams.routing.SubscribeRoutingTasks", rings).await, 403);
    boss.done(".ams.routing.SetAgentState", json!({"availability": "AWAY", "agentUserId": agent.pid})).await;
    boss.done(".ams.routing.SubscribeAgentsState", json!({})).await;
    let unknown = json!({"availability": "AWAY", "agentUserId": format!("{}.999999", TestServer::ACCOUNT)});
    assert_eq!(boss.refused(".ams.routing.SetAgentState", unknown).await, 404);
}

#[tokio::test]
async fn profiles_of_consumers_are_for_those_who_speak_with_them() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let answer = bot.done(".ams.userprofile.GetUserProfile", json!({})).await;
    assert_eq!(answer, json!({"userId": bot.aid}));
    bot.work().await;
    let (_consumer, _) = asking(&server, "c1").await;
    let mut stranger = Agent::new(&server, "stranger", Role::Agent).await;
    bot.accept().await;
    let upsert = json!({"agentIds": [bot.aid]});
    let body = bot.done(".ams.aam.SubscribeExConversations", upsert).await;
    let known = bot.told(|frame| frame["body"]["subscriptionId"] == body["subscriptionId"]).await;
    let consumer =
        known["body"]["changes"][0]["result"]["conversationDetails"]["participants"]["CONSUMER"][0].clone();
    let profile = bot.ask(".ams.userprofile.GetUserProfile", consumer.clone()).await;
    assert!(profile["body"].is_object(), "{profile}");
    assert_eq!(stranger.refused(".ams.userprofile.GetUserProfile", consumer).await, 403);
}

#[tokio::test]
async fn what_is_not_known_is_answered_and_what_cannot_be_read_does_not_end_the_socket() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let answer = bot.ask(".ams.ms.token.GenerateDownloadToken", json!({})).await;
    assert_eq!((&answer["code"], &answer["body"]), (&json!(400), &json!("Unknown request")));
    bot.connection.receive("not json").await;
    bot.connection.receive("[]").await;
    bot.connection.receive(r#"{"kind":"req"}"#).await;
    let body = bot.done("GetClock", json!({})).await;
    assert!(body["currentTime"].is_i64());
}
