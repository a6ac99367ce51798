//! Credentials of a socket and their end. Source: spec 24 §1, §3.1.

use std::time::Duration;

use serde_json::{Value, json};
use trunkline_testkit::TestServer;

use super::{TOO_LONG, agent_in, changes, credentials, done, newcomer, open, refused, server};

async fn identity(server: &TestServer, id_token: Option<&str>) -> (String, String) {
    let body = id_token.map_or(json!({}), |token| json!({"id_token": token}));
    let identity = server.post_idp("anonymous/authorize", &body).await.json();
    let identity = identity["token"].as_str().unwrap().to_owned();
    let answer = server.post_idp("app/web/authenticate?v=3.0", &json!({"id_token": identity})).await;
    (identity, answer.json()["token"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_scheme_is_optional_and_its_case_is_free() {
    let server = server().await;
    let token = server.sign_up().await;
    for header in [token.clone(), format!("jwt {token}"), format!("JWT {token}"), format!("Bearer {token}")] {
        let mut socket = server.try_consumer_socket("?v=3", Some(&header)).await.unwrap();
        done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
    }
}

#[tokio::test]
async fn versions_are_checked() {
    let server = server().await;
    for query in ["", "?v=3"] {
        let mut socket = server.try_consumer_socket(query, None).await.unwrap();
        done(&mut socket, "GetClock", json!({})).await;
    }
    for query in ["?v=2", "?v=2.1", "?v=", "?v=3&v=2"] {
        assert_eq!(server.try_consumer_socket(query, None).await.err(), Some(400), "{query}");
    }
}

#[tokio::test]
async fn without_a_token_only_three_requests_are_answered() {
    let server = server().await;
    let mut socket = server.try_consumer_socket("?v=3", None).await.unwrap();
    let clock = done(&mut socket, "GetClock", Value::Null).await;
    assert_eq!(clock["currentTime"], 1_700_000_000_000_i64);
    done(&mut socket, "KeepAlive", Value::Null).await;
    for kind in ["cm.ConsumerRequestConversation", "cqm.SubscribeExConversations", "nothing like that"] {
        assert_eq!(refused(&mut socket, kind, json!({})).await.0, 401);
    }
    let without = socket.request_with("InitConnection", json!([])).await;
    assert_eq!(without["code"], 401);
    let token = server.sign_up().await;
    assert_eq!(socket.request_with("InitConnection", credentials(&token)).await["code"], 200);
    open(&mut socket).await;
}

#[tokio::test]
async fn the_token_has_to_come_within_ten_seconds() {
    let server = server().await;
    let mut socket = server.try_consumer_socket("?v=3", None).await.unwrap();
    done(&mut socket, "GetClock", json!({})).await;
    server.clock.advance(TOO_LONG);
    assert_eq!(socket.closed().await.0, 4401);
    let mut signed_in = newcomer(&server).await;
    server.clock.advance(TOO_LONG);
    done(&mut signed_in, "GetClock", json!({})).await;
}

#[tokio::test]
async fn the_end_of_a_token_closes_its_sockets() {
    let server = server().await;
    let (_, exchanged) = identity(&server, None).await;
    let mut anonymous = server.consumer_socket(&exchanged).await;
    let mut signed_up = newcomer(&server).await;
    done(&mut anonymous, "GetClock", json!({})).await;
    server.clock.advance(Duration::from_secs(600 + 30));
    assert_eq!(anonymous.closed().await, (4407, "identity expired".to_owned()));
    done(&mut signed_up, "GetClock", json!({})).await;
    server.clock.advance(Duration::from_hours(730));
    assert_eq!(signed_up.closed().await, (4401, "token expired".to_owned()));
}

/// Spec 24 §1: 4407 asks for a renewal, which is refused once the identity is as old as it gets.
#[tokio::test]
async fn the_end_of_an_identity_that_cannot_be_renewed_asks_for_another_one() {
    let server = server().await;
    let (first, early) = identity(&server, None).await;
    server.clock.advance(Duration::from_hours(730) - Duration::from_mins(5));
    let (_, last) = identity(&server, Some(&first)).await;
    let mut socket = server.consumer_socket(&last).await;
    done(&mut socket, "GetClock", json!({})).await;
    let mut renewable = server.consumer_socket(&early).await;
    assert_eq!(renewable.closed().await.0, 4407);
    server.clock.advance(Duration::from_secs(300 + 30));
    assert_eq!(socket.closed().await, (4401, "token expired".to_owned()));
    for token in [early, last] {
        let mut late = server.consumer_socket(&token).await;
        assert_eq!(late.closed().await.0, 4401);
    }
}

/// Spec 24 §1, §3.1: a token that is there and cannot be used is a wrong token, at once.
#[tokio::test]
async fn an_unusable_token_is_a_wrong_one() {
    let server = server().await;
    let long = "x".repeat(10_000);
    for header in ["jwt", "jwt ", "Bearer", "jwt \u{e4}.b.c", "x", &long] {
        let mut socket = server.try_consumer_socket("?v=3", Some(header)).await.unwrap();
        assert_eq!(socket.closed().await.0, 4401, "{header:.20}");
    }
    let type_of = ".ams.headers.ConsumerAuthentication";
    for header in [
        json!({"type": type_of}),
        json!({"type": type_of, "jwt": ""}),
        json!({"type": type_of, "jwt": 7}),
        json!({"type": type_of, "jwt": long}),
    ] {
        let mut socket = server.try_consumer_socket("?v=3", None).await.unwrap();
        assert_eq!(socket.request_with("InitConnection", json!([header])).await["code"], 401);
        assert_eq!(socket.closed().await.0, 4401);
    }
}

#[tokio::test]
async fn a_newer_token_of_the_same_consumer_keeps_the_socket_open() {
    let server = server().await;
    let (first, token) = identity(&server, None).await;
    let mut socket = server.consumer_socket(&token).await;
    let conversation = open(&mut socket).await;
    server.clock.advance(Duration::from_secs(500));
    let (_, newer) = identity(&server, Some(&first)).await;
    assert_eq!(socket.request_with("InitConnection", credentials(&newer)).await["code"], 200);
    let foreign = server.sign_up().await;
    assert_eq!(socket.request_with("InitConnection", credentials(&foreign)).await["code"], 400);
    server.clock.advance(Duration::from_secs(500));
    assert_eq!(super::say(&mut socket, &conversation, "still here").await, 0);
    server.clock.advance(Duration::from_secs(130));
    assert_eq!(socket.closed().await.0, 4407);
}

/// A token that verifies is never answered as if it were over (spec 24 §1): the page would throw its identity away.
#[tokio::test]
async fn the_newest_sixteen_sockets_of_a_consumer_stay() {
    let server = server().await;
    let token = server.sign_up().await;
    let mut sockets = Vec::new();
    for _ in 0..16 {
        sockets.push(server.consumer_socket(&token).await);
    }
    let metrics = server.get("/metrics").await.text;
    assert!(metrics.contains("trunkline_sockets_open{kind=\"consumer\"} 16"), "{metrics}");
    let mut others = newcomer(&server).await;
    let by_header = server.consumer_socket(&token).await;
    let mut by_frame = server.try_consumer_socket("?v=3", None).await.unwrap();
    assert_eq!(by_frame.request_with("InitConnection", credentials(&token)).await["code"], 200);
    for mut oldest in sockets.drain(..2) {
        assert_eq!(oldest.closed().await, (1008, "replaced by a newer socket".to_owned()));
    }
    sockets.extend([by_header, by_frame]);
    server.clock.advance(TOO_LONG);
    for socket in &mut sockets {
        done(socket, "GetClock", json!({})).await;
    }
    done(&mut others, "GetClock", json!({})).await;
}

/// Spec 24 §3.1: agents see what the client says about itself, but for its address.
#[tokio::test]
async fn client_properties_reach_agents() {
    let server = server().await;
    let token = server.sign_up().await;
    let mut socket = server.try_consumer_socket("?v=3&appId=first", None).await.unwrap();
    let headers = json!([
        {"type": ".ams.headers.ClientProperties", "appId": "webAsync", "ipAddress": "192.0.2.13", "features": ["RICH_CONTENT"]},
        {"type": ".ams.headers.ConsumerAuthentication", "jwt": token}]);
    assert_eq!(socket.request_with("InitConnection", headers).await["code"], 200);
    let conversation = open(&mut socket).await;
    let mut agent = agent_in(&server, &conversation).await;
    done(&mut agent, ".ams.aam.SubscribeExConversations", json!({"convState": ["OPEN"]})).await;
    let shown =
        agent.notification(|frame| frame["type"] == ".ams.aam.ExConversationChangeNotification").await;
    let details = &shown["body"]["changes"][0]["result"]["conversationDetails"];
    let properties = &details["context"]["clientProperties"];
    assert_eq!(
        (&properties["appId"], &properties["ipAddress"]),
        (&json!("webAsync"), &Value::Null),
        "{shown}"
    );
    done(&mut socket, "cqm.SubscribeExConversations", json!({})).await;
    changes(&mut socket).await;
}
