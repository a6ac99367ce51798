//! The bot against a server of its own: look-up, login, socket, and what happens when one of them fails.

mod server;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_model::Secret;

use super::*;
use crate::failure::Exit;
use server::{FakeServer, FakeSocket};

struct Running {
    server: FakeServer,
    shutdown: CancellationToken,
    ended: tokio::task::JoinHandle<Result<(), Failure>>,
}

fn password() -> Credentials {
    Credentials::Password { username: "bot".to_owned(), password: Secret::new("pw".to_owned()) }
}

async fn start(credentials: Credentials, prepare: impl FnOnce(&FakeServer)) -> Running {
    let server = FakeServer::start().await;
    prepare(&server);
    let mut bot = Bot::new(server.place(), credentials, Persona::Echo, BTreeSet::new()).unwrap();
    bot.first_pause = Duration::ZERO;
    let shutdown = CancellationToken::new();
    let ended = TaskTracker::new().spawn(bot.run(shutdown.clone()));
    Running { server, shutdown, ended }
}

impl Running {
    async fn failure(self) -> Failure {
        self.ended.await.unwrap().unwrap_err()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.ended.await.unwrap().unwrap();
    }
}

/// Answers the first requests of a connection.
async fn set_up(socket: &mut FakeSocket) {
    for name in [
        ".ams.routing.SetAgentState",
        ".ams.aam.SubscribeExConversations",
        ".ams.routing.SubscribeRoutingTasks",
    ] {
        let request = socket.request(name).await;
        if name == ".ams.routing.SetAgentState" {
            assert_eq!(request["body"]["agentUserId"], "10020030.282467514");
        }
        socket.answer(&request, 200, &json!({"subscriptionId": "s"})).await;
    }
}

#[tokio::test]
async fn a_bot_signs_in_works_and_says_good_bye() {
    let mut running = start(password(), |_| {}).await;
    let mut socket = running.server.socket().await;
    assert_eq!(socket.path, "/ws_api/account/10020030/messaging/brand/bearer-1?v=2.1");
    set_up(&mut socket).await;
    let login = running.server.take_login();
    assert_eq!(login, json!({"username": "bot", "password": "pw"}));
    running.stop().await;
    assert_eq!(socket.closed().await, Some(1005));
}

#[tokio::test]
async fn a_lost_connection_is_made_again_with_the_same_bearer() {
    let mut running = start(password(), |_| {}).await;
    for code in [Some(1001), Some(1013), None] {
        let mut socket = running.server.socket().await;
        assert!(socket.path.contains("bearer-1"));
        set_up(&mut socket).await;
        match code {
            Some(code) => socket.close(code).await,
            None => drop(socket),
        }
    }
    let socket = running.server.socket().await;
    assert!(socket.path.contains("bearer-1"));
    running.stop().await;
}

#[tokio::test]
async fn a_session_that_ended_is_followed_by_a_login() {
    let mut running = start(password(), |_| {}).await;
    let mut socket = running.server.socket().await;
    set_up(&mut socket).await;
    socket.close(4401).await;
    let mut socket = running.server.socket().await;
    assert!(socket.path.contains("bearer-2"));
    set_up(&mut socket).await;
    // While it was away the session was revoked: the handshake says so.
    running.server.refuse_handshakes(1);
    socket.close(1001).await;
    let socket = running.server.socket().await;
    assert!(socket.path.contains("bearer-3"));
    running.stop().await;
}

#[tokio::test]
async fn a_refused_login_ends_the_bot() {
    let running = start(password(), |server| server.refuse_logins(401)).await;
    let failure = running.failure().await;
    assert_eq!(failure.exit(), Exit::Unauthorized);
    assert!(failure.to_string().contains("the server refused the login"), "{failure}");

    let running = start(password(), |server| server.refuse_logins(429)).await;
    assert_eq!(running.failure().await.exit(), Exit::Busy);
}

#[tokio::test]
async fn a_login_that_is_refused_later_ends_the_bot_too() {
    let mut running = start(password(), |_| {}).await;
    let mut socket = running.server.socket().await;
    set_up(&mut socket).await;
    running.server.refuse_logins(401);
    socket.close(4401).await;
    assert_eq!(running.failure().await.exit(), Exit::Unauthorized);
}

#[tokio::test]
async fn a_bearer_needs_no_login_and_cannot_be_replaced() {
    let mut running = start(Credentials::Bearer(Secret::new("given".to_owned())), |_| {}).await;
    let mut socket = running.server.socket().await;
    assert!(socket.path.contains("/brand/given?"));
    let request = socket.request(".ams.userprofile.GetUserProfile").await;
    socket.answer(&request, 200, &json!({"userId": "10020030.282467514"})).await;
    set_up(&mut socket).await;
    socket.close(4401).await;
    let failure = running.failure().await;
    assert_eq!(failure.exit(), Exit::Unauthorized);
    assert!(!failure.to_string().contains("given?"), "{failure}");
}

#[tokio::test]
async fn nobody_at_the_address_is_said_at_once() {
    let server = FakeServer::start().await;
    let mut place = server.place();
    place.base = "https://127.0.0.1:9".to_owned();
    let bot = Bot::new(place, password(), Persona::Echo, BTreeSet::new()).unwrap();
    let failure = bot.run(CancellationToken::new()).await.unwrap_err();
    assert_eq!(failure.exit(), Exit::Unreachable);
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_is_refused() {
    let server = FakeServer::start().await;
    let place = Place { ca_file: None, ..server.place() };
    let bot = Bot::new(place, password(), Persona::Echo, BTreeSet::new()).unwrap();
    assert_eq!(bot.run(CancellationToken::new()).await.unwrap_err().exit(), Exit::Unreachable);
}
