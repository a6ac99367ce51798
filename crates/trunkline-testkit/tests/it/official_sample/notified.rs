//! What the sample is notified of, from the agent's side and its own. Source: spec 10 §4, §5 lines 4 to 8.

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::TestServer;

use super::bodies;
use super::bridge::Bridge;
use super::hub::Hub;
use crate::agents::Agent;

const PUBLISH: &str = ".ams.ms.PublishEvent";

/// What a conversation change says of the conversation.
fn details(change: &Value) -> &Value {
    assert_eq!(change["type"], "UPSERT", "{change}");
    &change["result"]["conversationDetails"]
}

#[tokio::test]
async fn both_sides_hear_what_is_said_read_and_typed_until_the_consumer_closes() {
    let server = TestServer::for_loopback_endpoints().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let (mut bridge, app) = Bridge::install(&mut hub, "sms--Demo--").await;
    let (mut other, _) = Bridge::install(&mut hub, "whatsapp--Demo--").await;

    // A conversation that the page has not subscribed to.
    hub.start_conversation(&app, "0.9120045").await;
    assert_eq!(hub.send(&bodies::close(&hub.conversation.clone())).await.status(), 200);
    bridge.arrived(2).await;
    other.arrived(2).await;

    // Line 4: the creation, then the text, which reaches the agent.
    hub.start_conversation(&app, "0.7301568").await;
    let id = hub.conversation.clone();
    bridge.follow(&id);
    other.follow(&id);
    let created = bridge.hear(&mut hub).await;
    let (state, participants) = (details(&created), &details(&created)["participants"]);
    assert_eq!((&state["state"], &state["stage"]), (&json!("OPEN"), &json!("OPEN")));
    assert_eq!(participants[0]["role"], "CONSUMER");
    let words = "Is the shop open? 😀";
    let answer = hub.send(&bodies::publish("3", &id, bodies::text(words))).await;
    assert_eq!((answer.status(), &answer.json()["body"]["sequence"]), (200, &json!(0)));
    let said = bridge.hear(&mut hub).await;
    assert_eq!((&said["sequence"], &said["event"]["message"]), (&json!(0), &json!(words)));
    assert_eq!((&said["originatorMetadata"]["role"], &said["dialogId"]), (&json!("CONSUMER"), &json!(id)));
    assert_eq!(bridge.window.consumer.as_deref(), participants[0]["id"].as_str());
    let mut agent = Agent::new(&server, "agent", Role::Agent).await;
    agent.work().await;
    assert_eq!(agent.accept().await, id);
    let joined = bridge.hear(&mut hub).await;
    let participants = details(&joined)["participants"].as_array().unwrap();
    assert!(participants.contains(&json!({"id": agent.pid, "role": "ASSIGNED_AGENT"})), "{joined}");
    agent.done(".ams.ms.SubscribeMessagingEvents", json!({"dialogId": id, "fromSeq": 0})).await;
    assert_eq!(agent.hears(words).await["body"]["sequence"], 0);

    // Line 5: the agent reads, types and answers; every message is accepted, and all apps hear of that.
    agent.done(PUBLISH, json!({"dialogId": id, "event": read(0)})).await;
    bridge.hear(&mut hub).await;
    assert_eq!(bridge.window.marks.get(&0).map(String::as_str), Some("READ"));
    for state in ["COMPOSING", "ACTIVE"] {
        agent.done(PUBLISH, json!({"dialogId": id, "event": bodies::chat_state(state)})).await;
        let typed = bridge.hear(&mut hub).await;
        assert_eq!(typed.get("sequence"), None);
        assert_eq!(bridge.window.chat_state.as_deref(), Some(state));
    }
    let answered = agent.say(&id, "It is.").await;
    bridge.hear(&mut hub).await;
    accepted(&bridge.hear(&mut hub).await, answered);
    let card = json!({"type": "vertical", "elements": [{"type": "text", "text": "Until eight. 😀"}]});
    let reply = json!({"type": "button", "title": "Thanks", "click": {"actions": [{"type": "publishText", "text": "Thanks"}]}});
    let replies = json!({"type": "quickReplies", "itemsPerRow": 8, "replies": [reply]});
    let rich = json!({"type": "RichContentEvent", "content": card, "quickReplies": replies});
    let shown = agent.done(PUBLISH, json!({"dialogId": id, "event": rich})).await;
    bridge.hear(&mut hub).await;
    accepted(&bridge.hear(&mut hub).await, shown["sequence"].as_u64().unwrap());
    let role = || "ASSIGNED_AGENT".to_owned();
    let expected = [(answered, role(), json!("It is.")), (shown["sequence"].as_u64().unwrap(), role(), card)];
    assert_eq!(bridge.window.messages, expected);
    assert_eq!(bridge.window.replies, ["Thanks"]);

    // Line 6: what the consumer does comes without number and time.
    for state in ["COMPOSING", "PAUSE", "ACTIVE", "GONE"] {
        assert_eq!(hub.send(&bodies::publish("1,", &id, bodies::chat_state(state))).await.status(), 200);
        let typed = bridge.hear(&mut hub).await;
        assert_eq!(typed["event"], bodies::chat_state(state));
        assert_eq!(typed["originatorMetadata"]["role"], "CONSUMER");
        assert!(typed.get("sequence").is_none() && typed.get("serverTimestamp").is_none(), "{typed}");
    }
    assert_eq!(bridge.window.chat_state.as_deref(), Some("ACTIVE"), "the consumer's own is not shown");

    // Line 7.
    assert!(!bridge.window.is_over);
    assert_eq!(hub.send(&bodies::close(&id)).await.status(), 200);
    let closed = bridge.hear(&mut hub).await;
    let closed = details(&closed);
    assert_eq!((&closed["state"], &closed["stage"]), (&json!("CLOSE"), &json!("CLOSE")));
    assert_eq!(closed["closeReason"], "CONSUMER");
    assert!(bridge.window.is_over);
    let late = hub.send(&bodies::publish("3", &id, bodies::text("One more thing"))).await;
    assert_eq!((late.status(), &late.json()["code"]), (400, &json!("BAD_REQUEST")));

    // The other app was told the same, in the same order.
    for expected in &bridge.heard {
        assert_eq!(other.next().await, *expected);
    }
}

/// Line 8, C16: the sample recognises the survey by the dialog at index 1 and answers there.
#[tokio::test]
async fn a_consumer_closes_and_answers_a_survey() {
    let server = TestServer::for_loopback_endpoints().await;
    let mut hub = Hub::open(&server).await;
    hub.sign_in().await;
    let (mut bridge, app) = Bridge::install(&mut hub, "sms--Demo--").await;
    let question = json!({"question": [{"id": "q", "text": "How was it?", "kind": "csat"}]});
    let set = server.request(reqwest::Method::PUT, "/operator/v1/accounts/10020030/survey");
    let set = set.bearer_auth(TestServer::OPERATOR_TOKEN).json(&question).send().await.unwrap();
    assert_eq!(set.status(), 200);
    hub.start_conversation(&app, "0.7301568").await;
    let id = hub.conversation.clone();
    bridge.follow(&id);
    bridge.hear(&mut hub).await;

    let answer = hub.send(&bodies::close_main_dialog(&id)).await;
    assert_eq!((answer.status(), &answer.json()["code"]), (200, &json!("OK")));
    let changed = bridge.hear(&mut hub).await;
    let changed = details(&changed);
    assert_eq!((&changed["state"], &changed["stage"]), (&json!("CLOSE"), &json!("OPEN")));
    assert_eq!(
        (&changed["dialogs"][0]["dialogType"], &changed["dialogs"][0]["state"]),
        (&json!("MAIN"), &json!("CLOSE"))
    );
    let survey = &changed["dialogs"][1];
    assert_eq!((&survey["dialogType"], &survey["state"]), (&json!("POST_SURVEY"), &json!("OPEN")));
    let dialog = survey["dialogId"].as_str().unwrap().to_owned();
    assert_eq!(bridge.window.dialog, dialog);
    assert!(!bridge.window.is_over);
    // The question, which the sample confirms like any message.
    let asked = bridge.hear(&mut hub).await;
    assert_eq!((&asked["dialogId"], &asked["sequence"]), (&json!(dialog), &json!(0)));
    assert_eq!(bridge.window.replies.len(), 5);
    accepted(&bridge.hear(&mut hub).await, 0);

    let answer = hub.send(&bodies::publish_to("3", &id, &dialog, bodies::text("5"))).await;
    // After the question and its receipt.
    assert_eq!(answer.text, r#"{"reqId":"3","code":"OK","body":{"sequence":2}}"#);
    while !bridge.window.is_over {
        bridge.hear(&mut hub).await;
    }
    let account = TestServer::account();
    let conversation = trunkline_wire::ConversationId::parse(&id).unwrap();
    let state = server.services.storage.conversation(&account, conversation).await.unwrap().unwrap();
    assert_eq!(state.csat.unwrap().rate, Some(5));
}

fn read(number: u64) -> Value {
    json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [number]})
}

/// The consumer's receipt of a message.
fn accepted(change: &Value, number: u64) {
    assert_eq!(change["originatorMetadata"]["role"], "CONSUMER", "{change}");
    let expected = json!({"type": "AcceptStatusEvent", "status": "ACCEPT", "sequenceList": [number]});
    assert_eq!(change["event"], expected);
}
