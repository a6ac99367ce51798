//! The transport of the agent WebSocket. Source: spec 21 §1, §4 – §6; spec 23 §4.

mod handshake;
mod limits;

use serde_json::{Value, json};
use trunkline_testkit::{AgentSocket, Session, Settings, TestServer};

/// A server and a signed-in user.
async fn world() -> (TestServer, Session) {
    world_with(Settings::default()).await
}

async fn world_with(settings: Settings) -> (TestServer, Session) {
    let server = TestServer::with(settings).await;
    let session = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    (server, session)
}

/// The one request that needs nothing but a socket.
async fn clock_answers(socket: &mut AgentSocket) {
    let response = socket.request(".GetClock", json!({})).await;
    assert_eq!(response["kind"], "resp");
    assert_eq!(response["code"], 200);
    assert_eq!(response["type"], ".GetClock$Response");
    assert!(response["body"]["currentTime"].is_i64(), "{response}");
}

#[tokio::test]
async fn requests_are_answered_in_their_order_with_their_id() {
    let (server, session) = world().await;
    let mut socket = server.agent_socket(&session).await;
    let mut ids = Vec::new();
    for _ in 0..200 {
        ids.push(socket.send(".GetClock", json!({})).await);
    }
    let last = ids.pop().unwrap();
    socket.response(&last).await;
    // All others came before the last one: nothing has to be waited for.
    for id in ids {
        assert_eq!(socket.response(&id).await["reqId"], json!(id));
    }
}

#[tokio::test]
async fn every_socket_of_a_user_works_by_itself() {
    let (server, session) = world().await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(server.agent_socket(&session).await);
    }
    for socket in &mut sockets {
        clock_answers(socket).await;
    }
    sockets.remove(0);
    for socket in &mut sockets {
        clock_answers(socket).await;
    }
}

/// Spec 20 §6: the bearer ends up nowhere but in the path.
#[tokio::test]
async fn metrics_know_the_template_only() {
    let (server, session) = world().await;
    let mut socket = server.agent_socket(&session).await;
    clock_answers(&mut socket).await;
    assert_eq!(server.try_agent_socket("99", &session.bearer, "").await.err(), Some(401));
    let metrics = server.get("/metrics").await.text;
    assert!(
        metrics.contains(r#"route="/ws_api/account/{account}/messaging/brand/{bearer}",status="101"} 1"#)
    );
    assert!(!metrics.contains(&session.bearer));
}

#[tokio::test]
async fn what_is_no_request_does_not_end_the_socket() {
    let (server, session) = world().await;
    let mut socket = server.agent_socket(&session).await;
    for text in ["", "{", "[]", "null", "\"x\""] {
        socket.send_text(text).await;
    }
    clock_answers(&mut socket).await;
    socket.send_text(r#"{"kind":"req","id":7,"type":"nothing like that","body":{}}"#).await;
    let refused: Value = socket.response("7").await;
    assert_eq!((&refused["code"], &refused["type"]), (&json!(400), &json!(".ReqBody$StringResp")));
    clock_answers(&mut socket).await;
}
