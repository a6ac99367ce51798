//! What ends a socket over a real connection. Times are tested where time can be moved, beside the code.

use std::time::Duration;

use tokio_tungstenite::tungstenite::Message;
use trunkline_http::{Limits, SocketLimits};
use trunkline_testkit::{RawConnection, Settings, TestServer};

use super::{clock_answers, world, world_with};

#[tokio::test]
async fn text_only() {
    let (server, session) = world().await;
    let mut socket = server.agent_socket(&session).await;
    socket.send_message(Message::binary(&b"{}"[..])).await;
    assert_eq!(socket.closed().await, (1003, "text only".to_owned()));
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_by_its_code() {
    let (server, session) = world().await;
    let mut socket = server.agent_socket(&session).await;
    socket.send_text(&" ".repeat(SocketLimits::default().frame_bytes)).await;
    clock_answers(&mut socket).await;
    socket.send_text(&" ".repeat(SocketLimits::default().frame_bytes + 1)).await;
    assert_eq!(socket.closed().await, (1009, "frame too big".to_owned()));
}

/// Spec 21 §6: 4401 makes the SDK sign in again.
#[tokio::test]
async fn logout_closes_the_sockets_of_the_session() {
    let (server, session) = world().await;
    let other = server.sign_in(TestServer::ACCOUNT, TestServer::ADMIN).await;
    let (mut socket, mut kept) = (server.agent_socket(&session).await, server.agent_socket(&other).await);
    clock_answers(&mut socket).await;
    assert_eq!(session.post(&server, "logout").await.status, 200);
    assert_eq!(socket.closed().await, (4401, "token expired".to_owned()));
    clock_answers(&mut kept).await;
}

#[tokio::test]
async fn shutdown_says_going_away() {
    let (server, session) = world().await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(server.agent_socket(&session).await);
    }
    for socket in &mut sockets {
        clock_answers(socket).await;
    }
    drop(server);
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, (1001, "going away".to_owned()));
    }
}

/// The limits of HTTP, which are shorter, do not end a socket.
#[tokio::test]
async fn a_silent_socket_outlives_the_limits_of_http() {
    let limits = Limits { idle: Duration::from_millis(10), ..Limits::default() };
    let sockets = SocketLimits { ping: Duration::from_millis(20), ..SocketLimits::default() };
    let (server, session) = world_with(Settings { limits, sockets, ..Settings::default() }).await;
    let mut socket = server.agent_socket(&session).await;
    // Five of the server's pings later the limit is long over.
    for _ in 0..5 {
        socket.ping().await;
    }
    clock_answers(&mut socket).await;
}

#[tokio::test]
async fn a_socket_takes_one_of_the_places() {
    let limits = Limits { connections: 2, ..Limits::default() };
    // The connection of the login stays open for further requests.
    let (server, session) = world_with(Settings { limits, ..Settings::default() }).await;
    let mut socket = server.agent_socket(&session).await;
    clock_answers(&mut socket).await;
    let answer = RawConnection::open(&server).await.call("GET /health/live HTTP/1.1\nhost: x", "").await;
    assert_eq!(answer.status(), 503);
    clock_answers(&mut socket).await;
}
