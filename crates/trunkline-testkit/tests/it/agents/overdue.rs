//! Answers that are overdue, and filters on when they are due. Source: spec 21 §7.2, 22 §1.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_model::{Clock as _, Role};
use trunkline_testkit::TestServer;

use super::{Agent, asking, is_change};

/// How soon a conversation that says nothing else wants its answer.
const TTR: Duration = Duration::from_mins(10);

/// The deadline in a change of a conversation.
fn due(frame: &Value) -> i64 {
    frame["body"]["changes"][0]["result"]["effectiveTTR"].as_i64().expect("a time")
}

fn is_about(frame: &Value, conversation: &str) -> bool {
    frame["body"]["changes"][0]["result"]["convId"] == conversation
}

/// Joins a conversation, so that what is said in it is an answer.
async fn join(agent: &mut Agent, conversation: &str) {
    let field = json!({"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"});
    let body = json!({"conversationId": conversation, "conversationField": field});
    agent.done(".ams.cm.UpdateConversationField", body).await;
    agent.told(|frame| is_change(frame, "UPSERT")).await;
}

#[tokio::test]
async fn an_overdue_answer_is_told_once_and_so_is_its_arrival() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let mut bystander = Agent::new(&server, "bystander", Role::Agent).await;
    for agent in [&mut boss, &mut bystander] {
        agent.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    }
    let (consumer, conversation) = asking(&server, "c1").await;
    let opened = boss.told(|frame| is_change(frame, "UPSERT")).await;
    let deadline = server.clock.now().plus(TTR).0;
    assert_eq!(due(&opened), deadline);
    consumer.say(&conversation, "Hello?").await;
    server.clock.advance(TTR);
    let overdue = boss.told(|frame| is_change(frame, "UPSERT")).await;
    assert!(is_about(&overdue, &conversation));
    assert_eq!(due(&overdue), deadline, "a deadline that has passed");
    server.clock.advance(TTR);
    join(&mut boss, &conversation).await;
    boss.say(&conversation, "Sorry, here we are.").await;
    let answered = boss.told(|frame| is_change(frame, "UPSERT")).await;
    assert_eq!((is_about(&answered, &conversation), due(&answered)), (true, -1));
    // In time, and told to nobody: the next change is that of another conversation.
    consumer.say(&conversation, "One more thing").await;
    boss.say(&conversation, "Yes?").await;
    let (_other, other) = asking(&server, "c2").await;
    let next = boss.told(|frame| is_change(frame, "UPSERT")).await;
    assert!(is_about(&next, &other), "{next}");
    bystander.done("GetClock", json!({})).await;
    assert!(!bystander.seen.iter().any(|frame| is_change(frame, "UPSERT")));
}

#[tokio::test]
async fn many_deadlines_that_pass_at_once_are_all_told() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let app = server.app().await;
    let mut conversations = std::collections::BTreeSet::new();
    for number in 0..130 {
        conversations.insert(app.consumer(&format!("c{number}")).await.open().await);
        boss.told(|frame| is_change(frame, "UPSERT")).await;
    }
    server.clock.advance(TTR);
    while !conversations.is_empty() {
        let told = boss.told(|frame| is_change(frame, "UPSERT")).await;
        let id = told["body"]["changes"][0]["result"]["convId"].as_str().unwrap();
        assert!(conversations.remove(id), "told twice: {told}");
    }
}

#[tokio::test]
async fn who_subscribes_late_sees_what_messages_changed() {
    let server = TestServer::new().await;
    let (consumer, conversation) = asking(&server, "c1").await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    boss.told(|frame| is_change(frame, "UPSERT")).await;
    join(&mut boss, &conversation).await;
    // Past the states that are stored with messages, too.
    for round in 0..70 {
        boss.say(&conversation, "We look into it.").await;
        assert_eq!(due(&list(&mut boss).await), -1, "{round}");
    }
    server.clock.advance(Duration::from_secs(5));
    consumer.say(&conversation, "And?").await;
    boss.hears("And?").await;
    let known = list(&mut boss).await;
    let now = server.clock.now();
    assert_eq!(due(&known), now.plus(TTR).0);
    assert_eq!(known["body"]["changes"][0]["result"]["lastUpdateTime"], now.0);
}

/// What a new subscription is told first.
async fn list(agent: &mut Agent) -> Value {
    let subscribed = agent.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let id = subscribed["subscriptionId"].clone();
    let list = agent.told(|frame| frame["body"]["subscriptionId"] == id).await;
    agent.done(".ams.aam.UnsubscribeExConversations", json!({"subscriptionId": id})).await;
    list
}

#[tokio::test]
async fn a_filter_on_the_deadline_follows_messages() {
    let server = TestServer::new().await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let latest = server.clock.now().plus(TTR * 2).0;
    boss.done(".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"], "maxETTR": latest})).await;
    let (consumer, conversation) = asking(&server, "c1").await;
    boss.told(|frame| is_change(frame, "UPSERT")).await;
    join(&mut boss, &conversation).await;
    boss.say(&conversation, "What is it?").await;
    let gone = boss.told(|frame| is_change(frame, "DELETE")).await;
    assert_eq!(due(&gone), -1);
    consumer.say(&conversation, "The bill").await;
    let back = boss.told(|frame| is_change(frame, "UPSERT")).await;
    assert_eq!(due(&back), server.clock.now().plus(TTR).0);
    boss.say(&conversation, "It is paid.").await;
    boss.told(|frame| is_change(frame, "DELETE")).await;
    // Too late for the filter.
    server.clock.advance(TTR * 2);
    consumer.say(&conversation, "Thanks!").await;
    boss.hears("Thanks!").await;
    boss.done("GetClock", json!({})).await;
    assert!(!boss.seen.iter().any(|frame| is_change(frame, "UPSERT")));
}
