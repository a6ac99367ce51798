//! Who is there, and what he is offered while he is. Source: spec 20, 21 §6, §7.1.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_model::{Role, Secret, UserChange};
use trunkline_services::auth::{AccountAdmin, Operator};
use trunkline_testkit::TestServer;

use super::{Agent, asking, is_change, is_ring};

fn admin() -> AccountAdmin {
    Operator::this_process().account_admin(TestServer::account())
}

async fn offer_at_most(server: &TestServer, name: &str, most: Option<u32>) {
    let change = UserChange { skills: None, max_conversations: Some(most) };
    server.services.users.change(&admin(), name, change).await.expect("a known user");
}

fn is_state(frame: &Value, availability: &str) -> bool {
    frame["type"] == ".ams.routing.AgentStateNotification"
        && frame["body"]["changes"][0]["result"]["availability"] == availability
}

/// Whether the account has a task.
fn has_task(server: &TestServer) -> bool {
    format!("{:?}", server.services.agents) == "Agents { accounts: 1, .. }"
}

#[tokio::test]
async fn what_a_user_is_offered_changes_at_once() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    offer_at_most(&server, "bot", Some(0)).await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    boss.told(|frame| is_change(frame, "UPSERT")).await;
    bot.done("GetClock", json!({})).await;
    assert!(!bot.seen.iter().any(|frame| is_ring(frame, "WAITING")));
    offer_at_most(&server, "bot", None).await;
    assert_eq!(bot.accept().await, conversation);
}

#[tokio::test]
async fn a_ring_of_a_skill_that_was_taken_away_goes_to_somebody_else() {
    let server = TestServer::new().await;
    let billing = server.services.skills.create(&admin(), "billing".to_owned()).await.unwrap().id;
    let repairs = server.services.skills.create(&admin(), "repairs".to_owned()).await.unwrap().id;
    let mut first = Agent::new(&server, "first", Role::Agent).await;
    first.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    first.told(|frame| is_ring(frame, "WAITING")).await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let field = json!({"field": "Skill", "type": "UPDATE", "skill": billing.to_string()});
    let body = json!({"conversationId": conversation, "conversationField": field});
    boss.done(".ams.cm.UpdateConversationField", body).await;
    first.told(|frame| is_ring(frame, "CANCELLED")).await;
    let ring = first.told(|frame| is_ring(frame, "WAITING")).await;
    assert_eq!(ring["body"]["changes"][0]["result"]["skillId"], billing.to_string());
    let mut second = Agent::new(&server, "second", Role::Agent).await;
    second.work().await;
    let change = UserChange { skills: Some(vec![repairs]), max_conversations: None };
    server.services.users.change(&admin(), "first", change).await.unwrap();
    first.told(|frame| is_ring(frame, "CANCELLED")).await;
    assert_eq!(second.accept().await, conversation);
}

#[tokio::test]
async fn a_disabled_user_is_gone_at_once() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    boss.done(".ams.routing.SubscribeAgentsState", json!({"agentId": bot.aid})).await;
    boss.told(|frame| is_state(frame, "ONLINE")).await;
    let (_consumer, _) = asking(&server, "c1").await;
    bot.told(|frame| is_ring(frame, "WAITING")).await;
    server.services.users.disable(&admin(), "bot").await.unwrap();
    bot.told(|frame| is_ring(frame, "CANCELLED")).await;
    let removed = boss.told(|frame| is_state(frame, "OFFLINE")).await;
    assert_eq!(removed["body"]["changes"][0]["type"], "DELETE");
    tokio::time::timeout(super::GUARD, bot.connection.ended()).await.expect("the session has ended");
}

/// Source: spec 22 §3. The result is there as in any other change.
#[tokio::test]
async fn whoever_follows_a_user_is_told_once_that_he_is_no_more() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let mut mate = Agent::new(&server, "mate", Role::Agent).await;
    let mut other = Agent::new(&server, "other", Role::Agent).await;
    let absent = server.create_user(TestServer::ACCOUNT, "absent", Role::Agent).await.aid();
    let last = server.create_user(TestServer::ACCOUNT, "last", Role::Agent).await.aid();
    boss.done(".ams.routing.SubscribeAgentsState", json!({})).await;
    for aid in [&absent, &last] {
        mate.done(".ams.routing.SubscribeAgentsState", json!({"agentId": aid})).await;
    }
    other.done(".ams.routing.SubscribeAgentsState", json!({"agentId": mate.aid})).await;
    let users = &server.services.users;
    users.disable(&admin(), "absent").await.unwrap();
    // He is looked at once more.
    users.set_password(&admin(), "absent", Secret::new("correct horse battery".to_owned())).await.unwrap();
    users.disable(&admin(), "last").await.unwrap();
    let is_removed = |frame: &Value| frame["body"]["changes"][0]["type"] == "DELETE";
    for agent in [&mut boss, &mut mate] {
        for aid in [&absent, &last] {
            let frame = agent.told(is_removed).await;
            let state = json!({"agentUserId": aid, "channels": ["MESSAGING"], "availability": "OFFLINE",
                "description": ""});
            assert_eq!(frame["body"]["changes"][0]["result"], state);
            assert_eq!(frame["type"], ".ams.routing.AgentStateNotification");
        }
    }
    other.done("GetClock", json!({})).await;
    assert!(!other.seen.iter().any(is_removed));
}

fn is_unassigned(frame: &Value) -> bool {
    let agents =
        &frame["body"]["changes"][0]["result"]["conversationDetails"]["participants"]["ASSIGNED_AGENT"];
    is_change(frame, "UPSERT") && agents.as_array().is_none_or(Vec::is_empty)
}

/// He can never come back to it: 21 §9 "back to queue".
#[tokio::test]
async fn what_a_disabled_user_answers_goes_back_to_its_queue() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    assert_eq!(bot.accept().await, conversation);
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    server.services.users.disable(&admin(), "bot").await.unwrap();
    boss.told(is_unassigned).await;
    for (kind, code) in [("ADD", 404), ("SUGGEST", 404), ("REMOVE", 400)] {
        let change = json!({"conversationId": conversation, "conversationField": {"field": "ParticipantsChange",
            "type": kind, "role": "ASSIGNED_AGENT", "userId": bot.aid}});
        assert_eq!(boss.refused(".ams.cm.UpdateConversationField", change).await, code, "{kind}");
    }
    let mut other = Agent::new(&server, "other", Role::Agent).await;
    other.work().await;
    assert_eq!(other.accept().await, conversation);
}

#[tokio::test]
async fn a_user_who_was_disabled_while_nobody_was_there_answers_nothing_either() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    assert_eq!(bot.accept().await, conversation);
    drop(bot);
    while has_task(&server) {
        server.clock.advance(Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    server.services.users.disable(&admin(), "bot").await.unwrap();
    let mut other = Agent::new(&server, "other", Role::Agent).await;
    other.work().await;
    assert_eq!(other.accept().await, conversation);
}

#[tokio::test]
async fn the_task_of_an_account_ends_with_the_last_agent_and_begins_with_the_next() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    let (aid, pid) = (bot.aid.clone(), bot.pid.clone());
    for _ in 0..3 {
        bot.work().await;
        drop(bot);
        // Whoever comes back within a minute finds everything as it was.
        server.clock.advance(Duration::from_secs(30));
        bot = Agent::connect(&server, "bot", aid.clone(), pid.clone()).await;
        bot.done(".ams.routing.SubscribeAgentsState", json!({"agentId": aid})).await;
        bot.told(|frame| is_state(frame, "ONLINE")).await;
        assert!(has_task(&server));
        drop(bot);
        // The minute begins when the departure is noticed.
        while has_task(&server) {
            server.clock.advance(Duration::from_secs(10));
            tokio::task::yield_now().await;
        }
        bot = Agent::connect(&server, "bot", aid.clone(), pid.clone()).await;
    }
    bot.work().await;
    assert_eq!(bot.accept().await, conversation);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_connects_while_the_task_ends_is_connected() {
    let server = TestServer::new().await;
    let bot = Agent::new(&server, "bot", Role::Agent).await;
    let (aid, pid) = (bot.aid.clone(), bot.pid.clone());
    drop(bot);
    for round in 0..25 {
        for _ in 0..round {
            server.clock.advance(Duration::from_secs(6));
            tokio::task::yield_now().await;
        }
        let mut bot = Agent::connect(&server, "bot", aid.clone(), pid.clone()).await;
        bot.done("GetClock", json!({})).await;
        bot.work().await;
    }
}
