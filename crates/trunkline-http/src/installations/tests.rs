//! Spec 02 §3, §4, §7 and the quirks of spec 10 §1 that concern app installations.

pub(crate) mod platform;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use platform::{Answer, Call, Platform};

const BASE: &str = "/api/account/10020030/configuration/app-install/installations";

fn manifest(name: &str) -> Value {
    json!({"client_name": name, "grant_types": ["client_credentials"], "scope": "msg.consumer"})
}

fn list() -> Call {
    Call::new(Method::GET, &format!("{BASE}?v=1.0"))
}

fn create(name: &str) -> Call {
    Call::new(Method::POST, &format!("{BASE}?v=1.0")).json(&manifest(name))
}

fn on(method: Method, id: &str) -> Call {
    Call::new(method, &format!("{BASE}/{id}?v=1.0"))
}

fn id(answer: &Answer) -> String {
    answer.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_life_of_an_app_as_the_official_sample_leads_it() {
    let platform = Platform::new().await;
    let created = platform.admin(create("com.example.a").header("user-agent", "Connector App Hub")).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.body["id"], created.body["client_id"]);
    assert_eq!(created.body["client_secret"].as_str().unwrap().len(), 26);
    assert_eq!(created.revision(), Some(1));
    let id = id(&created);

    let listed = platform.admin(list()).await;
    assert_eq!((listed.status, &listed.body), (StatusCode::OK, &json!([created.body])));

    let read = platform.admin(on(Method::GET, &id)).await;
    assert_eq!((read.status, &read.body, read.revision()), (StatusCode::OK, &created.body, Some(1)));

    let mut edited = read.body.clone();
    edited["enabled"] = json!(false);
    edited["client_secret"] = json!("changed");
    let put =
        on(Method::PUT, &id).json(&edited).header("if-match", "1").header("x-http-method-override", "PUT");
    let updated = platform.admin(put).await;
    edited["client_secret"] = created.body["client_secret"].clone();
    assert_eq!((updated.status, &updated.body, updated.revision()), (StatusCode::OK, &edited, Some(2)));

    let deleted = platform.admin(on(Method::DELETE, &id).header("if-match", "2")).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(deleted.revision(), Some(3));
    let gone = platform.admin(on(Method::GET, &id)).await;
    assert_eq!((gone.status, gone.revision()), (StatusCode::NOT_FOUND, Some(3)));
    assert_eq!(platform.admin(list()).await.body, json!([]));
}

/// Spec 10 §1 T2, T3: the sample's HTTP package sends bodies where none belong.
#[tokio::test]
async fn bodies_of_get_and_delete_are_ignored() {
    let platform = Platform::new().await;
    let id = id(&platform.admin(create("a")).await);
    let object = "[object Object]";
    for call in [
        list().text(object).header("content-type", "application/json"),
        on(Method::GET, &id).text(object).header("content-type", "application/json"),
        on(Method::GET, &id).text(&manifest("a").to_string()),
        on(Method::GET, &id).header("content-length", "0"),
    ] {
        assert_eq!(platform.admin(call).await.status, StatusCode::OK);
    }
    let deleted = platform.admin(on(Method::DELETE, &id).text(object)).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
}

/// Public code sends other versions, none at all, and a slash before the query (spec 02 §3).
#[tokio::test]
async fn versions_and_trailing_slashes_are_free() {
    let platform = Platform::new().await;
    let id = id(&platform.admin(create("a")).await);
    for end in ["", "?v=1", "?v=2.0", "?v=1.0&__d=3", "/", "/?v=1.0"] {
        let listed = platform.admin(Call::new(Method::GET, &format!("{BASE}{end}"))).await;
        assert_eq!(listed.status, StatusCode::OK, "{end}");
        let read = platform.admin(Call::new(Method::GET, &format!("{BASE}/{id}{end}"))).await;
        assert_eq!(read.status, StatusCode::OK, "{end}");
    }
}

#[tokio::test]
async fn refusals_have_the_documented_status() {
    let platform = Platform::new().await;
    let id = id(&platform.admin(create("a")).await);
    platform.admin(create("b")).await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (call, status, error) in [
        (Call::new(Method::POST, BASE).text("{"), 400, "bad_request"),
        (Call::new(Method::POST, BASE).text(""), 400, "bad_request"),
        (Call::new(Method::POST, BASE).json(&json!({"scope": "msg.consumer"})), 400, "bad_request"),
        (Call::new(Method::POST, BASE).text(&"[".repeat(200)), 400, "bad_request"),
        (on(Method::GET, unknown), 404, "not_found"),
        (on(Method::GET, "no-uuid"), 404, "not_found"),
        (on(Method::GET, "%25"), 404, "not_found"),
        (on(Method::PUT, unknown).json(&manifest("c")), 404, "not_found"),
        (on(Method::DELETE, unknown), 404, "not_found"),
        (create("b"), 409, "conflict"),
        (on(Method::PUT, &id).json(&manifest("b")), 409, "conflict"),
        (on(Method::PUT, &id).json(&manifest("a")).header("if-match", "1"), 412, "precondition_failed"),
        (
            on(Method::PUT, &id).json(&manifest("a")).header("if-match", "undefined"),
            412,
            "precondition_failed",
        ),
        (on(Method::DELETE, &id).header("if-match", "\"1\""), 412, "precondition_failed"),
        (create("c").header("if-match", "1"), 412, "precondition_failed"),
        (on(Method::POST, &id).json(&manifest("a")), 405, "method_not_allowed"),
    ] {
        let what = format!("{call:?}");
        let answer = platform.admin(call).await;
        assert_eq!((answer.status.as_u16(), &answer.body["error"]), (status, &json!(error)), "{what}");
        assert!(answer.body["message"].is_string(), "{what}");
        assert_eq!(answer.revision(), Some(2), "refusals carry the revision and change nothing: {what}");
    }
}

#[tokio::test]
async fn the_message_names_every_field_and_rule() {
    let platform = Platform::new().await;
    let body = json!({"client_name": 1, "capabilities": {"webhooks": {"retry": {"retention_time": 1}}}});
    let answer = platform.admin(Call::new(Method::POST, BASE).json(&body)).await;
    assert_eq!(
        answer.body["message"],
        "client_name must be a string; capabilities.webhooks.retry.retention_time must be an integer from 2 to 259200"
    );
}

#[tokio::test]
async fn if_match_accepts_the_bare_and_the_quoted_revision() {
    let platform = Platform::new().await;
    let id = id(&platform.admin(create("a").header("if-match", "0")).await);
    let put = |revision: &str| on(Method::PUT, &id).json(&manifest("a")).header("if-match", revision);
    assert_eq!(platform.admin(put("1")).await.revision(), Some(2));
    assert_eq!(platform.admin(put("\"2\"")).await.revision(), Some(3));
    assert_eq!(platform.admin(put("*")).await.revision(), Some(4));
}

#[tokio::test]
async fn post_with_an_override_updates() {
    let platform = Platform::new().await;
    let id = id(&platform.admin(create("a")).await);
    let call = on(Method::POST, &id).json(&manifest("renamed")).header("x-http-method-override", "put");
    let answer = platform.admin(call).await;
    assert_eq!((answer.status, &answer.body["client_name"]), (StatusCode::OK, &json!("renamed")));
}

/// Spec 02 §4, and issue "Bad input and attack": every route, every kind of bearer, no existence leak.
#[tokio::test]
async fn every_route_asks_for_an_admin_of_the_account() {
    let platform = Platform::new().await;
    let id = id(&platform.admin(create("a")).await);
    let calls = || {
        [
            list(),
            create("b"),
            on(Method::GET, &id),
            on(Method::PUT, &id).json(&manifest("c")),
            on(Method::POST, &id).json(&manifest("c")).header("x-http-method-override", "PUT"),
            on(Method::DELETE, &id),
            Call::new(Method::GET, "/api/account/10020030/configuration/provision/featureGrants"),
            Call::new(Method::POST, "/api/account/10020030/configuration/provision/featureGrants"),
        ]
    };
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer "), 401),
        (Some("Bearer unknown"), 401),
        (Some(platform::EXPIRED), 401),
        (Some(platform::AGENT), 403),
        (Some(platform::OTHER_ACCOUNT), 403),
    ] {
        for mut call in calls() {
            if let Some(authorization) = authorization {
                call = call.header("authorization", authorization);
            }
            let what = format!("{authorization:?} {call:?}");
            let answer = platform.call(call).await;
            assert_eq!(answer.status.as_u16(), status, "{what}");
            assert!(answer.body["error"].is_string() && answer.revision().is_none(), "{what}");
        }
    }
    let unknown_account =
        Call::new(Method::GET, &BASE.replace("10020030", "1")).header("authorization", platform::ADMIN);
    assert_eq!(platform.call(unknown_account).await.status, StatusCode::FORBIDDEN);
    let no_account =
        Call::new(Method::GET, &BASE.replace("10020030", "%00")).header("authorization", platform::ADMIN);
    assert_eq!(platform.call(no_account).await.status, StatusCode::UNAUTHORIZED);
    let (revision, unchanged) = (platform.admin(list()).await.revision(), platform.admin(list()).await);
    assert_eq!(
        (revision, unchanged.body[0]["client_name"].as_str()),
        (Some(1), Some("a")),
        "nothing happened"
    );
}

#[tokio::test]
async fn feature_grants_answer_get_and_post() {
    let platform = Platform::new().await;
    let path = "/api/account/10020030/configuration/provision/featureGrants?v=1.0&excludeLegacy=true&jsonProvider=gson";
    for method in [Method::GET, Method::POST] {
        let answer = platform.admin(Call::new(method, path).header("content-length", "0")).await;
        assert_eq!(answer.status, StatusCode::OK);
        let data = &answer.body["appDataList"][0]["accountList"]["accountList"][0]["itemsCollection"]["data"];
        assert_eq!(
            data,
            &json!([{"compoundFeatureID": "Common.Async_Messaging", "value": {"value": "true"}}])
        );
        assert_eq!(answer.revision(), Some(0));
    }
}
