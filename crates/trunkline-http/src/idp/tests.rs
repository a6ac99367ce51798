//! Spec 04 and spec 20 §3–6 by HTTP.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_services::auth::Operator;
use trunkline_wire::AccountId;

use crate::rate_limit::Rate;
use crate::sentinel::tests::identity::{Answer, Identity};

const CONSUMER: &str = "/api/account/10020030/consumer?v=1.0";
const LOGIN: &str = "/api/account/10020030/login?v=1.3";
const BODY: &str = r#"{"ext_consumer_id":"crm-4711"}"#;

fn assert_consumer_refused(answer: &Answer, status: u16, code: u32) {
    let body = answer.json();
    assert_eq!((answer.status, &body["internalErrorCode"]), (status, &json!(code)), "{}", answer.text);
    assert!(body["message"].is_string());
    assert_eq!(body.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_consumer_gets_the_same_token_every_time() {
    let identity = Identity::new().await;
    let jwt = identity.app_jwt().await;
    let bearer = format!("Bearer {jwt}");
    let mut tokens = Vec::new();
    // Raw, with a scheme, with a charset, and without `v` as the Botium connector does.
    for (path, authorization, content_type) in [
        (CONSUMER, &jwt, "application/json"),
        (CONSUMER, &bearer, "application/json;charset=UTF-8"),
        ("/api/account/10020030/consumer", &jwt, "application/json"),
    ] {
        let headers = [("authorization", &**authorization), ("content-type", content_type)];
        let answer = identity.post(path, &headers, BODY).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 1);
        tokens.push(body["token"].as_str().unwrap().to_owned());
    }
    assert!(tokens.iter().all(|token| *token == tokens[0]));
}

#[tokio::test]
async fn only_good_app_tokens_are_accepted() {
    let identity = Identity::new().await;
    let jwt = identity.app_jwt().await;
    let jws = identity.post(CONSUMER, &[("authorization", &jwt)], BODY).await.json();
    let garbled = format!("{}x", &jwt[..jwt.len() - 1]);
    let none =
        format!("eyJraWQiOiJhIiwidHlwIjoiSldUIiwiYWxnIjoibm9uZSJ9.{}.", jwt.split('.').nth(1).unwrap());
    for token in ["x", "a.b.c", &garbled, &none, jws["token"].as_str().unwrap()] {
        assert_consumer_refused(
            &identity.post(CONSUMER, &[("authorization", token)], BODY).await,
            401,
            40_102,
        );
    }
    assert_consumer_refused(&identity.post(CONSUMER, &[], BODY).await, 401, 40_105);
    assert_consumer_refused(
        &identity.post(CONSUMER, &[("authorization", "Bearer ")], BODY).await,
        401,
        40_105,
    );
    for account in ["99", "nowhere", "a%20b"] {
        let path = format!("/api/account/{account}/consumer");
        assert_consumer_refused(&identity.post(&path, &[("authorization", &jwt)], BODY).await, 401, 40_102);
    }
    identity.clock.advance(Duration::from_secs(3630));
    assert_consumer_refused(&identity.post(CONSUMER, &[("authorization", &jwt)], BODY).await, 401, 40_102);
}

#[tokio::test]
async fn a_disabled_app_names_no_consumers() {
    let identity = Identity::new().await;
    let jwt = identity.app_jwt().await;
    let admin = Operator::this_process().account_admin(AccountId::parse("10020030").unwrap());
    identity.services.installations.set_enabled(&admin, identity.app.app.id, false).await.unwrap();
    assert_consumer_refused(&identity.post(CONSUMER, &[("authorization", &jwt)], BODY).await, 401, 40_102);
}

#[tokio::test]
async fn bad_bodies_are_refused() {
    let identity = Identity::new().await;
    let jwt = identity.app_jwt().await;
    let long = json!({"ext_consumer_id": "x".repeat(257)}).to_string();
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100), "]".repeat(100));
    for (body, code) in [
        (&b""[..], 40_002),
        (b"{", 40_002),
        (b"\xff", 40_002),
        (deep.as_bytes(), 40_002),
        (b"[]", 40_003),
        (b"1", 40_003),
        (br#"{"ext_consumer_id":1}"#, 40_003),
        (br#"{"ext_consumer_id":{}}"#, 40_003),
        (br#"{"ext_consumer_id":null}"#, 40_003),
        (br#"{"ext_consumer_id":""}"#, 40_003),
        (b"{}", 40_003),
        (long.as_bytes(), 40_003),
    ] {
        let answer = identity.post(CONSUMER, &[("authorization", &jwt)], body.to_vec()).await;
        assert_consumer_refused(&answer, 400, code);
    }
    let huge = identity.post(CONSUMER, &[("authorization", &jwt)], "x".repeat((1 << 20) + 1)).await;
    assert_consumer_refused(&huge, 413, 41_301);
}

#[tokio::test]
async fn the_rate_limit_counts_the_app() {
    let rate = Rate { requests: 2, window: Duration::from_mins(1) };
    let identity = Identity::limited(Some(rate)).await;
    let jwt = identity.app_jwt().await;
    assert_eq!(identity.post(CONSUMER, &[("authorization", &jwt)], BODY).await.status, 201);
    let refused = identity.post(CONSUMER, &[("authorization", &jwt)], BODY).await;
    assert_consumer_refused(&refused, 429, 42_901);
    assert_eq!(refused.header("retry-after"), "30");
}

async fn login(identity: &Identity, body: &str) -> Answer {
    identity.post(LOGIN, &[("content-type", "application/json")], body.to_owned()).await
}

fn credentials(name: &str) -> String {
    json!({"username": name, "password": format!("password of {name}")}).to_string()
}

fn assert_login_refused(answer: &Answer, status: u16, code: u32, phrase: &str) {
    let error = &answer.json()["error"];
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!((&error["internalCode"], &error["responseStatus"]), (&json!(code), &json!(phrase)));
    assert_eq!(error["time"], "Nov 14, 2023 10:13:20 PM");
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_login_answers_what_every_client_reads() {
    let identity = Identity::new().await;
    for (name, is_admin) in [("ada", true), ("bot", false)] {
        let answer = login(&identity, &credentials(name)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        let session = body["sessionId"].as_str().unwrap();
        assert_eq!(answer.header("set-cookie"), format!("Session_id={session}; Path=/; Secure; HttpOnly"));
        assert_eq!(body["bearer"].as_str().unwrap().len(), 64);
        assert!(body["csrf"].is_string());
        assert_eq!(body["sessionTTl"], "28800000");
        assert_eq!(body["config"]["loginName"], name);
        assert_eq!(body["config"]["isAdmin"], is_admin);
        assert!(body["config"]["userId"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(body["config"]["userPid"].as_str().unwrap().len(), 36);
        let uris = body["csdsCollectionResponse"]["baseURIs"].as_array().unwrap();
        assert_eq!(uris[0]["account"], "10020030");
        assert!(uris.iter().any(|uri| uri["service"] == "agentVep"));
        assert_eq!(body["accountData"]["agentGroupsData"]["items"][0]["name"], "Main Group");
    }
}

#[tokio::test]
async fn all_login_versions_are_alike() {
    let identity = Identity::new().await;
    for query in ["", "?v=1.1", "?v=1.2", "?v=1.3"] {
        let answer =
            identity.post(&format!("/api/account/10020030/login{query}"), &[], credentials("ada")).await;
        assert_eq!(answer.status, 200);
    }
    let answer = identity.post("/api/account/10020030/login?v=9", &[], credentials("ada")).await;
    assert_login_refused(&answer, 400, 0, "BAD_REQUEST");
}

#[tokio::test]
async fn refused_logins_have_status_and_body() {
    let identity = Identity::new().await;
    let wrong = json!({"username": "ada", "password": "wrong"}).to_string();
    let keys = json!({"username": "bot", "appKey": "1", "secret": "2", "accessToken": "3", "accessTokenSecret": "4"});
    let saml = json!({"jwt": "dummy", "assertion": "x"}).to_string();
    assert_login_refused(&login(&identity, &wrong).await, 401, 8, "UNAUTHORIZED");
    assert_login_refused(&login(&identity, &credentials("nobody")).await, 401, 8, "UNAUTHORIZED");
    assert_login_refused(&login(&identity, &keys.to_string()).await, 401, 8, "UNAUTHORIZED");
    assert_login_refused(&login(&identity, &saml).await, 501, 0, "NOT_IMPLEMENTED");
    for body in ["", "{", "[]", "{}", r#"{"username":1,"password":"x"}"#] {
        assert_login_refused(&login(&identity, body).await, 400, 0, "BAD_REQUEST");
    }
    for account in ["99", "nowhere", "a%20b"] {
        let answer = identity.post(&format!("/api/account/{account}/login"), &[], credentials("ada")).await;
        assert_login_refused(&answer, 401, 8, "UNAUTHORIZED");
    }
    for _ in 0..9 {
        login(&identity, &wrong).await;
    }
    let throttled = login(&identity, &credentials("ada")).await;
    assert_login_refused(&throttled, 429, 0, "TOO_MANY_REQUESTS");
    assert_eq!(throttled.header("retry-after"), "60");
}

async fn with_session(identity: &Identity, action: &str, cookie: Option<&Value>, csrf: &Value) -> Answer {
    let cookie = cookie.map(|value| format!("a=b; Session_id={}", value.as_str().unwrap()));
    let headers: Vec<_> = cookie.iter().map(|cookie| ("cookie", cookie.as_str())).collect();
    let path = format!("/api/account/10020030/{action}?v=1.3");
    identity.post(&path, &headers, json!({"csrf": csrf}).to_string()).await
}

#[tokio::test]
async fn a_session_is_refreshed_and_ended() {
    let identity = Identity::new().await;
    let session = login(&identity, &credentials("ada")).await.json();
    let (cookie, csrf, wrong) = (&session["sessionId"], &session["csrf"], json!("wrong"));
    let refreshed = with_session(&identity, "refresh", Some(cookie), csrf).await;
    assert_eq!((refreshed.status, refreshed.text.as_str()), (200, ""));
    assert!(refreshed.header("set-cookie").starts_with(&format!("Session_id={}", cookie.as_str().unwrap())));
    for action in ["refresh", "logout"] {
        let refused = with_session(&identity, action, Some(cookie), &wrong).await;
        assert_login_refused(&refused, 401, 10, "UNAUTHORIZED");
        let refused = with_session(&identity, action, Some(&wrong), csrf).await;
        assert_login_refused(&refused, 401, 0, "UNAUTHORIZED");
        let refused = with_session(&identity, action, None, csrf).await;
        assert_login_refused(&refused, 401, 0, "UNAUTHORIZED");
        let refused = with_session(&identity, action, Some(cookie), &json!(1)).await;
        assert_login_refused(&refused, 400, 0, "BAD_REQUEST");
    }
    let ended = with_session(&identity, "logout", Some(cookie), csrf).await;
    assert_eq!((ended.status, ended.text.as_str()), (200, ""));
    for action in ["refresh", "logout"] {
        let refused = with_session(&identity, action, Some(cookie), csrf).await;
        assert_login_refused(&refused, 401, 0, "UNAUTHORIZED");
    }
}
