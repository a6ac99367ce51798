//! Spec 04 over the wire.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_testkit::{Answer, App, TestServer};

use crate::forgery::{segment, segment_text};

async fn identify(app: &App<'_>, body: &Value) -> Answer {
    let path = format!("/api/account/{}/consumer?v=1.0", app.account);
    let request = app.server.request(Method::POST, &path).header("authorization", app.app_jwt().await);
    Answer::to(request.json(body)).await
}

async fn token(app: &App<'_>, external: &str) -> String {
    let answer = identify(app, &json!({"ext_consumer_id": external})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn consumer(token: &str) -> String {
    segment(token, 1)["lp_consumer_id"].as_str().unwrap().to_owned()
}

/// Spec 04 §3, byte for byte.
#[tokio::test]
async fn the_token_has_the_header_and_claims_of_the_sample_in_their_order() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let token = token(&app, "crm-4711").await;
    assert_eq!(segment_text(&token, 0), r#"{"kid":"consumerjws-14-11-23","typ":"JWT","alg":"RS256"}"#);
    let id = consumer(&token);
    assert_eq!(
        segment_text(&token, 1),
        format!(r#"{{"account_id":"10020030","ext_consumer_id":"crm-4711","lp_consumer_id":"{id}"}}"#)
    );
    assert!(id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
}

/// Spec 04 §4: same account and external id, same consumer, for ever; never the same in another account.
#[tokio::test]
async fn a_consumer_is_the_same_for_ever_within_its_account() {
    let server = TestServer::new().await;
    server.create_account("20030040").await;
    let (one, two) = (server.app().await, server.app_named(TestServer::ACCOUNT, "two").await);
    let elsewhere = server.app_named("20030040", "elsewhere").await;
    let first = token(&one, "crm-4711").await;
    assert_eq!(token(&one, "crm-4711").await, first);
    server.clock.advance(std::time::Duration::from_hours(24 * 365));
    assert_eq!(token(&one, "crm-4711").await, first, "it names no time");
    assert_eq!(consumer(&token(&two, "crm-4711").await), consumer(&first), "apps of an account share it");
    assert_ne!(consumer(&token(&elsewhere, "crm-4711").await), consumer(&first));
    for other in ["crm-4712", "CRM-4711", "crm-4711 ", "crm\u{2011}4711"] {
        assert_ne!(consumer(&token(&one, other).await), consumer(&first), "{other}");
    }
}

#[tokio::test]
async fn any_text_of_1_to_256_characters_names_a_consumer() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let (longest, too_long) = ("ü".repeat(256), "ü".repeat(257));
    // Two forms of one letter are two consumers: nothing is normalised.
    let texts = ["x", " ", "\u{0}", "a\nb", "\"\\", "0.17307796875", "😀", "é", "e\u{301}", &longest];
    let mut seen = std::collections::HashSet::new();
    for text in texts {
        let token = token(&app, text).await;
        assert_eq!(segment(&token, 1)["ext_consumer_id"], text);
        assert!(seen.insert(consumer(&token)), "{text:?}");
    }
    for body in [
        json!({}),
        json!({"ext_consumer_id": ""}),
        json!({"ext_consumer_id": null}),
        json!({"ext_consumer_id": 4711}),
        json!({"ext_consumer_id": ["crm-4711"]}),
        json!({"ext_consumer_id": too_long}),
        json!({"extConsumerId": "crm-4711"}),
        json!([{"ext_consumer_id": "crm-4711"}]),
    ] {
        let answer = identify(&app, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        let body = answer.json();
        assert!(body["internalErrorCode"].is_i64() && body["message"].is_string(), "{body}");
    }
    let unknown = json!({"ext_consumer_id": "crm-4711", "more": {"of": ["this"]}});
    assert_eq!(identify(&app, &unknown).await.status, 201, "unknown members are ignored");
}

/// The Botium connector drops the member; a switch serves it (spec 04 §4).
#[tokio::test]
async fn a_missing_id_is_minted_if_so_configured() {
    let mut settings = trunkline_testkit::Settings::default();
    settings.options.idp.mint_missing_external_ids = true;
    let server = TestServer::with(settings).await;
    let app = server.app().await;
    let tokens: Vec<_> = [identify(&app, &json!({})).await, identify(&app, &json!({})).await]
        .iter()
        .map(|answer| (answer.status, consumer(answer.json()["token"].as_str().unwrap())))
        .collect();
    assert!(tokens.iter().all(|(status, _)| *status == 201) && tokens[0] != tokens[1]);
}
