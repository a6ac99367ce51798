//! Connections that do not come about or break.

use std::sync::Arc;

use trunkline_testkit::{Behaviour, Receiver};

use super::caller::{Caller, SHORT, Silence};

#[tokio::test]
async fn a_refused_connection_is_said_to_be_so_and_the_endpoint_may_return() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    caller.confirmed(&receiver.url("/")).await;
    receiver.refuse().await;
    for _ in 0..2 {
        assert_eq!(caller.refused(&receiver.url("/")).await, "the endpoint refuses connections");
    }
    receiver.resume();
    caller.confirmed(&receiver.url("/")).await;
    assert_eq!((receiver.count(), receiver.connections()), (2, 2));
}

#[tokio::test]
async fn a_reset_is_not_tried_again_on_a_new_connection() {
    let receiver = Receiver::start().await;
    receiver.once(Behaviour::Reset);
    let caller = Caller::new();
    assert_eq!(caller.refused(&receiver.url("/")).await, "the endpoint reset the connection");
    assert_eq!((receiver.count(), receiver.connections()), (1, 1));
}

#[tokio::test]
async fn a_close_without_an_answer_is_not_tried_again_on_a_new_connection() {
    let receiver = Receiver::start().await;
    receiver.once(Behaviour::Close);
    let caller = Caller::new();
    let error = caller.refused(&receiver.url("/")).await;
    assert_eq!(error, "the endpoint closed the connection without an answer");
    assert_eq!((receiver.count(), receiver.connections()), (1, 1));
}

#[tokio::test]
async fn a_close_in_the_middle_of_a_head_is_told_apart() {
    let receiver = Receiver::start().await;
    receiver.once(Behaviour::Raw(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()));
    let error = Caller::new().refused(&receiver.url("/")).await;
    assert_eq!(error, "the endpoint closed the connection in the middle of the answer's head");
}

#[tokio::test]
async fn every_attempt_to_connect_is_seen() {
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::ResetOnConnect);
    let caller = Caller::new();
    let error = caller.refused(&receiver.url("/")).await;
    // When the reset comes depends on who is quicker: while writing, or instead of an answer.
    let resets =
        ["the endpoint reset the connection", "the endpoint closed the connection without an answer"];
    assert!(resets.contains(&error.as_str()), "{error}");
    receiver.wait_for_connections(1).await;
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn an_address_that_does_not_work_leaves_it_to_the_next() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    // Nobody listens on the other loopback addresses.
    caller.names.know("two.example", &[&["127.0.0.2", "::1", "127.0.0.1"]]);
    caller.confirmed(&receiver.url_on("two.example", "/")).await;
    caller.names.know("none.example", &[&["127.0.0.2", "127.0.0.3"]]);
    let error = caller.refused(&receiver.url_on("none.example", "/")).await;
    assert_eq!(error, "the endpoint refuses connections");
}

#[tokio::test]
async fn unknown_hosts_are_said_to_be_so() {
    let caller = Caller::new();
    let error = caller.refused("https://unknown.example/").await;
    assert_eq!(error, "the endpoint's host name cannot be resolved: no such host");
    caller.names.know("empty.example", &[&[]]);
    assert_eq!(caller.refused("https://empty.example/").await, "the endpoint's host name has no address");
}

#[tokio::test]
async fn connecting_takes_no_longer_than_it_may() {
    let receiver =
        Receiver::start_tls(&trunkline_testkit::TestAuthority::new("ca").server(&["127.0.0.1"])).await;
    receiver.behave(Behaviour::HangOnConnect);
    let caller = Caller::with(|options| options.connect_timeout = SHORT);
    let error = caller.refused(&receiver.url("/")).await;
    assert_eq!(error, "no connection within 200 ms: the TLS handshake took too long");

    let caller = Caller::with(|options| {
        options.connect_timeout = SHORT;
        options.resolver = Arc::new(Silence);
    });
    let error = caller.refused("https://silent.example/").await;
    assert_eq!(error, "no connection within 200 ms: looking up the host name took too long");
}
