//! Spec 05 §6.1: which token failure is answered how, and in which order they are noticed.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trunkline_services::auth::Operator;
use trunkline_testkit::{Answer, Consumer, TestServer};

use crate::forgery::{forgeries, signed_with_public_keys};

/// Both endpoints with these headers.
async fn both(server: &TestServer, query: &str, app_jwt: Option<&str>, jws: Option<&str>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for suffix in ["", "/send"] {
        let path = format!("/api/account/10020030/messaging/consumer/conversation{suffix}{query}");
        let mut request = server.request(Method::POST, &path).body("not even JSON");
        if let Some(token) = app_jwt {
            request = request.header("authorization", token);
        }
        if let Some(token) = jws {
            request = request.header("x-lp-on-behalf", token);
        }
        answers.push(Answer::to(request).await);
    }
    answers
}

fn assert_error(answers: Vec<Answer>, status: u16, code: u32, title: &str, details: &str) {
    let expected = json!({"kind":"resp","code":status,"body":{"title":title,"details":details,"errorCode":code},
        "type":".ReqBody$ErrorResp"});
    for answer in answers {
        assert_eq!((answer.status, answer.json()), (status, expected.clone()));
    }
}

fn assert_app_jwt_refused(answers: Vec<Answer>) {
    assert_error(answers, 401, 40102, "Invalid AppJWT", "AppJWT has expired or is invalid");
}

fn assert_jws_refused(answers: Vec<Answer>) {
    assert_error(answers, 401, 40103, "Invalid ConsumerJWS", "ConsumerJWS is invalid");
}

async fn consumer(server: &TestServer) -> Consumer<'_> {
    server.app().await.consumer("crm-4711").await
}

#[tokio::test]
async fn checks_come_in_the_documented_order() {
    let server = TestServer::new().await;
    let good = consumer(&server).await;
    for query in ["", "?v=1", "?v=2.0", "?v=", "?v=3&v=3", "?v=33"] {
        for answer in both(&server, query, None, None).await {
            assert_eq!(answer.status, 404, "{query}");
            answer.json();
        }
    }
    let missing_app = "AUTHORIZATION header is not present";
    assert_error(both(&server, "?v=3", None, None).await, 401, 40105, "AppJWT is missing", missing_app);
    assert_error(
        both(&server, "?v=3", None, Some("bad")).await,
        401,
        40105,
        "AppJWT is missing",
        missing_app,
    );
    let missing_jws = "X_ON_BEHALF_HEADER is not present";
    assert_error(
        both(&server, "?v=3", Some("bad"), None).await,
        401,
        40104,
        "ConsumerJWS is missing",
        missing_jws,
    );
    assert_app_jwt_refused(both(&server, "?v=3", Some("bad"), Some("bad")).await);
    assert_jws_refused(both(&server, "?v=3", Some(&good.app_jwt), Some("bad")).await);
    for answer in both(&server, "?v=3", Some(&good.app_jwt), Some(&good.jws)).await {
        assert_eq!(answer.status, 400, "only now somebody reads the body");
    }
}

#[tokio::test]
async fn a_scheme_word_before_a_token_is_stripped() {
    let server = TestServer::new().await;
    let good = consumer(&server).await;
    for scheme in ["Bearer ", "bearer ", "jwt ", "JWT "] {
        let token = format!("{scheme}{}", good.app_jwt);
        for answer in both(&server, "?v=3", Some(&token), Some(&good.jws)).await {
            assert_eq!(answer.status, 400, "{scheme}");
        }
    }
}

#[tokio::test]
async fn tokens_do_not_pass_for_each_other_and_not_when_they_were_changed() {
    let server = TestServer::new().await;
    let good = consumer(&server).await;
    assert_app_jwt_refused(both(&server, "?v=3", Some(&good.jws), Some(&good.jws)).await);
    assert_jws_refused(both(&server, "?v=3", Some(&good.app_jwt), Some(&good.app_jwt)).await);
    for token in forgeries(&good.app_jwt) {
        assert_app_jwt_refused(both(&server, "?v=3", Some(&token), Some(&good.jws)).await);
    }
    for token in forgeries(&good.jws) {
        assert_jws_refused(both(&server, "?v=3", Some(&good.app_jwt), Some(&token)).await);
    }
}

#[tokio::test]
async fn hs256_signed_with_the_public_key_fails() {
    let server = TestServer::new().await;
    let good = consumer(&server).await;
    let jwks = server.get("/sentinel/well-known/jwks").await.json();
    for forged in signed_with_public_keys(&good.app_jwt, &jwks) {
        assert_app_jwt_refused(both(&server, "?v=3", Some(&forged), Some(&good.jws)).await);
    }
    for forged in signed_with_public_keys(&good.jws, &jwks) {
        assert_jws_refused(both(&server, "?v=3", Some(&good.app_jwt), Some(&forged)).await);
    }
}

#[tokio::test]
async fn an_app_jwt_ends_after_an_hour_and_thirty_seconds_of_skew() {
    let server = TestServer::new().await;
    let good = consumer(&server).await;
    server.clock.advance(Duration::from_secs(3600 + 29));
    for answer in both(&server, "?v=3", Some(&good.app_jwt), Some(&good.jws)).await {
        assert_eq!(answer.status, 400);
    }
    server.clock.advance(Duration::from_secs(2));
    let answers = both(&server, "?v=3", Some(&good.app_jwt), Some(&good.jws)).await;
    for answer in &answers {
        let why = answer.header("www-authenticate").unwrap();
        assert!(why.contains("AppJWT has expired"), "{why}");
    }
    assert_app_jwt_refused(answers);
}

#[tokio::test]
async fn a_consumer_jws_never_ends_and_survives_key_rotation() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let old = app.consumer("crm-4711").await;
    let operator = Operator::this_process();
    for _ in 0..2 {
        server.services.keys.rotate(&operator, trunkline_model::KeyPurpose::ConsumerJws).await.unwrap();
        server.services.keys.rotate(&operator, trunkline_model::KeyPurpose::AppJwt).await.unwrap();
    }
    server.clock.advance(Duration::from_hours(10 * 365 * 24));
    let app_jwt = app.app_jwt().await;
    for answer in both(&server, "?v=3", Some(&app_jwt), Some(&old.jws)).await {
        assert_eq!(answer.status, 400, "{answer:?}");
    }
}

#[tokio::test]
async fn tokens_of_another_account_are_refused() {
    let server = TestServer::new().await;
    server.create_account("20030040").await;
    let here = consumer(&server).await;
    let there = server.app_named("20030040", "elsewhere").await.consumer("crm-4711").await;
    assert_app_jwt_refused(both(&server, "?v=3", Some(&there.app_jwt), Some(&there.jws)).await);
    assert_jws_refused(both(&server, "?v=3", Some(&here.app_jwt), Some(&there.jws)).await);
}

#[tokio::test]
async fn disabling_or_deleting_an_app_takes_its_tokens_at_once() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let good = app.consumer("crm-4711").await;
    let conversation = good.open().await;
    let admin = Operator::this_process().account_admin(TestServer::account());
    let apps = &server.services.installations;
    apps.set_enabled(&admin, app.id, false).await.unwrap();
    assert_app_jwt_refused(both(&server, "?v=3", Some(&good.app_jwt), Some(&good.jws)).await);
    apps.set_enabled(&admin, app.id, true).await.unwrap();
    assert_eq!(good.say(&conversation, "back").await, 0);
    apps.delete(&admin, app.id, None).await.unwrap();
    assert_app_jwt_refused(both(&server, "?v=3", Some(&good.app_jwt), Some(&good.jws)).await);
    assert_eq!(app.token().await.status, 401);
}
