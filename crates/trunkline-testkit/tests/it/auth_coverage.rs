//! Every route, every kind of credential: the documented refusal, no side effect, no leak of what exists.

mod bad;
mod leaks;
mod refusal;
mod tokens;

use trunkline_testkit::Answer;
use trunkline_wire::Auth;

use crate::world::World;
use crate::world::routes::{CASES, Case};

#[test]
fn every_route_has_a_case_and_every_case_a_route() {
    for route in trunkline_http::routes() {
        assert!(Case::of(route).is_some(), "{} {} lacks a case in world/routes.rs", route.method, route.path);
    }
    for case in CASES {
        assert!(case.route().is_some(), "{} {} is no route any more", case.method, case.path);
    }
    let mut seen = std::collections::HashSet::new();
    assert!(CASES.iter().all(|case| seen.insert((case.method, case.path))), "a case stands twice");
}

#[tokio::test]
async fn bad_credentials_are_refused_as_documented_and_change_nothing() {
    let world = World::new().await;
    let mut refused = 0;
    let by_status = |case: &&Case| !matches!(case.auth(), Auth::None | Auth::ConsumerToken);
    for case in CASES.iter().filter(by_status) {
        let before = world.state().await;
        let bad = bad::of(case, &world);
        assert!(!bad.is_empty(), "{} {} has no bad credentials", case.method, case.path);
        for bad in bad {
            let answer = bad.call.send(&world.server).await;
            bad.refusal.check(&answer, &format!("{} {}: {}", case.method, case.path, bad.what));
            refused += 1;
        }
        assert_eq!(world.state().await, before, "{} {} did something", case.method, case.path);
    }
    assert!(refused > 1000, "{refused}");
    // All these requests would have succeeded with good credentials: nothing else was wrong with them.
    for case in CASES {
        let answer = case.good(&world).send(&world.server).await;
        let is_good = matches!(answer.status, 101 | 200..=299);
        assert!(is_good, "{} {}: {answer:?}", case.method, case.path);
    }
}

/// Browsers cannot see the status of a handshake, so a consumer's socket says by its close code what is wrong. Spec 24 §1.
#[tokio::test]
async fn bad_tokens_close_the_sockets_of_consumers() {
    let world = World::new().await;
    assert_eq!(CASES.iter().filter(|case| case.auth() == Auth::ConsumerToken).count(), 1);
    let server = &world.server;
    for (what, token) in tokens::bad_identities(&world, "a consumer's token", &world.consumer_token) {
        if token.trim_matches(|c: char| !c.is_ascii_graphic()).is_empty() {
            continue;
        }
        // An identity that can be renewed is told apart from a bad token.
        let code = if what.contains("whose exp is Some") { 4407 } else { 4401 };
        let mut socket = server.consumer_socket(&token).await;
        assert_eq!(socket.closed().await.0, code, "{what} in the handshake");
        let mut socket = server.try_consumer_socket("?v=3", None).await.unwrap();
        let headers = serde_json::json!([{"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]);
        let response = socket.request_with("InitConnection", headers).await;
        assert_eq!(response["code"], 401, "{what}: {response}");
        assert_eq!(socket.closed().await.0, code, "{what} in the first frame");
    }
}

/// The configuration API answers with a slash before the query too (spec 02 §3).
#[tokio::test]
async fn a_trailing_slash_is_no_way_around() {
    let world = World::new().await;
    let before = world.state().await;
    for case in CASES.iter().filter(|case| case.auth() == Auth::AdminBearer) {
        for mut bad in bad::of(case, &world) {
            bad.call.path = bad.call.path.replace('?', "/?");
            let answer = bad.call.send(&world.server).await;
            bad.refusal.check(&answer, &format!("{} {}/: {}", case.method, case.path, bad.what));
        }
    }
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn open_routes_do_not_look_at_credentials() {
    let world = World::new().await;
    for case in CASES.iter().filter(|case| case.auth() == Auth::None) {
        let call = case.call(&world);
        let plain = call.send(&world.server).await;
        assert!(matches!(plain.status, 200 | 204), "{plain:?}");
        for (what, token) in tokens::every_kind(&world) {
            let answer = call.clone().authorization(format!("Bearer {token}")).send(&world.server).await;
            assert_eq!(answer.status, plain.status, "{what} at {}", case.path);
            if case.path != "/metrics" {
                assert_eq!(answer.text, plain.text, "{what} at {}", case.path);
            }
        }
    }
}

/// Two answers that must not tell the caller anything by their difference.
fn assert_alike(one: &Answer, other: &Answer, what: &str) {
    assert_eq!((one.status, &one.text), (other.status, &other.text), "{what}");
    let names = |answer: &Answer| {
        let mut headers: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect();
        headers.sort();
        headers
    };
    assert_eq!(names(one), names(other), "{what}");
}
