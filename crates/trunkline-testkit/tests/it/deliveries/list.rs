//! Listing and showing what was tried.

use serde_json::{Value, json};
use trunkline_model::{DeliveryOutcome, DeliveryRecord};
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::{ConversationId, EpochMillis};

use super::{Platform, assert_refused};
use crate::world::delivery::{record, store};

const OTHER: &str = "0189f7a4-5f2e-7c31-9d4b-2a6c8e0f1b3d";

async fn platform() -> Platform {
    let platform = Platform::new().await;
    let other = ConversationId::parse(OTHER).unwrap();
    let at = |minutes: i64| EpochMillis(1_700_000_000_000 + minutes * 60_000);
    let records = vec![
        DeliveryRecord { at: at(1), ..record(1) },
        DeliveryRecord { at: at(2), event: WebhookEvent::ConversationChange, ..record(2) },
        DeliveryRecord {
            at: at(3),
            conversation: other,
            outcome: DeliveryOutcome::Failed,
            status: Some(500),
            answer: "<html>".to_owned(),
            error: Some("answered 500".to_owned()),
            ..record(3)
        },
        DeliveryRecord {
            at: at(4),
            conversation: other,
            attempt: 0,
            outcome: DeliveryOutcome::Expired,
            status: None,
            error: Some("older than 60 s".to_owned()),
            ..record(4)
        },
    ];
    store(&platform.server, platform.app, records).await;
    platform
}

async fn ids(platform: &Platform, query: &str) -> Vec<String> {
    let answer = platform.get(query).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let list = answer.json();
    let deliveries = list["deliveries"].as_array().unwrap();
    deliveries.iter().map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_as_documented() {
    let platform = platform().await;
    let list = platform.get("").await.json();
    assert_eq!(list["next"], Value::Null);
    assert_eq!(
        list["deliveries"][1],
        json!({"id": "3", "at": 1_700_000_180_000_i64, "type": "ms.MessagingEventNotification.ContentEvent",
            "conversation": OTHER, "version": 3, "endpoint": "https://bridge.example.org/lp", "attempt": 1,
            "outcome": "failed", "status": 500, "duration_ms": 12, "answer": "<html>", "error": "answered 500"})
    );
    assert_eq!(ids(&platform, "").await, ["4", "3", "2", "1"]);
    for delivery in list["deliveries"].as_array().unwrap() {
        let one = platform.get(&format!("/{}", delivery["id"].as_str().unwrap())).await;
        assert_eq!((one.status, &one.json()), (200, delivery));
    }
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let platform = platform().await;
    for (query, expected) in [
        (format!("?conversation={OTHER}"), &["4", "3"][..]),
        ("?type=ContentEvent".to_owned(), &["4", "3", "1"]),
        ("?type=cqm.ExConversationChangeNotification".to_owned(), &["2"]),
        ("?type=ChatStateEvent".to_owned(), &[]),
        ("?outcome=delivered".to_owned(), &["2", "1"]),
        ("?outcome=expired".to_owned(), &["4"]),
        ("?since=1700000120000".to_owned(), &["4", "3", "2"]),
        ("?until=1700000120000".to_owned(), &["1"]),
        ("?since=1700000120000&until=1700000180000&type=ContentEvent".to_owned(), &[]),
        (format!("?conversation={OTHER}&outcome=failed&unknown=ignored"), &["3"]),
    ] {
        assert_eq!(ids(&platform, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_into_the_past() {
    let platform = platform().await;
    let mut seen = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = platform.get(&query).await.json();
        let deliveries = page["deliveries"].as_array().unwrap();
        seen.extend(deliveries.iter().map(|delivery| delivery["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        // What is added meanwhile belongs to no later page.
        store(&platform.server, platform.app, vec![record(9)]).await;
        query = format!("?limit=3&after={next}");
    }
    assert_eq!(seen, ["4", "3", "2", "1"]);
}

#[tokio::test]
async fn queries_that_are_not_as_documented_are_refused() {
    let platform = platform().await;
    for query in [
        "?conversation=x",
        "?conversation=",
        "?type=Content",
        "?type=",
        "?outcome=lost",
        "?outcome=DELIVERED",
        "?since=yesterday",
        "?until=1.5",
        "?after=-1",
        "?after=99999999999999999999",
        "?limit=-1",
        "?limit=1&limit=2",
    ] {
        assert_refused(&platform.get(query).await, 400, "invalid", "the query is not as documented");
    }
    assert_refused(&platform.get("?limit=0").await, 400, "invalid", "limit must be at least 1");
    assert_eq!(ids(&platform, "?limit=99999999").await.len(), 4);
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let platform = platform().await;
    for id in ["5", "0", "x", "-1", "99999999999999999999", "%00"] {
        assert_refused(&platform.get(&format!("/{id}")).await, 404, "not_found", "delivery not found");
    }
    let unknown = Platform { app: trunkline_wire::AppInstallationId::parse(OTHER).unwrap(), ..platform };
    for rest in ["", "/1", "/status", "/tail"] {
        assert_refused(&unknown.get(rest).await, 404, "not_found", "app installation not found");
    }
}

#[tokio::test]
async fn the_records_of_a_disabled_app_stay() {
    let platform = platform().await;
    platform.disable().await;
    assert_eq!(ids(&platform, "").await.len(), 4);
    assert_eq!(platform.get("/1").await.status, 200);
}
