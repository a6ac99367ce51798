//! How delivery stands, and "we are back".

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_http::rate_limit::Rate;
use trunkline_model::{LogPosition, LostRange};
use trunkline_services::webhooks::DeliveryPhase;
use trunkline_testkit::{Answer, Settings};
use trunkline_wire::EpochMillis;

use super::{Platform, assert_refused};
use crate::world::delivery::Asked;

impl Platform {
    /// The connector's own call.
    async fn we_are_back(&self) -> Answer {
        let request = self.server.request(Method::POST, "/api/account/10020030/webhooks/resume");
        Answer::to(request.header("authorization", &self.app_jwt)).await
    }
}

#[tokio::test]
async fn a_healthy_app_is_up() {
    let platform = Platform::new().await;
    let answer = platform.get("/status").await;
    assert_eq!(
        (answer.status, answer.json()),
        (
            200,
            json!({"phase": "up", "since": 1_700_000_000_000_i64, "failing": [], "next_probe": null, "position": 41,
                "in_flight": 0, "waiting": 0, "oldest": null, "lag_ms": 0, "lost": null, "slow": false})
        )
    );
}

#[tokio::test]
async fn a_failed_app_says_everything_about_it() {
    let platform = Platform::new().await;
    platform.delivery.status.send_modify(|status| {
        status.phase = DeliveryPhase::Failed;
        status.failing = vec!["https://bridge.example.org/lp".to_owned()];
        status.next_probe = Some(EpochMillis(1_700_000_064_000));
        status.in_flight = 1;
        status.waiting = 2;
        status.oldest = Some(EpochMillis(1_699_999_999_000));
        status.lost = Some(LostRange { first: LogPosition(3), last: LogPosition(9) });
        status.slow = true;
    });
    platform.server.clock.advance(Duration::from_millis(500));
    assert_eq!(
        platform.get("/status").await.json(),
        json!({"phase": "failed", "since": 1_700_000_000_000_i64, "failing": ["https://bridge.example.org/lp"],
            "next_probe": 1_700_000_064_000_i64, "position": 41, "in_flight": 1, "waiting": 2,
            "oldest": 1_699_999_999_000_i64, "lag_ms": 1500, "lost": {"first": 3, "last": 9}, "slow": true})
    );
}

#[tokio::test]
async fn the_operator_and_the_connector_say_we_are_back() {
    let platform = Platform::new().await;
    let answer = platform.post("/resume", &json!({})).await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    let answer = platform.we_are_back().await;
    assert_eq!((answer.status, &*answer.text), (204, ""));
    assert_eq!(platform.delivery.asked(), [Asked::Resume; 2]);
}

#[tokio::test]
async fn the_connector_has_a_rate_limit() {
    let rate = Some(Rate { requests: 2, window: Duration::from_mins(1) });
    let platform = Platform::with(Settings { rate, ..Settings::default() }).await;
    // The first request was for the token.
    let answer = platform.we_are_back().await;
    assert_eq!((answer.status, answer.header("ratelimit-remaining")), (204, Some("0")));
    let answer = platform.we_are_back().await;
    assert_eq!((answer.status, &answer.json()["internalErrorCode"]), (429, &json!(42_901)));
    assert_eq!(answer.header("retry-after"), Some("30"));
    assert_eq!(platform.delivery.asked(), [Asked::Resume]);
}

#[tokio::test]
async fn a_delivery_that_is_gone_is_said_to_be() {
    let platform = Platform::new().await;
    platform.server.services.hub.unregister(platform.app, &platform.delivery.handle);
    let (status, own) = tokio::join!(platform.get("/status"), platform.we_are_back());
    assert_refused(&status, 503, "overloaded", "not running");
    assert_eq!((own.status, &own.json()["internalErrorCode"]), (503, &json!(50_301)));
    for answer in [status, own] {
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}

#[tokio::test]
async fn why_nothing_is_delivered_is_said() {
    let platform = Platform::new().await;
    let calls = async |platform: &Platform| {
        [
            platform.get("/status").await,
            platform.get("/tail").await,
            platform.post("/resume", &json!({})).await,
            platform.post("/replay", &json!({"outage": true})).await,
        ]
    };
    platform.disable().await;
    for answer in calls(&platform).await {
        assert_refused(&answer, 409, "conflict", "disabled");
        assert!(answer.json()["error"]["hint"].as_str().unwrap().contains("trunkline app enable"));
    }
    assert_eq!(platform.we_are_back().await.status, 401, "tokens of a disabled app are refused");

    let idle = platform.server.app_named("10020030", "idle").await;
    let (id, app_jwt) = (idle.id, idle.app_jwt().await);
    let idle = Platform { app: id, app_jwt, ..platform };
    for answer in calls(&idle).await {
        assert_refused(&answer, 409, "conflict", "no webhooks");
    }
    let answer = idle.we_are_back().await;
    assert_eq!((answer.status, &answer.json()["internalErrorCode"]), (409, &json!(40_901)));
    assert_eq!(idle.delivery.asked(), []);
}
