//! Delivering once more.

use serde_json::{Value, json};
use trunkline_model::{DeliveryRecord, LogPosition};
use trunkline_services::webhooks::{Replay, ReplayError};
use trunkline_wire::ConversationId;
use trunkline_wire::installations::WebhookEvent;

use super::{Platform, assert_refused};
use crate::world::delivery::{Asked, record, store};

/// A conversation with two entries.
async fn conversation(platform: &Platform) -> String {
    let consumer = platform.server.app_named("10020030", "another").await.consumer("crm-1").await;
    let id = consumer.open().await;
    consumer.say(&id, "hello").await;
    id
}

#[tokio::test]
async fn each_form_asks_for_what_it_says() {
    let platform = Platform::new().await;
    let id = conversation(&platform).await;
    let conversation = ConversationId::parse(&id).unwrap();
    store(&platform.server, platform.app, vec![record(7)]).await;
    let mut expected = Vec::new();
    for (body, replay) in [
        (json!({"delivery": "7"}), Replay::Event { conversation: record(7).conversation, version: 3 }),
        (json!({"conversation": id}), Replay::Conversation { conversation, from: 1 }),
        (json!({"conversation": id, "from": 2}), Replay::Conversation { conversation, from: 2 }),
        (json!({"since": 0}), Replay::After(LogPosition::START)),
        (json!({"since": -5, "unknown": 7}), Replay::After(LogPosition::START)),
        (json!({"outage": true}), Replay::Outage),
        (json!({"outage": true, "since": null}), Replay::Outage),
    ] {
        let answer = platform.post("/replay", &body).await;
        assert_eq!((answer.status, answer.json()), (202, json!({})), "{body}");
        expected.push(Asked::Replay(replay));
    }
    assert_eq!(platform.delivery.asked(), expected);
}

#[tokio::test]
async fn anything_but_one_form_is_refused() {
    let platform = Platform::new().await;
    let id = conversation(&platform).await;
    store(&platform.server, platform.app, vec![record(7)]).await;
    let exactly = "exactly one of";
    for (body, words) in [
        (json!({}), exactly),
        (json!({"outage": false}), exactly),
        (json!({"delivery": "7", "outage": true}), exactly),
        (json!({"delivery": "7", "conversation": id}), exactly),
        (json!({"conversation": id, "since": 0}), exactly),
        (json!({"from": 1}), exactly),
        (json!({"since": 0, "from": 1}), "from belongs to conversation"),
        (json!({"conversation": id, "from": 0}), "from must be 1 to 2"),
        (json!({"conversation": id, "from": 3}), "from must be 1 to 2"),
        (json!({"conversation": id, "from": -1}), "not as documented"),
        (json!({"conversation": 7}), "not as documented"),
        (json!({"delivery": 7}), "not as documented"),
        (json!({"since": "yesterday"}), "not as documented"),
        (json!({"outage": "yes"}), "not as documented"),
    ] {
        assert_refused(&platform.post("/replay", &body).await, 400, "invalid", words);
    }
    assert_eq!(platform.delivery.asked(), []);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_replayed() {
    let platform = Platform::new().await;
    let typing = DeliveryRecord { event: WebhookEvent::ChatState, ..record(8) };
    store(&platform.server, platform.app, vec![record(7), typing]).await;
    let unknown = "75588e18-0213-4e33-8174-883acac7e3c4";
    let post = async |body: Value| platform.post("/replay", &body).await;
    assert_refused(&post(json!({"delivery": "9"})).await, 404, "not_found", "delivery not found");
    assert_refused(&post(json!({"delivery": "8"})).await, 400, "invalid", "chat state");
    assert_refused(&post(json!({"conversation": unknown})).await, 404, "not_found", "conversation not found");
    assert_refused(&post(json!({"since": 4_000_000_000_000_i64})).await, 404, "not_found", "nothing");
    assert_eq!(platform.delivery.asked(), []);
}

#[tokio::test]
async fn refusals_of_the_delivery_have_their_status() {
    let platform = Platform::new().await;
    for (refusal, status, code, words) in [
        (ReplayError::Unknown, 404, "not_found", "nothing of that kind"),
        (ReplayError::NothingLost, 409, "conflict", "no delivery was given up"),
        (ReplayError::Busy, 503, "overloaded", "too many replays"),
        (ReplayError::Store, 500, "internal", "its log says why"),
    ] {
        platform.delivery.answer(Err(refusal));
        let answer = platform.post("/replay", &json!({"outage": true})).await;
        assert_refused(&answer, status, code, words);
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
    }
}
