//! Spec 03 by HTTP.

pub(crate) mod identity;

use std::time::Duration;

use crate::rate_limit::Rate;
use identity::{Answer, Identity};

const V1: &str = "/sentinel/api/account/10020030/app/token";
const V2: &str = "/sentinel/api/v2/account/10020030/app/token";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const GRANT: &str = "grant_type=client_credentials";

fn assert_token(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let body = answer.json();
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "token_type"]);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["access_token"].as_str().unwrap().split('.').count(), 3);
}

fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str().unwrap()), (status, error), "{}", answer.text);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    assert!(answer.headers.get("www-authenticate").is_none());
}

#[tokio::test]
async fn every_variant_gets_a_token() {
    let identity = Identity::new().await;
    let credentials = identity.credentials();
    let empty = [FORM, ("content-length", "0")];
    let both = format!("{credentials}&{GRANT}");
    for (path, body) in [
        (format!("{V1}?v=1.0&{GRANT}&{credentials}"), ""),
        (format!("{V1}?v=1.0&{GRANT}"), &*credentials),
        (format!("{V1}?v=1.0"), &*both),
        (V1.to_owned(), &*both),
        (V2.to_owned(), &*both),
        (format!("{V2}?v=7"), &*both),
    ] {
        let headers = if body.is_empty() { &empty[..] } else { &[FORM][..] };
        assert_token(&identity.post(&path, headers, body.to_owned()).await);
    }
    // A charset suffix, and the how-to guide's content type on an empty body.
    let charset = [("content-type", "application/x-www-form-urlencoded;charset=utf-8")];
    assert_token(&identity.post(V2, &charset, both).await);
    let query = format!("{V1}?v=1.0&{GRANT}&{credentials}");
    assert_token(&identity.post(&query, &[("content-type", "application/json")], "").await);
}

#[tokio::test]
async fn refusals_are_those_of_the_table() {
    let identity = Identity::new().await;
    let credentials = identity.credentials();
    let wrong_secret = format!("{GRANT}&client_id={}&client_secret=x", identity.app.app.id);
    for (path, body, status, error) in [
        (V1, String::new(), 400, "invalid_request"),
        (V1, GRANT.to_owned(), 400, "invalid_request"),
        (V1, credentials.clone(), 400, "invalid_request"),
        (V1, format!("{GRANT}&{credentials}&{credentials}"), 400, "invalid_request"),
        (V1, format!("{GRANT}&{credentials}&scope=%zz"), 400, "invalid_request"),
        (V1, format!("v=2.0&{GRANT}&{credentials}"), 400, "invalid_request"),
        (V1, format!("grant_type=password&{credentials}"), 400, "unsupported_grant_type"),
        (V1, format!("{GRANT}&{credentials}&scope=admin"), 400, "invalid_scope"),
        (V1, wrong_secret, 401, "invalid_client"),
        (V1, format!("{GRANT}&client_id=x&client_secret=x"), 401, "invalid_client"),
        ("/sentinel/api/account/99/app/token", format!("{GRANT}&{credentials}"), 401, "invalid_client"),
        ("/sentinel/api/account/nowhere/app/token", format!("{GRANT}&{credentials}"), 401, "invalid_client"),
        ("/sentinel/api/account/a%20b/app/token", format!("{GRANT}&{credentials}"), 401, "invalid_client"),
    ] {
        assert_refused(&identity.post(path, &[FORM], body.clone()).await, status, error);
    }
    let json = identity.post(V1, &[("content-type", "application/json")], "{}").await;
    assert_refused(&json, 400, "invalid_request");
    let contradictory = format!("{GRANT}&{credentials}");
    let answer = identity.post(&format!("{V1}?client_id=other"), &[FORM], contradictory).await;
    assert_refused(&answer, 400, "invalid_request");
    let huge = identity.post(V1, &[FORM], "x".repeat((1 << 20) + 1)).await;
    assert_refused(&huge, 413, "invalid_request");
}

#[tokio::test]
async fn basic_authentication_is_not_supported() {
    let identity = Identity::new().await;
    let answer = identity.post(V1, &[FORM, ("authorization", "Basic YTpi")], GRANT).await;
    assert_refused(&answer, 400, "invalid_request");
}

#[tokio::test]
async fn the_rate_limit_is_an_apps_own_and_needs_its_secret() {
    let rate = Rate { requests: 1, window: Duration::from_mins(1) };
    let identity = Identity::limited(Some(rate)).await;
    let wrong = format!("{GRANT}&client_id={}&client_secret=x", identity.app.app.id);
    for _ in 0..3 {
        assert_refused(&identity.post(V1, &[FORM], wrong.clone()).await, 401, "invalid_client");
    }
    let right = format!("{GRANT}&{}", identity.credentials());
    let first = identity.post(V1, &[FORM], right.clone()).await;
    assert_token(&first);
    assert_eq!(first.header("ratelimit-remaining"), "0");
    let second = identity.post(V1, &[FORM], right).await;
    assert_refused(&second, 429, "temporarily_unavailable");
    assert_eq!(second.header("retry-after"), "60");
}

#[tokio::test]
async fn the_jwks_has_all_keys_and_may_be_kept_an_hour() {
    let identity = Identity::new().await;
    let answer = identity.get("/sentinel/well-known/jwks").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "max-age=3600"));
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    let kids: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    let purposes = ["appjwt", "consumerjws", "webconsumer"];
    let expected = purposes.map(|purpose| [format!("{purpose}-14-11-23"), format!("{purpose}-14-11-23-2")]);
    assert_eq!(kids, expected.concat());
    for key in &keys {
        let members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members.len(), 6);
        assert!(["kty", "use", "alg", "kid", "n", "e"].iter().all(|name| members.contains(name)));
        assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&"RSA".into(), &"sig".into(), &"RS256".into()));
    }
}
