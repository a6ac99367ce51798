//! Conversations by the time of their start, and by consumer. Source: spec 08 §3.

use std::time::Duration;

use serde_json::json;
use trunkline_model::Role;
use trunkline_model::conversation::{ConversationChange, OpenConversation, Ttr};
use trunkline_testkit::Consumer;
use trunkline_wire::conversations::TtrType;
use trunkline_wire::{
    AppInstallationId, ConsumerId, ConversationId, EpochMillis, ExternalConsumerId, SkillId,
};

use super::*;
use crate::agents::Agent;

/// Opens `count` conversations, a second apart, every other of which is closed at once.
async fn talks(server: &TestServer, count: usize) -> (Vec<Consumer<'_>>, Vec<String>) {
    let app = server.app().await;
    let (mut consumers, mut conversations) = (Vec::new(), Vec::new());
    for number in 0..count {
        let consumer = app.consumer(&format!("crm-{number}")).await;
        let conversation = consumer.open().await;
        consumer.say(&conversation, &format!("Order {number}, please")).await;
        if number % 2 == 0 {
            consumer.close(&conversation).await;
        }
        consumers.push(consumer);
        conversations.push(conversation);
        server.clock.advance(Duration::from_secs(1));
    }
    (consumers, conversations)
}

#[tokio::test]
async fn conversations_are_paged_by_offset_and_by_cursor() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let (_, conversations) = talks(&server, 7).await;
    let newest: Vec<_> = conversations.iter().rev().collect();
    let search = json!({"start": lately(), "contentToRetrieve": ["messageRecords"]});
    let whole = found(&server, &session, "search", &search).await;
    assert_eq!(ids(&whole), newest);
    assert_eq!(whole["_metadata"]["count"], 7);
    assert!(whole["_metadata"].get("cursor").is_none() && whole["_metadata"].get("next").is_none());
    let oldest = found(&server, &session, "search?sort=start%3Aasc", &search).await;
    assert!(ids(&oldest).into_iter().eq(&conversations));

    for (offset, expected) in [(0, &newest[0..3]), (3, &newest[3..6]), (6, &newest[6..7]), (7, &newest[7..7])]
    {
        let page = found(&server, &session, &format!("search?offset={offset}&limit=3"), &search).await;
        assert_eq!(ids(&page), expected);
        assert_eq!(page["_metadata"]["count"], 7);
    }
    let mut paged: Vec<String> = Vec::new();
    let mut path = "search?limit=3&sort=start:desc".to_owned();
    loop {
        let page = found(&server, &session, &path, &search).await;
        paged.extend(ids(&page).into_iter().map(str::to_owned));
        // Whatever begins meanwhile does not move what is still to come.
        let late = format!("late-{}", paged.len());
        server.app_named(TestServer::ACCOUNT, &late).await.consumer(&late).await.open().await;
        let Some(next) = page["_metadata"]["next"]["href"].as_str() else { break };
        let cursor = page["_metadata"]["cursor"].as_str().unwrap();
        assert!(next.contains(&format!("cursor={cursor}")), "{next}");
        path = format!("search?{}", next.split_once('?').unwrap().1);
    }
    assert!(paged.iter().eq(newest));
}

/// A search that must read transcripts reads a thousand at most, and goes on where it ended: also within its offset.
#[tokio::test]
async fn an_offset_goes_on_where_a_search_ended() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let mut opening = tokio::task::JoinSet::new();
    for number in 0..1003_u16 {
        let storage = std::sync::Arc::clone(&server.services.storage);
        opening.spawn(async move { storage.commit(opened(number)).await.unwrap() });
    }
    opening.join_all().await;
    let all: Vec<_> = (0..1003).map(|number| id(number).to_string()).collect();
    let search = json!({"start": lately(), "source": ["APP"], "contentToRetrieve": []});
    let asked = "search?sort=start:asc&limit=2&offset=1001";
    let first = found(&server, &session, asked, &search).await;
    assert_eq!(ids(&first), [""; 0]);
    assert_eq!(first["_metadata"]["shardsStatusResult"]["partialResult"], true);
    let cursor = first["_metadata"]["cursor"].as_str().unwrap();
    let link = first["_metadata"]["next"]["href"].as_str().unwrap().split_once("conversations/").unwrap().1;
    for next in [link.to_owned(), format!("{asked}&cursor={cursor}")] {
        let second = found(&server, &session, &next, &search).await;
        assert_eq!(ids(&second), all[1001..], "{next}");
        assert!(second["_metadata"].get("cursor").is_none());
    }
    // A full page before the end of what is read needs no rest.
    let first = found(&server, &session, "search?sort=start:asc&limit=2&offset=997", &search).await;
    assert_eq!(ids(&first), all[997..999]);
    let cursor = first["_metadata"]["cursor"].as_str().unwrap();
    let second = format!("search?sort=start:asc&limit=2&offset=997&cursor={cursor}");
    assert_eq!(ids(&found(&server, &session, &second, &search).await), all[999..1001]);
}

fn id(number: u16) -> ConversationId {
    // The first digits are the milliseconds of its start.
    ConversationId::parse(&format!("018bcfe5-6800-7000-8000-{number:012x}")).unwrap()
}

/// A conversation that an app opened.
fn opened(number: u16) -> ConversationChange {
    let mut consumer = [7; 32];
    consumer[..2].copy_from_slice(&number.to_be_bytes());
    let open = OpenConversation {
        account: TestServer::account(),
        consumer: ConsumerId::from_bytes(consumer),
        external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
        app: AppInstallationId::parse("75588e18-0213-4e33-8174-883acac7e3c4").ok(),
        skill: SkillId::UNASSIGNED,
        ttr: Ttr { kind: TtrType::Normal, seconds: 600 },
        campaign: None,
        context: None,
        client_properties: None,
        features: Vec::new(),
    };
    open.decide(id(number), EpochMillis(1_700_000_000_000))
}

#[tokio::test]
async fn a_search_keeps_to_its_range_and_status() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let (_, all) = talks(&server, 6).await;
    let at = |second: i64| 1_700_000_000_000 + second * 1000;
    for (body, expected) in [
        (json!({"start": {"from": at(1), "to": at(3)}}), vec![1, 2, 3]),
        (json!({"start": {"from": at(4).to_string(), "to": -1}}), vec![4, 5]),
        (json!({"start": lately(), "status": ["OPEN"]}), vec![1, 3, 5]),
        (json!({"start": lately(), "status": "CLOSE"}), vec![0, 2, 4]),
        (json!({"start": lately(), "status": ["OPEN", "CLOSE"]}), vec![0, 1, 2, 3, 4, 5]),
        (json!({"start": lately(), "status": ["OVERDUE"]}), vec![]),
        (json!({"start": lately(), "keyword": "ORDER 4"}), vec![4]),
        (json!({"start": lately(), "keyword": "\"order 5, \""}), vec![5]),
        (
            json!({"start": lately(), "keyword": "order", "status": ["CLOSE"], "source": ["app"]}),
            vec![0, 2, 4],
        ),
        (json!({"start": lately(), "source": ["AGENT"]}), vec![]),
        (json!({"start": lately(), "skillIds": ["-1"], "mcs": {"from": 3}}), vec![0, 1, 2, 3, 4, 5]),
        (json!({"start": lately(), "skillIds": [7]}), vec![]),
    ] {
        let answer = found(&server, &session, "search?sort=start:asc", &body).await;
        let expected: Vec<_> = expected.into_iter().map(|number: usize| &all[number]).collect();
        assert_eq!(ids(&answer), expected, "{body}");
        assert_eq!(answer["_metadata"]["count"], expected.len(), "{body}");
    }
    let filtered = json!({"start": lately(), "keyword": "order"});
    let page = found(&server, &session, "search?sort=start:asc&offset=1&limit=2", &filtered).await;
    assert_eq!((ids(&page), &page["_metadata"]["count"]), (vec![all[1].as_str(), &all[2]], &json!(6)));
    let cursor = page["_metadata"]["cursor"].as_str().unwrap();
    let page = found(&server, &session, &format!("search?sort=start:asc&cursor={cursor}"), &filtered).await;
    assert!(ids(&page).into_iter().eq(&all[3..]));
}

#[tokio::test]
async fn conversations_are_found_by_whom_they_were_with() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let mut bot = Agent::new(&server, "bot", Role::Agent).await;
    bot.work().await;
    let app = server.app().await;
    let with = app.consumer("crm-1").await.open().await;
    assert_eq!(bot.accept().await, with);
    let number = bot.aid.strip_prefix("10020030.").unwrap();
    for (ids_of, expected) in [
        (json!([number]), 1),
        (json!([number.parse::<i64>().unwrap()]), 1),
        (json!(bot.pid), 1),
        (json!([bot.aid]), 1),
        (json!(["999999", "nobody"]), 0),
    ] {
        for member in ["agentIds", "latestAgentIds"] {
            let body = json!({"start": lately(), member: ids_of});
            let answer = found(&server, &session, "search", &body).await;
            assert_eq!(ids(&answer).len(), expected, "{body}");
        }
    }
}

#[tokio::test]
async fn a_consumers_conversations_are_listed() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let (consumers, all) = talks(&server, 3).await;
    let again = consumers[0].open().await;
    let whole = found(&server, &session, "conversation/search", &json!({"conversationId": again})).await;
    let record = &whole["conversationHistoryRecords"][0];
    assert_eq!(record["info"]["firstConversation"], false);
    let consumer = &record["consumerParticipants"][0]["participantId"];
    for (status, expected) in [
        (json!(["OPEN", "CLOSE"]), vec![&again, &all[0]]),
        (json!(["OPEN"]), vec![&again]),
        (json!("CLOSE"), vec![&all[0]]),
    ] {
        let body = json!({"consumer": consumer, "status": status});
        let answer = found(&server, &session, "consumer/search?=Order:[desc]", &body).await;
        assert_eq!(ids(&answer), expected, "{body}");
    }
    for nobody in ["0".repeat(64), "crm-1".to_owned()] {
        let answer = found(&server, &session, "consumer/search", &json!({"consumer": nobody})).await;
        assert_eq!(answer["_metadata"]["count"], 0);
    }
}

#[tokio::test]
async fn searches_against_the_rules_are_refused() {
    let server = TestServer::new().await;
    let session = admin(&server).await;
    let day = 86_400_000_i64;
    let good = json!({"start": lately()});
    for (path, body) in [
        ("search", json!({})),
        ("search", json!({"start": {"from": 0}})),
        ("search", json!({"start": {"from": 5, "to": 4}})),
        ("search", json!({"start": {"from": 0, "to": 94 * day}})),
        ("search", json!({"start": {"from": "x", "to": 1}})),
        ("search", json!({"start": [0, 1]})),
        ("search", json!({"start": lately(), "status": ["HALF"]})),
        ("search", json!({"start": lately(), "keyword": "x".repeat(257)})),
        ("search?limit=101", good.clone()),
        ("search?limit=0", good.clone()),
        ("search?offset=10000", good.clone()),
        ("search?offset=-1", good.clone()),
        ("search?offset=%2B2", good.clone()),
        ("search?limit=%2B2", good.clone()),
        ("search?sort=end:desc", good.clone()),
        ("search?cursor=nonsense", good.clone()),
        ("consumer/search", json!({"status": ["OPEN"]})),
        ("consumer/search", json!({"consumer": "0".repeat(64), "status": ["HALF"]})),
    ] {
        let answer = ask(&server, &session, path, &body).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (400, &json!("bad_request")),
            "{path} {body:.80}"
        );
    }
    assert_eq!(ask(&server, &session, "search?limit=100&offset=9900", &good).await.status, 200);
    let longest = json!({"start": {"from": 0, "to": 93 * day}});
    assert_eq!(ask(&server, &session, "search", &longest).await.status, 200);
}
