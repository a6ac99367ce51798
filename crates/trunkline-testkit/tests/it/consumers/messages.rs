//! Events of dialogs. Source: spec 24 §3.5, §3.6, 22 §5, §6.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_testkit::AgentSocket;

use super::{agent_in, done, events, newcomer, open, refused, say, server, text};

fn messages(changes: &[Value]) -> Vec<(u64, String)> {
    let shown = |change: &Value| {
        let sequence = change["sequence"].as_u64().unwrap();
        (sequence, change["event"]["message"].as_str().unwrap_or_default().to_owned())
    };
    changes.iter().map(shown).collect()
}

async fn subscribe(socket: &mut AgentSocket, dialog: &str, from: u64) {
    done(socket, "ms.SubscribeMessagingEvents", json!({"dialogId": dialog, "fromSeq": from})).await;
}

#[tokio::test]
async fn existing_events_come_in_one_notification_and_each_new_one_in_its_own() {
    let server = server().await;
    let token = server.sign_up().await;
    let mut socket = server.consumer_socket(&token).await;
    let conversation = open(&mut socket).await;
    for number in 0..5 {
        assert_eq!(say(&mut socket, &conversation, &number.to_string()).await, number);
    }
    let mut other = server.consumer_socket(&token).await;
    subscribe(&mut other, &conversation, 2).await;
    let existing = events(&mut other).await;
    assert_eq!(messages(&existing), [(2, "2".into()), (3, "3".into()), (4, "4".into())]);
    assert_eq!(existing[0]["originatorMetadata"]["role"], "CONSUMER");
    assert!(existing[0].get("originatorPId").is_none());
    say(&mut socket, &conversation, "5").await;
    assert_eq!(messages(&events(&mut other).await), [(5, "5".into())]);
    // Once more: the history again, and no duplicates afterwards.
    subscribe(&mut other, &conversation, 4).await;
    assert_eq!(messages(&events(&mut other).await), [(4, "4".into()), (5, "5".into())]);
    say(&mut socket, &conversation, "6").await;
    assert_eq!(messages(&events(&mut other).await), [(6, "6".into())]);
    done(&mut other, "GetClock", json!({})).await;
    assert!(other.take_notifications().is_empty());
}

/// Spec 24 §3.5, third open point.
#[tokio::test]
async fn whoever_creates_a_conversation_hears_it_without_subscribing() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    let mut agent = agent_in(&server, &conversation).await;
    say(&mut agent, &conversation, "How can I help?").await;
    let heard = events(&mut socket).await;
    assert_eq!(messages(&heard), [(0, "How can I help?".into())]);
    assert_eq!(heard[0]["originatorId"], heard[0]["originatorMetadata"]["id"]);
    assert_eq!(heard[0]["messageAudience"], "ALL");
    // An explicit subscription takes its place.
    subscribe(&mut socket, &conversation, 1).await;
    say(&mut socket, &conversation, "Open?").await;
    assert_eq!(messages(&events(&mut socket).await), [(1, "Open?".into())]);
    done(&mut socket, "GetClock", json!({})).await;
    assert!(socket.take_notifications().is_empty());
}

#[tokio::test]
async fn the_echo_follows_the_response() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    for number in 0..50 {
        let body = json!({"dialogId": conversation, "event": text("x")});
        assert_eq!(done(&mut socket, "ms.PublishEvent", body).await["sequence"], number);
        let early: Vec<_> = socket.take_notifications();
        assert!(early.iter().all(|frame| frame["body"]["changes"][0]["sequence"] != number), "{early:?}");
        if early.is_empty() && number % 2 == 0 {
            events(&mut socket).await;
        }
    }
}

/// Spec 22 §6: what is for agents only never reaches the consumer, not even by its number.
#[tokio::test]
async fn private_messages_stay_private() {
    let server = server().await;
    let token = server.sign_up().await;
    let mut socket = server.consumer_socket(&token).await;
    let conversation = open(&mut socket).await;
    let mut agent = agent_in(&server, &conversation).await;
    let publish = |event: Value, audience: &str| json!({"dialogId": conversation, "event": event, "messageAudience": audience});
    let receipt = |list: Value| json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": list});
    say(&mut socket, &conversation, "hello").await;
    let private = publish(text("for agents only"), "AGENTS_AND_MANAGERS");
    assert_eq!(done(&mut agent, "ms.PublishEvent", private).await["sequence"], 1);
    let typing = json!({"type": "ChatStateEvent", "chatState": "COMPOSING"});
    done(&mut agent, "ms.PublishEvent", publish(typing.clone(), "AGENTS_AND_MANAGERS")).await;
    done(&mut agent, "ms.PublishEvent", publish(receipt(json!([1])), "ALL")).await;
    done(&mut agent, "ms.PublishEvent", publish(receipt(json!([0, 1])), "ALL")).await;
    done(&mut agent, "ms.PublishEvent", publish(typing, "ALL")).await;
    say(&mut agent, &conversation, "for all").await;
    let mut live = Vec::new();
    while live.last().is_none_or(|change: &Value| change["event"]["message"] != "for all") {
        live.extend(events(&mut socket).await);
    }
    let states = live.iter().filter(|change| change["event"]["type"] == "ChatStateEvent").count();
    assert!(states <= 1, "{live:?}");
    live.retain(|change| change["event"]["type"] != "ChatStateEvent");
    // From the store it looks the same.
    let mut later = server.consumer_socket(&token).await;
    subscribe(&mut later, &conversation, 0).await;
    assert_eq!(events(&mut later).await, live);
    let shown: Vec<_> = live.iter().map(|change| change["sequence"].as_u64().unwrap()).collect();
    assert_eq!(shown, [0, 3, 4]);
    assert_eq!(live[1]["event"]["sequenceList"], json!([0]));
    let all = json!(live).to_string();
    assert!(!all.contains("agents only"), "{all}");
}

#[tokio::test]
async fn agents_typing_is_passed_on() {
    let server = server().await;
    let mut socket = newcomer(&server).await;
    let conversation = open(&mut socket).await;
    let mut agent = agent_in(&server, &conversation).await;
    say(&mut agent, &conversation, "first").await;
    events(&mut socket).await;
    let typing = json!({"type": "ChatStateEvent", "chatState": "COMPOSING"});
    let body = json!({"dialogId": conversation, "event": typing});
    assert_eq!(done(&mut agent, "ms.PublishEvent", body).await, json!({"sequence": 0}));
    let heard = &events(&mut socket).await[0];
    assert_eq!(heard["event"]["chatState"], "COMPOSING");
    assert!(heard.get("sequence").is_none() && heard.get("serverTimestamp").is_none());
}

/// Nothing is missed and nothing comes twice, however subscriptions and messages meet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_in_the_middle_of_a_flood_has_no_gap() {
    const MESSAGES: u64 = 300;
    let server = server().await;
    let token = server.sign_up().await;
    let mut socket = server.consumer_socket(&token).await;
    let conversation = open(&mut socket).await;
    let mut listeners = Vec::new();
    for number in 0..MESSAGES {
        let body = json!({"dialogId": conversation, "event": text(&number.to_string())});
        socket.send("ms.PublishEvent", body).await;
        if number % 50 == 25 {
            let mut listener = server.consumer_socket(&token).await;
            listener.send("ms.SubscribeMessagingEvents", json!({"dialogId": conversation})).await;
            listeners.push(listener);
        }
    }
    for listener in &mut listeners {
        let mut seen = Vec::new();
        while seen.len() < usize::try_from(MESSAGES).unwrap() {
            seen.extend(messages(&events(listener).await).into_iter().map(|(sequence, _)| sequence));
        }
        assert_eq!(seen, (0..MESSAGES).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn dialogs_of_others_are_unknown() {
    let server = server().await;
    let conversation = open(&mut newcomer(&server).await).await;
    let mut stranger = newcomer(&server).await;
    for dialog in [&*conversation, "75588e18-0213-4e33-8174-883acac7e3c4", "Qk3vT0aPRy6n1sHfLw2d9g", "x"] {
        let body = json!({"dialogId": dialog, "event": text("me, too")});
        assert_eq!(
            refused(&mut stranger, "ms.SubscribeMessagingEvents", body.clone()).await.0,
            404,
            "{dialog}"
        );
        assert_eq!(refused(&mut stranger, "ms.PublishEvent", body).await.0, 404, "{dialog}");
    }
}

/// Spec 24 §3.5: existing events come in one notification, as long as that fits into what may wait for a socket. Receipts are
/// short, but their envelopes are not.
#[tokio::test]
async fn a_long_history_comes_in_notifications_that_a_socket_can_hold() {
    const RECEIPTS: u64 = 1500;
    let server = server().await;
    let token = server.sign_up().await;
    let mut socket = server.consumer_socket(&token).await;
    let conversation = open(&mut socket).await;
    let receipt = json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0]});
    let body = json!({"dialogId": conversation, "event": receipt});
    for _ in 0..RECEIPTS / 300 {
        let mut ids = Vec::new();
        for _ in 0..300 {
            ids.push(socket.send("ms.PublishEvent", body.clone()).await);
        }
        for id in ids {
            assert_eq!(socket.response(&id).await["code"], 200);
        }
        server.clock.advance(Duration::from_secs(20));
    }
    let mut later = server.consumer_socket(&token).await;
    subscribe(&mut later, &conversation, 0).await;
    let mut seen = 0;
    while seen < RECEIPTS {
        let frame = later.notification(|frame| frame["type"] == "ms.MessagingEventNotification").await;
        let bytes = frame.to_string().len();
        assert!(bytes <= 512 * 1024, "{bytes} bytes");
        for change in frame["body"]["changes"].as_array().unwrap() {
            assert_eq!(change["sequence"], seen);
            seen += 1;
        }
    }
}
