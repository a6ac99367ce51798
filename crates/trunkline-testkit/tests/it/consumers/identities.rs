//! Where tokens come from. Source: spec 24 §2.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_testkit::{Answer, Settings, TestServer};

use super::server;
use crate::forgery::segment;

async fn token(server: &TestServer, path: &str, body: Value) -> String {
    let answer = server.post_idp(path, &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_claims_are_the_documented_ones() {
    let server = server().await;
    let jwt = server.sign_up().await;
    let claims = segment(&jwt, 1);
    assert_eq!(claims["aud"], "acc:10020030");
    assert_eq!(claims["sub"].as_str().unwrap().len(), 64);
    assert_eq!(claims["iat"], 1_700_000_000);
    assert!(claims["iss"].is_string() && claims["exp"].is_i64());
    assert_eq!(segment(&jwt, 0)["alg"], "RS256");
    let kid = &segment(&jwt, 0)["kid"];
    let jwks = server.get("/sentinel/well-known/jwks").await.json();
    assert!(jwks["keys"].as_array().unwrap().iter().any(|key| key["kid"] == *kid));
    assert_ne!(claims["sub"], segment(&server.sign_up().await, 1)["sub"]);
}

#[tokio::test]
async fn an_identity_lasts_ten_minutes_and_is_renewed_for_730_hours() {
    let server = server().await;
    let first = token(&server, "anonymous/authorize", json!({})).await;
    let claims = segment(&first, 1);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    let mut newest = first.clone();
    for _ in 0..3 {
        server.clock.advance(Duration::from_hours(240));
        newest = token(&server, "anonymous/authorize", json!({"id_token": newest})).await;
        assert_eq!(segment(&newest, 1)["sub"], claims["sub"]);
        // The one before is over.
        let late = server.post_idp("app/web/authenticate?v=3.0", &json!({"id_token": first})).await;
        assert_eq!((late.status, &late.json()["internalErrorCode"]), (401, &json!(40_108)));
        let exchanged = token(&server, "app/web/authenticate?v=3.0", json!({"id_token": newest})).await;
        assert_eq!(segment(&exchanged, 1)["exp"], segment(&newest, 1)["exp"]);
    }
    server.clock.advance(Duration::from_hours(10));
    for token in [first, newest] {
        assert_eq!(server.post_idp("anonymous/authorize", &json!({"id_token": token})).await.status, 401);
    }
}

#[tokio::test]
async fn the_older_way_takes_an_identity_too() {
    let server = server().await;
    let identity = token(&server, "anonymous/authorize", json!({})).await;
    let answer = server.post_idp("authenticate", &json!({"authCode": identity})).await;
    assert_eq!(segment(answer.json()["jwt"].as_str().unwrap(), 1)["sub"], segment(&identity, 1)["sub"]);
}

#[tokio::test]
async fn nobody_becomes_a_consumer_unless_the_operator_wants_it() {
    let server = TestServer::new().await;
    for path in ["signup", "anonymous/authorize"] {
        let answer = server.post_idp(path, &json!({})).await;
        assert_eq!((answer.status, &answer.json()["internalErrorCode"]), (403, &json!(40_302)));
        assert!(answer.json()["message"].as_str().unwrap().contains("consumers.anonymous"));
    }
}

/// One account's web chat opens no other account, and an account may close what the server opens.
#[tokio::test]
async fn an_account_decides_for_itself_whether_anybody_may_become_a_consumer() {
    const PATH: &str = "/operator/v1/accounts/10020030/behaviour";
    let set = async |server: &TestServer, on: Value| {
        let request = server.request(reqwest::Method::PATCH, PATH).bearer_auth(TestServer::OPERATOR_TOKEN);
        let answer = Answer::to(request.json(&json!({"web_chat": on}))).await;
        assert_eq!((answer.status, &answer.json()["web_chat"]), (200, &on));
    };
    for opened_by_server in [false, true] {
        let mut settings = Settings::default();
        settings.options.idp.identities.anonymous = opened_by_server;
        let server = TestServer::with(settings).await;
        let status = async || server.post_idp("signup", &json!({})).await.status;
        assert_eq!(status().await, if opened_by_server { 200 } else { 403 });
        set(&server, json!(true)).await;
        assert_eq!(status().await, 200);
        let identity = token(&server, "anonymous/authorize", json!({})).await;
        set(&server, json!(false)).await;
        assert_eq!(status().await, 403);
        let renewed = server.post_idp("anonymous/authorize", &json!({"id_token": identity})).await;
        assert_eq!(renewed.status, 403);
    }
    let refused = server_of_another_account().await;
    assert_eq!(refused, 403);
}

/// The status of a sign-up in an account beside one with a web chat.
async fn server_of_another_account() -> u16 {
    let server = TestServer::new().await;
    let post =
        |path: &str| server.request(reqwest::Method::POST, path).bearer_auth(TestServer::OPERATOR_TOKEN);
    let created = Answer::to(post("/operator/v1/accounts").json(&json!({"id": "77"}))).await;
    assert!(created.status < 300, "{created:?}");
    let path = "/operator/v1/accounts/10020030/behaviour";
    let request = server.request(reqwest::Method::PATCH, path).bearer_auth(TestServer::OPERATOR_TOKEN);
    assert_eq!(Answer::to(request.json(&json!({"web_chat": true}))).await.status, 200);
    Answer::to(post("/api/account/77/signup")).await.status
}

#[tokio::test]
async fn an_account_has_so_many_sign_ups_a_minute() {
    let mut settings = Settings::default();
    settings.options.idp.identities.anonymous = true;
    settings.options.idp.identities.per_minute = 3;
    let server = TestServer::with(settings).await;
    for _ in 0..3 {
        server.sign_up().await;
    }
    let refused = server.post_idp("signup", &json!({})).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("20")));
    assert_eq!(refused.header("access-control-expose-headers"), Some("retry-after"));
    server.clock.advance(Duration::from_secs(20));
    server.sign_up().await;
}

/// Spec 24 §1: live sockets end with their identities, so renewing must not depend on how many strangers sign up.
#[tokio::test]
async fn a_flood_of_sign_ups_does_not_keep_others_from_renewing() {
    let mut settings = Settings::default();
    settings.options.idp.identities.anonymous = true;
    settings.options.idp.identities.per_minute = 2;
    let server = TestServer::with(settings).await;
    let identity = token(&server, "anonymous/authorize", json!({})).await;
    while server.post_idp("signup", &json!({})).await.status == 200 {}
    for _ in 0..20 {
        token(&server, "anonymous/authorize", json!({"id_token": identity})).await;
        token(&server, "app/web/authenticate?v=3.0", json!({"id_token": identity})).await;
    }
    for (path, body) in [
        ("anonymous/authorize", json!({"id_token": identity})),
        ("authenticate", json!({"authCode": identity})),
    ] {
        assert_eq!(server.post_idp(path, &body).await.status, 429, "{path}");
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_ask() {
    let server = server().await;
    let answer = server.post_idp("signup", &json!({})).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let path = "/api/account/10020030/anonymous/authorize";
    let asked = server.request(reqwest::Method::OPTIONS, path).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    assert_eq!(asked.headers()["access-control-allow-headers"], "content-type");
    assert_eq!(asked.headers()["access-control-allow-origin"], "*");
    // What no handler answers is readable, too.
    assert_eq!(server.get(path).await.header("access-control-allow-origin"), Some("*"), "405");
    assert_eq!(server.get("/nowhere").await.header("access-control-allow-origin"), Some("*"), "404");
    let consumer = server.post_idp("consumer", &json!({})).await;
    assert_eq!(consumer.header("access-control-allow-origin"), None, "for connectors, not for pages");
}
