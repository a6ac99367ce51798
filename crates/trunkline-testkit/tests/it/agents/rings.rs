//! Source: spec 21 §7.1, 22 §2.

use std::time::Duration;

use serde_json::json;
use trunkline_model::Role;
use trunkline_testkit::TestServer;

use super::{Agent, asking, is_change, is_ring};

#[tokio::test]
async fn an_agent_is_rung_accepts_and_is_assigned() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    let ring = bot.told(|frame| is_ring(frame, "WAITING")).await;
    let task = &ring["body"]["changes"][0]["result"];
    assert_eq!((&task["conversationId"], &task["taskCompleted"]), (&json!(conversation), &json!(false)));
    assert_eq!(task["ringsDetails"][0]["ringExpiration"], 72_000);
    let id = task["ringsDetails"][0]["ringId"].clone();
    let answer =
        bot.ask(".ams.routing.UpdateRingState", json!({"ringId": id, "ringState": "ACCEPTED"})).await;
    assert_eq!((&answer["code"], &answer["body"]), (&json!(202), &json!("Ring state updated successfully")));
    // In this order. Source: spec 21 §7.1.
    let accepted = bot.next().await;
    assert!(is_ring(&accepted, "ACCEPTED"), "{accepted}");
    assert_eq!(accepted["body"]["changes"][0]["result"]["taskCompleted"], true);
    let upsert = bot.next().await;
    assert!(is_change(&upsert, "UPSERT"), "{upsert}");
    let details = &upsert["body"]["changes"][0]["result"]["conversationDetails"];
    assert_eq!(details["participants"]["ASSIGNED_AGENT"], json!([bot.aid]));
    assert_eq!(details["participantsPId"]["ASSIGNED_AGENT"], json!([bot.pid]));
    // A second accept of the same ring does no harm.
    assert_eq!(
        bot.refused(".ams.routing.UpdateRingState", json!({"ringId": id, "ringState": "ACCEPTED"})).await,
        409
    );
}

#[tokio::test]
async fn a_rejected_and_an_expired_ring_go_to_the_next_agent() {
    let server = TestServer::new().await;
    let mut agents =
        [Agent::new(&server, "a1", Role::Agent).await, Agent::new(&server, "a2", Role::Agent).await];
    for agent in &mut agents {
        agent.work().await;
    }
    let [first, second] = &mut agents;
    let (_consumer, _) = asking(&server, "c1").await;
    let ring = first.told(|frame| is_ring(frame, "WAITING")).await;
    let ring = ring["body"]["changes"][0]["result"]["ringsDetails"][0]["ringId"].clone();
    assert_eq!(
        second
            .refused(".ams.routing.UpdateRingState", json!({"ringId": ring, "ringState": "ACCEPTED"}))
            .await,
        403
    );
    first.done(".ams.routing.UpdateRingState", json!({"ringId": ring, "ringState": "REJECTED"})).await;
    first.told(|frame| is_ring(frame, "REJECTED")).await;
    second.told(|frame| is_ring(frame, "WAITING")).await;
    server.clock.advance(Duration::from_secs(72));
    second.told(|frame| is_ring(frame, "EXPIRED")).await;
    // All declined: it rings again after a pause.
    server.clock.advance(Duration::from_secs(5));
    first.accept().await;
}

#[tokio::test]
async fn who_is_away_is_not_rung_and_an_agent_who_comes_finds_the_queue() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    bot.done(".ams.routing.SetAgentState", json!({"availability": "AWAY"})).await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    let mut late = Agent::new(&server, "late", Role::Agent).await;
    late.work().await;
    assert_eq!(late.accept().await, conversation);
    bot.done("GetClock", json!({})).await;
    assert!(!bot.seen.iter().any(|frame| is_ring(frame, "WAITING")));
}

#[tokio::test]
async fn an_agent_without_sockets_is_offline_after_a_minute() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    boss.done(".ams.routing.SubscribeAgentsState", json!({"agentId": bot.aid})).await;
    let is = |frame: &serde_json::Value, availability: &str| {
        frame["type"] == ".ams.routing.AgentStateNotification"
            && frame["body"]["changes"][0]["result"]["availability"] == availability
    };
    boss.told(|frame| is(frame, "ONLINE")).await;
    let (_consumer, _) = asking(&server, "c1").await;
    bot.told(|frame| is_ring(frame, "WAITING")).await;
    let (aid, pid) = (bot.aid.clone(), bot.pid.clone());
    drop(bot);
    // Asking makes sure that the departure was seen.
    boss.done("GetClock", json!({})).await;
    boss.done(".ams.routing.SubscribeAgentsState", json!({"agentId": aid})).await;
    server.clock.advance(Duration::from_secs(61));
    boss.told(|frame| is(frame, "OFFLINE")).await;
    // Whoever comes back starts offline and finds the conversation in the queue.
    let mut back = Agent::connect(&server, "bot", aid, pid).await;
    back.work().await;
    back.accept().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_that_two_sockets_of_an_agent_take_at_once_is_taken_once() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let mut twin = Agent::connect(&server, "bot", bot.aid.clone(), bot.pid.clone()).await;
    bot.work().await;
    twin.work().await;
    let app = server.app().await;
    for number in 0..20 {
        let conversation = app.consumer(&format!("c{number}")).await.open().await;
        let ring = bot.told(|frame| is_ring(frame, "WAITING")).await;
        let id = ring["body"]["changes"][0]["result"]["ringsDetails"][0]["ringId"].clone();
        let body = json!({"ringId": id, "ringState": "ACCEPTED"});
        let (one, other) = tokio::join!(
            bot.ask(".ams.routing.UpdateRingState", body.clone()),
            twin.ask(".ams.routing.UpdateRingState", body.clone())
        );
        let mut codes = [&one, &other].map(|answer| answer["code"].as_u64().unwrap());
        codes.sort_unstable();
        assert_eq!(codes, [202, 409], "{one} {other}");
        // Whoever took it was told in the documented order: the response, the ring, the conversation.
        let (taker, other) = if one["code"] == 202 { (&mut bot, &mut twin) } else { (&mut twin, &mut bot) };
        let (ring, upsert) = (taker.next().await, taker.next().await);
        other.told(|frame| is_change(frame, "UPSERT")).await;
        assert!(is_ring(&ring, "ACCEPTED"), "{ring}");
        assert_eq!(upsert["body"]["changes"][0]["result"]["convId"], conversation.as_str(), "{upsert}");
        bot.seen.clear();
        twin.seen.clear();
    }
}
