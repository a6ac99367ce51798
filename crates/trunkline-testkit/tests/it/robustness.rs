//! Whatever comes in, at every route: JSON, a 4xx, and nothing changes.

use reqwest::Method;
use serde_json::Value;
use trunkline_testkit::Answer;
use trunkline_wire::Auth;

use crate::world::World;
use crate::world::call::Call;
use crate::world::routes::{CASES, Case};

/// Routes that read a body.
fn with_body() -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| matches!(case.method, "POST" | "PUT" | "PATCH")).filter(|case| {
        // Files are read by a rule of their own.
        case.auth() != Auth::SignedUrl
            && !case.path.ends_with("/featureGrants")
            && !case.path.ends_with("/signup")
            && !case.path.ends_with("/enable")
            && !case.path.ends_with("/disable")
            && !case.path.ends_with("/resume")
            && !case.path.ends_with("/keys/{purpose}/rotate")
    })
}

fn assert_client_error(answer: &Answer, what: &str) {
    assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
    assert!(answer.json().is_object() || answer.json().is_array(), "{what}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
}

/// The family's documented 400.
fn assert_bad_request(case: &Case, answer: &Answer, what: &str) {
    assert_client_error(answer, what);
    let body = answer.json();
    let documented = if case.path.starts_with("/operator") {
        body["error"]["code"] == "invalid" && body["error"]["message"].is_string()
    } else if case.path.starts_with("/sentinel") {
        body["error"] == "invalid_request" && body["error_description"].is_string()
    } else if case.path.contains("/configuration/") || case.path.starts_with("/messaging_history/") {
        body["error"] == "bad_request" && body["message"].is_string()
    } else if case.path.ends_with("/engagement") {
        body["internalCode"] == 20 && body["message"].is_string() && body["time"].is_i64()
    } else if case.path.ends_with("/consumer")
        || case.path.ends_with("/authorize")
        || case.path.ends_with("/authenticate")
    {
        body["internalErrorCode"].is_i64() && body["message"].is_string()
    } else if case.path.contains("/messaging/") {
        let refused =
            |result: &Value| result["code"] == "BAD_REQUEST" && result["body"]["msg"] == "Bad Request";
        body.as_array().map_or_else(|| refused(&body), |results| results.iter().all(refused))
    } else {
        body["error"]["internalCode"] == 0 && body["error"]["responseStatus"] == "BAD_REQUEST"
    };
    assert!(answer.status == 400 && documented, "{what}: {answer:?}");
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let world = World::new().await;
    let before = world.state().await;
    let deep = format!("{}{}", r#"{"a":"#.repeat(5000), "}".repeat(5000));
    let brackets = "[".repeat(100_000);
    let bodies: [&[u8]; 14] = [
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b"{\"username\":\"\xff\",\"client_name\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
        b"null",
        b"7",
        b"1e999",
        b"\"text\"",
        b"[[]]",
        b"[1,2]",
        b"{}{}",
        deep.as_bytes(),
        brackets.as_bytes(),
    ];
    for case in with_body() {
        let what = format!("{} {}", case.method, case.path);
        for body in bodies {
            let mut call = case.good(&world).body(body);
            if case.path.starts_with("/sentinel") {
                // Credentials are in the query; a body of another type than a form is refused.
                call = call.header("content-type", "application/json");
            }
            let answer = call.send(&world.server).await;
            assert_bad_request(
                case,
                &answer,
                &format!("{what}: {}", body[..body.len().min(80)].escape_ascii()),
            );
        }
    }
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn bodies_over_a_mebibyte_are_413() {
    let world = World::new().await;
    let before = world.state().await;
    for case in with_body() {
        let call = case.good(&world).body(vec![b' '; 1024 * 1024 + 1]);
        let answer = call.send(&world.server).await;
        assert_eq!(answer.status, 413, "{} {}: {answer:?}", case.method, case.path);
        assert_client_error(&answer, case.path);
    }
    assert_eq!(world.state().await, before);
}

/// Spec 10 §1 T2 to T4.
#[tokio::test]
async fn bodies_of_get_are_ignored() {
    let world = World::new().await;
    // Not in every world: where a provider is trusted, bad tokens are refused for other reasons.
    let is_provider = |case: &&Case| case.method == "PUT" && case.path.ends_with("/identity-provider");
    let provider = CASES.iter().find(is_provider).unwrap();
    assert_eq!(provider.good(&world).send(&world.server).await.status, 200);
    for case in CASES.iter().filter(|case| case.method == "GET") {
        let bodies: [&[u8]; 3] = [b"[object Object]", b"{\"client_name\":7}", b"\xff"];
        for body in bodies {
            for label in ["application/json", "text/plain"] {
                let call = case.good(&world).body(body).header("content-type", label);
                let upgrades = matches!(case.auth(), Auth::BearerInPath | Auth::ConsumerToken);
                let good = if upgrades { 101 } else { 200 };
                assert_eq!(call.send(&world.server).await.status, good, "{}", case.path);
            }
        }
    }
}

#[tokio::test]
async fn other_methods_are_405_and_name_the_right_ones() {
    let world = World::new().await;
    let before = world.state().await;
    // With a signed URL any other method is a wrong signature (spec 07 §3).
    let is_file = |case: &&Case| case.path.contains("/AUTH_async-images/");
    for case in CASES.iter().filter(|case| !is_file(case)) {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS]
        {
            if CASES.iter().any(|other| other.path == case.path && other.method == method.as_str()) {
                continue;
            }
            let call = Call { method: method.clone(), ..case.good(&world) };
            let answer = call.send(&world.server).await;
            assert_eq!(answer.status, 405, "{method} {}: {answer:?}", case.path);
            assert_client_error(&answer, case.path);
            assert!(answer.header("allow").unwrap().contains(case.method), "{method} {}", case.path);
        }
    }
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn unknown_paths_are_404() {
    let world = World::new().await;
    for path in [
        "/",
        "/api",
        "/api/account/10020030",
        "/api/account/10020030/",
        "/api/account/10020030/messaging/consumer",
        "/sentinel/.well-known/jwks",
        "/operator/v1",
        "/operator/v2/accounts",
        "/health",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%ff",
        "//",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = Call::new(method, path).body("{}").send(&world.server).await;
            assert_eq!(answer.status, 404, "{path}");
            assert_client_error(&answer, path);
        }
    }
}

#[tokio::test]
async fn path_parameters_of_any_shape_are_refused_in_json() {
    let world = World::new().await;
    let before = world.state().await;
    let long = "a".repeat(5000);
    let fillings =
        ["%ff", "%00", "a%20b", "%2f..%2f", "%25", "'%22%3b--", "10020030%0a", "Ä", "{account}", &long];
    let good =
        ["10020030", "sentinel", "victim", "consumerjws", &*world.conversation, &*world.app_to_configure];
    let has_parameters = |case: &&Case| case.auth() != Auth::None || case.path.contains('{');
    for case in CASES.iter().filter(has_parameters).filter(|case| case.method != "OPTIONS") {
        if !case.says_something() {
            continue;
        }
        let call = case.good(&world);
        let values = good.iter().copied().chain([&*world.app_to_operate, &*world.delivery]);
        for value in values.filter(|value| call.path.contains(&format!("/{value}"))) {
            for filling in fillings {
                let (path, query) = call.path.split_once('?').unwrap();
                let path = path.replace(&format!("/{value}"), &format!("/{filling}"));
                let call = Call { path: format!("{path}?{query}"), ..call.clone() };
                assert_client_error(
                    &call.send(&world.server).await,
                    &format!("{} {}", call.method, call.path),
                );
            }
        }
    }
    assert_eq!(world.state().await, before);
}

/// Parameters nobody asked for, broken ones and very many of them never end in a 5xx or in anything but JSON.
#[tokio::test]
async fn queries_of_any_shape_are_answered() {
    let world = World::new().await;
    let many = "a=1&".repeat(500);
    let cases = CASES.iter().filter(|case| case.auth() != Auth::SessionCookie && case.says_something());
    for case in cases.filter(|case| case.method != "DELETE") {
        for query in
            ["%zz", "a=%ff", "=&=&&", "limit=x&after=%00", "limit=-1", "limit=99999999999999999999", &many]
        {
            let call = case.call(&world).query(query);
            let answer = call.send(&world.server).await;
            assert!(answer.status < 500, "{} {}: {answer:?}", case.method, call.path);
            if case.path != "/metrics" && answer.status != 101 {
                answer.json();
            }
        }
    }
    for query in ["limit=x", "limit=-1", "after=%ff", "after=x y", "limit=99999999999999999999"] {
        for path in ["accounts", "accounts/10020030/users"] {
            let path = format!("/operator/v1/{path}?{}", query.replace(' ', "%20"));
            let call = Call::new(Method::GET, &path)
                .authorization(format!("Bearer {}", trunkline_testkit::TestServer::OPERATOR_TOKEN));
            assert_client_error(&call.send(&world.server).await, &path);
        }
        let path = format!("/operator/v1/accounts/10020030/conversations/{}/log?{query}", world.conversation);
        let deliveries =
            format!("/operator/v1/accounts/10020030/apps/{}/deliveries?{query}", world.app_to_operate);
        for path in [path, deliveries] {
            let call = Call::new(Method::GET, path.replace(' ', "%20"));
            let call =
                call.authorization(format!("Bearer {}", trunkline_testkit::TestServer::OPERATOR_TOKEN));
            assert_client_error(&call.send(&world.server).await, &path);
        }
    }
}
