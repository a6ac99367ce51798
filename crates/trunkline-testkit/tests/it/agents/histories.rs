//! Histories of dialogs, however long. Source: spec 21 §7.3.

use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_services::socket::Next;
use trunkline_testkit::{Consumer, TestServer};

use super::{Agent, asking};

/// What may wait for a socket for long.
const SOFT_LIMIT: usize = 1 << 20;

fn sequences(events: &Value) -> Vec<u64> {
    events.as_array().unwrap().iter().map(|event| event["sequence"].as_u64().unwrap()).collect()
}

/// A conversation whose first `many` events are large because of their `metadata`.
async fn with_large_events(server: &TestServer, many: usize) -> (Consumer<'_>, Agent, String) {
    let mut bot = Agent::new(server, "bot", Role::Agent).await;
    bot.work().await;
    let (consumer, conversation) = asking(server, "c1").await;
    bot.accept().await;
    let metadata = json!([{"type": "Question", "text": "x".repeat(4000)}]);
    for n in 0..many {
        let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": n.to_string()});
        let body = json!({"dialogId": conversation, "event": event});
        let frame =
            json!({"kind": "req", "id": "x", "type": "ms.PublishEvent", "body": body, "metadata": metadata});
        bot.connection.receive(&frame.to_string()).await;
        let answer = bot.next().await;
        assert_eq!(answer["code"], 200, "{answer}");
        bot.hears(&n.to_string()).await;
    }
    (consumer, bot, conversation)
}

#[tokio::test]
async fn the_newest_events_are_answered_within_what_was_asked_for() {
    let server = TestServer::new().await;
    let (consumer, conversation) = asking(&server, "c1").await;
    let mut boss = Agent::new(&server, "boss", Role::Manager).await;
    let join = json!({"field": "ParticipantsChange", "type": "ADD", "role": "MANAGER"});
    for _ in 0..5 {
        consumer.say(&conversation, "hi").await;
    }
    // Entries that are no events are between them.
    let body = json!({"conversationId": conversation, "conversationField": [join]});
    boss.done(".ams.cm.UpdateConversationField", body).await;
    for _ in 0..5 {
        consumer.say(&conversation, "hi").await;
    }
    for (query, expected) in [
        (json!({}), (0..10).collect()),
        (json!({"newerThanSequence": 7}), vec![7, 8, 9]),
        (json!({"newerThanSequence": 10}), vec![]),
        (json!({"olderThanSequence": 2}), vec![0, 1]),
        (json!({"olderThanSequence": 0}), vec![]),
        (json!({"olderThanSequence": 99, "newerThanSequence": 8}), vec![8, 9]),
        (json!({"newerThanSequence": 4, "olderThanSequence": 7}), vec![4, 5, 6]),
        (json!({"newerThanSequence": 7, "olderThanSequence": 4}), vec![]),
        (json!({"maxQuantity": 3}), vec![7, 8, 9]),
        (json!({"maxQuantity": 2, "olderThanSequence": 6}), vec![4, 5]),
        (json!({"maxQuantity": 2, "newerThanSequence": 1}), vec![8, 9]),
    ] {
        let mut body = query.clone();
        body["dialogId"] = json!(conversation);
        let answer = boss.done(".ams.ms.QueryMessages", body).await;
        assert_eq!(sequences(&answer), expected, "{query}");
    }
}

#[tokio::test]
async fn a_long_history_comes_in_answers_that_fit_the_newest_first() {
    const MANY: usize = 300;
    let server = TestServer::new().await;
    let (_consumer, mut bot, conversation) = with_large_events(&server, MANY).await;
    let mut all: Vec<u64> = Vec::new();
    let mut answers = 0;
    while all.first() != Some(&0) {
        let mut body = json!({"dialogId": conversation, "newerThanSequence": 0});
        if let Some(first) = all.first() {
            body["olderThanSequence"] = json!(first);
        }
        let events = bot.done(".ams.ms.QueryMessages", body).await;
        assert!(events.to_string().len() < SOFT_LIMIT / 2);
        all.splice(0..0, sequences(&events));
        answers += 1;
    }
    assert_eq!(all, (0..MANY as u64).collect::<Vec<_>>());
    assert!(answers > 2, "{answers}");
}

#[tokio::test]
async fn many_questions_at_once_never_fill_the_queue() {
    let server = TestServer::new().await;
    let (_consumer, bot, conversation) = with_large_events(&server, 150).await;
    let body = json!({"dialogId": conversation});
    let asked = async {
        for id in 0..20 {
            let frame = json!({"kind": "req", "id": id, "type": ".ams.ms.QueryMessages", "body": body});
            bot.connection.receive(&frame.to_string()).await;
        }
    };
    let answered = async {
        for id in 0..20 {
            let Next::Frame(frame) = bot.outbox.next().await else { panic!("closed") };
            let answer: Value = serde_json::from_str(&frame).unwrap();
            assert_eq!(answer["reqId"], id.to_string(), "{}", answer["code"]);
            assert!(sequences(&answer["body"]).ends_with(&[149]));
        }
    };
    tokio::time::timeout(super::GUARD, async { tokio::join!(asked, answered) }).await.expect("answers");
}

/// 21 §3: both spellings on every socket.
#[tokio::test]
async fn who_subscribes_to_a_dialog_gets_its_history() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    let (consumer, conversation) = asking(&server, "c1").await;
    let body = json!({"dialogId": conversation});
    assert_eq!(bot.refused("ms.SubscribeMessagingEvents", body).await, 403);
    bot.work().await;
    for text in ["one", "two"] {
        consumer.say(&conversation, text).await;
    }
    bot.accept().await;
    let body = json!({"dialogId": conversation, "fromSeq": 1});
    let answer = bot.ask("ms.SubscribeMessagingEvents", body.clone()).await;
    assert_eq!((&answer["code"], &answer["type"]), (&json!(200), &json!("GenericSubscribeResponse")));
    let told = bot.hears("two").await;
    assert_eq!((&told["body"]["sequence"], &told["body"]["dialogId"]), (&json!(1), &json!(conversation)));
    assert!(told["body"]["originatorPId"].is_string());
    assert!(!bot.seen.iter().any(|frame| frame["body"]["event"]["message"] == "one"));
    let answer = bot.ask(".ams.ms.SubscribeMessagingEvents", body).await;
    assert_eq!(answer["type"], ".ams.GenericSubscribe$Response");
    let (_other, elsewhere) = asking(&server, "c2").await;
    let body = json!({"dialogId": conversation, "conversationId": elsewhere});
    assert_eq!(bot.refused("ms.SubscribeMessagingEvents", body).await, 400);
}

/// 21 §2: stored and relayed unchanged beside `metadata`.
#[tokio::test]
async fn encoded_metadata_is_kept_and_relayed() {
    let server = TestServer::new().await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let (_consumer, conversation) = asking(&server, "c1").await;
    bot.accept().await;
    let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": "hi"});
    let body = json!({"dialogId": conversation, "event": event});
    let frame = json!({
        "kind": "req", "id": "x", "type": ".ams.ms.PublishEvent", "body": body, "headers": null,
        "metadata": [{"type": "ExternalId", "id": "CARD"}], "encodedMetadata": "eyJ\"9",
    });
    bot.connection.receive(&frame.to_string()).await;
    assert_eq!(bot.next().await["code"], 200);
    let told = bot.hears("hi").await;
    let events = bot.done(".ams.ms.QueryMessages", json!({"dialogId": conversation})).await;
    for event in [&told["body"], &events[0]] {
        assert_eq!(event["encodedMetadata"], "eyJ\"9", "{event}");
        assert_eq!(event["metadata"], json!([{"type": "ExternalId", "id": "CARD"}]));
    }
}
