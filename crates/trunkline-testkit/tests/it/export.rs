//! The export of an account, over HTTP.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use trunkline_model::Role;
use trunkline_testkit::{Answer, TestServer};

use crate::agents::Agent;

const PATH: &str = "/operator/v1/accounts/10020030/export";

fn request(server: &TestServer, path: &str) -> RequestBuilder {
    server.request(Method::GET, path).bearer_auth(TestServer::OPERATOR_TOKEN)
}

/// The text of an export; `query` is empty or begins with `?`.
async fn text(server: &TestServer, query: &str) -> String {
    let answer = Answer::to(request(server, &format!("{PATH}{query}"))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.text
}

fn records(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "every line is ended");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn id(record: &Value) -> &str {
    record["info"]["conversationId"].as_str().unwrap()
}

/// Opens so many conversations, a second apart, and closes them, so that they are the same whenever they are read.
async fn talks(server: &TestServer, count: usize) -> Vec<String> {
    let app = server.app().await;
    let mut conversations = Vec::new();
    for number in 0..count {
        let consumer = app.consumer(&format!("crm-{number}")).await;
        let conversation = consumer.open().await;
        consumer.say(&conversation, &format!("Order {number}, please")).await;
        consumer.close(&conversation).await;
        conversations.push(conversation);
        server.clock.advance(Duration::from_secs(1));
    }
    conversations
}

#[tokio::test]
async fn it_goes_on_after_any_line_and_begins_at_any_moment() {
    let server = TestServer::new().await;
    assert_eq!(text(&server, "").await, "");
    let conversations = talks(&server, 5).await;
    let whole = text(&server, "").await;
    let found = records(&whole);
    assert!(found.iter().map(id).eq(&conversations));
    let lines: Vec<_> = whole.split_inclusive('\n').collect();
    for (number, conversation) in conversations.iter().enumerate() {
        let rest = text(&server, &format!("?after={conversation}")).await;
        assert_eq!(rest, lines[number + 1..].concat());
        let start = &found[number]["info"]["startTimeL"];
        assert_eq!(text(&server, &format!("?since={start}")).await, lines[number..].concat());
        let both = format!("?since={}&after={conversation}", 1_700_000_000_000_i64);
        assert_eq!(text(&server, &both).await, rest);
    }
}

/// What export says is what history says, agent-only messages included. Source: spec 08 §2.
#[tokio::test]
async fn a_line_is_the_record_of_history() {
    let server = TestServer::new().await;
    let consumer = server.app().await.consumer("crm-1").await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let conversation = consumer.open().await;
    assert_eq!(bot.accept().await, conversation);
    consumer.say(&conversation, "Is the shop open?").await;
    bot.hears("Is the shop open?").await;
    bot.say(&conversation, "Until eight.").await;
    let private = json!({"dialogId": conversation, "event": {"type": "ContentEvent", "contentType": "text/plain",
        "message": "A regular"}, "messageAudience": "AGENTS_AND_MANAGERS"});
    bot.done(".ams.ms.PublishEvent", private).await;

    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let everything = [
        "campaign",
        "messageRecords",
        "agentParticipants",
        "agentParticipantsLeave",
        "agentParticipantsActive",
        "consumerParticipants",
        "transfers",
        "interactions",
        "messageScores",
        "messageStatuses",
        "conversationSurveys",
        "summary",
        "sdes",
        "unAuthSdes",
        "dialogs",
        "responseTime",
        "skillChanges",
    ];
    let search = json!({"conversationId": conversation, "contentToRetrieve": everything});
    let path = "/messaging_history/api/account/10020030/conversations/conversation/search?v=2";
    let asked = server.request(Method::POST, path).bearer_auth(&session.bearer).json(&search);
    let history = Answer::to(asked).await.json();
    let exported = records(&text(&server, "").await);
    assert_eq!(json!(exported), history["conversationHistoryRecords"]);
    let messages = exported[0]["messageRecords"].as_array().unwrap();
    let said: Vec<_> = messages
        .iter()
        .map(|message| json!([message["messageData"]["msg"]["text"], message["audience"]]))
        .collect();
    let expected = [
        json!(["Is the shop open?", "ALL"]),
        json!(["Until eight.", "ALL"]),
        json!(["A regular", "AGENTS_AND_MANAGERS"]),
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn accounts_are_apart_and_the_operators_token_is_needed() {
    let server = TestServer::new().await;
    let conversations = talks(&server, 2).await;
    server.create_account("20030040").await;
    let elsewhere = "/operator/v1/accounts/20030040/export";
    let other = Answer::to(request(&server, elsewhere)).await;
    assert_eq!((other.status, other.text.as_str()), (200, ""));
    // An id of another account is a place in the order and opens nothing.
    let after = format!("{elsewhere}?after={}", conversations[0]);
    assert_eq!(Answer::to(request(&server, &after)).await.text, "");

    let bearer = server.bearer(TestServer::ACCOUNT, TestServer::ADMIN).await;
    for token in [None, Some(""), Some("wrong"), Some(&bearer)] {
        let asked = server.request(Method::GET, PATH);
        let asked = token.map_or(asked.try_clone().unwrap(), |token| asked.bearer_auth(token));
        let refused = Answer::to(asked).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (401, &json!("unauthorized")));
    }
    for (path, status) in [
        ("/operator/v1/accounts/99999999/export".to_owned(), 404),
        (format!("{PATH}?after=nonsense"), 400),
        (format!("{PATH}?since=yesterday"), 400),
    ] {
        assert_eq!(Answer::to(request(&server, &path)).await.status, status, "{path}");
    }
}

/// Whatever was acknowledged before an export began is in it, once and in order, however many write meanwhile; and so
/// when it was interrupted after any line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_missing_while_others_write() {
    const WRITERS: usize = 4;
    const TALKS: usize = 40;
    let server = TestServer::new().await;
    let app = server.app().await;
    // Conversations with the messages that were acknowledged in them.
    let acknowledged = std::sync::Mutex::new(HashMap::<String, usize>::new());
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let writers = join_all((0..WRITERS).map(|writer| {
        let (server, app, acknowledged, writing) = (&server, &app, &acknowledged, Arc::clone(&writing));
        async move {
            let consumer = app.consumer(&format!("crm-{writer}")).await;
            for _ in 0..TALKS {
                let conversation = consumer.open().await;
                acknowledged.lock().unwrap().insert(conversation.clone(), 0);
                for said in 1..=3 {
                    consumer.say(&conversation, "hello").await;
                    acknowledged.lock().unwrap().insert(conversation.clone(), said);
                }
                consumer.close(&conversation).await;
                server.clock.advance(Duration::from_millis(3));
            }
            writing.fetch_sub(1, Ordering::Relaxed);
        }
    }));
    let reader = async {
        let mut exports = 0;
        loop {
            let is_last = writing.load(Ordering::Relaxed) == 0;
            let before = acknowledged.lock().unwrap().clone();
            let first = text(&server, "").await;
            // As if it had been cut off after half of its lines.
            let lines: Vec<_> = first.split_inclusive('\n').collect();
            let kept = lines[..lines.len() / 2].concat();
            let after = records(&kept).last().map(|last| format!("?after={}", id(last))).unwrap_or_default();
            let resumed = format!("{kept}{}", text(&server, &after).await);
            for text in [first, resumed] {
                let found = records(&text);
                let ids: Vec<_> = found.iter().map(id).collect();
                assert!(ids.is_sorted_by(|one, next| one < next), "each once, in order");
                let found: HashMap<_, _> = found.iter().map(|record| (id(record), record)).collect();
                for (conversation, said) in &before {
                    let record = found.get(conversation.as_str()).expect("it was acknowledged before");
                    let messages = record["messageRecords"].as_array().unwrap().len();
                    assert!((*said..=3).contains(&messages), "{messages} of {said}");
                }
            }
            exports += 1;
            if is_last {
                assert_eq!(before.len(), WRITERS * TALKS);
                return exports;
            }
        }
    };
    let (_, exports) = tokio::join!(writers, reader);
    assert!(exports > 1, "{exports}");
}
