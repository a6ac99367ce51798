//! Subscriptions to rings that are changed. Source: spec 21 §7.1.

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::TestServer;

use super::{Agent, asking, is_ring};

const UPDATE: &str = ".ams.routing.UpdateRoutingTaskSubscription";

impl Agent {
    /// Changes a subscription to rings, and returns what it is told of at once: the conversations that ring.
    async fn rings_now(&mut self, subscription: &Value, mut filter: Value) -> Vec<String> {
        filter["subscriptionId"] = subscription.clone();
        let answer = self.done(UPDATE, filter).await;
        assert_eq!(answer, json!({"subscriptionId": subscription}));
        self.snapshot(subscription).await
    }

    /// The rings that a subscription begins with.
    async fn snapshot(&mut self, subscription: &Value) -> Vec<String> {
        let frame = self.told(|frame| frame["body"]["subscriptionId"] == *subscription).await;
        let changes = frame["body"]["changes"].as_array().unwrap();
        let rings = changes.iter().map(|change| {
            assert_eq!(change["result"]["ringsDetails"][0]["ringState"], "WAITING", "{change}");
            change["result"]["conversationId"].as_str().unwrap().to_owned()
        });
        let mut rings: Vec<_> = rings.collect();
        rings.sort_unstable();
        rings
    }

    async fn follow_rings(&mut self, filter: Value) -> Value {
        self.done(".ams.routing.SubscribeRoutingTasks", filter).await["subscriptionId"].take()
    }
}

/// The ring of a conversation, as a subscription is told of it.
fn ring_of(frame: &Value, conversation: &str) -> bool {
    frame["body"]["changes"][0]["result"]["conversationId"] == conversation
}

#[tokio::test]
async fn a_changed_subscription_is_told_of_what_its_new_filter_lets_through() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let all = bot.follow_rings(json!({"channelType": "MESSAGING"})).await;
    assert_eq!(bot.snapshot(&all).await, [""; 0]);
    bot.done(".ams.routing.SetAgentState", json!({"availability": "ONLINE"})).await;
    let (_one, first) = asking(&server, "c1").await;
    let (_other, second) = asking(&server, "c2").await;
    let mut rings = Vec::new();
    for conversation in [&first, &second] {
        let ring = bot.told(|frame| is_ring(frame, "WAITING") && ring_of(frame, conversation)).await;
        rings.push(ring["body"]["changes"][0]["result"]["ringsDetails"][0]["ringId"].clone());
    }
    let mut both = [first.clone(), second.clone()];
    both.sort_unstable();

    let only = bot.follow_rings(json!({"conversationId": first})).await;
    assert_eq!(bot.snapshot(&only).await, [first.as_str()]);
    assert_eq!(bot.rings_now(&only, json!({"skillId": "101"})).await, [""; 0]);
    assert_eq!(bot.rings_now(&only, json!({"skillId": "-1"})).await, both);
    assert_eq!(bot.rings_now(&only, json!({})).await, both, "a filter that is left out is no more");
    assert_eq!(bot.rings_now(&only, json!({"conversationId": second})).await, [second.as_str()]);

    // And from now on: the subscription beside it shows that the first one's end was told.
    for ring in rings {
        bot.done(".ams.routing.UpdateRingState", json!({"ringId": ring, "ringState": "REJECTED"})).await;
    }
    let is_told = |frame: &Value, subscription: &Value, conversation: &str| {
        is_ring(frame, "REJECTED")
            && frame["body"]["subscriptionId"] == *subscription
            && ring_of(frame, conversation)
    };
    bot.told(|frame| is_told(frame, &all, &first)).await;
    bot.told(|frame| is_told(frame, &all, &second)).await;
    bot.told(|frame| is_told(frame, &only, &second)).await;
    assert!(!bot.seen.iter().any(|frame| is_told(frame, &only, &first)));
}

#[tokio::test]
async fn a_manager_turns_to_the_rings_of_somebody_else() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    bot.told(|frame| is_ring(frame, "WAITING")).await;
    let rings = boss.follow_rings(json!({})).await;
    assert_eq!(boss.snapshot(&rings).await, [""; 0]);
    assert_eq!(boss.rings_now(&rings, json!({"agentId": bot.aid})).await, [conversation]);
    let own = bot.follow_rings(json!({})).await;
    let body = json!({"subscriptionId": own, "agentId": boss.aid});
    assert_eq!(bot.refused(UPDATE, body).await, 403);
}

#[tokio::test]
async fn what_is_no_subscription_to_rings_of_this_socket_is_not_found() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let mut mate = Agent::new(&server, "mate", Role::Agent).await;
    let theirs = mate.follow_rings(json!({})).await;
    let conversations = bot.done(".ams.aam.SubscribeExConversations", json!({})).await;
    let unknown = json!("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57");
    for id in [unknown, json!("nonsense"), theirs.clone(), conversations["subscriptionId"].clone()] {
        assert_eq!(bot.refused(UPDATE, json!({"subscriptionId": id})).await, 404, "{id}");
    }
    assert_eq!(bot.refused(UPDATE, json!({})).await, 400);
    // Whose it is was not touched.
    assert_eq!(mate.snapshot(&theirs).await, [""; 0]);
    assert_eq!(mate.rings_now(&theirs, json!({})).await, [""; 0]);
}
