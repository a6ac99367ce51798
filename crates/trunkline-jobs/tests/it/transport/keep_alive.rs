//! Connections are used again, within bounds, and never to the harm of a notification.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use trunkline_testkit::{Behaviour, Receiver};

use super::caller::{Caller, SHORT};

#[tokio::test]
async fn posts_to_one_origin_share_a_connection() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    for path in ["/content", "/state", "/content"] {
        caller.confirmed(&receiver.url(path)).await;
    }
    assert_eq!((receiver.count(), receiver.connections()), (3, 1));
    assert_eq!(caller.transport.idle_connections(), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_not_used() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    receiver.behave(Behaviour::AnswerAndClose(200));
    for _ in 0..3 {
        caller.confirmed(&receiver.url("/")).await;
    }
    assert_eq!((receiver.count(), receiver.connections()), (3, 3));
}

#[tokio::test]
async fn a_kept_connection_that_ends_without_an_answer_is_replaced_once() {
    for end in [Behaviour::Close, Behaviour::Reset] {
        let receiver = Receiver::start().await;
        let caller = Caller::new();
        caller.confirmed(&receiver.url("/")).await;
        receiver.once(end.clone());
        caller.confirmed(&receiver.url("/")).await;
        // One on the first connection, one that was lost with it, one on the second.
        let connections: Vec<_> = receiver.requests().iter().map(|request| request.connection).collect();
        assert_eq!(connections, [0, 0, 1], "{end:?}");
        let bodies: Vec<_> = receiver.requests().iter().map(|request| request.body.clone()).collect();
        assert_eq!(bodies[1], bodies[2]);

        receiver.once(end.clone());
        receiver.once(end.clone());
        let error = caller.refused(&receiver.url("/")).await;
        assert!(error.starts_with("the endpoint "), "{error}");
        assert_eq!(receiver.count(), 5, "{end:?}: one replacement, not two");
    }
}

#[tokio::test]
async fn a_kept_connection_that_begins_an_answer_is_not_replaced() {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| options.response_timeout = SHORT * 3);
    for (behaviour, error) in [
        (
            Behaviour::Raw(b"HTTP/1.1 200".to_vec()),
            "the endpoint closed the connection in the middle of the answer's head",
        ),
        (Behaviour::HalfHead, "the answer's head was not complete within 600 ms"),
        (Behaviour::Hang, "no answer within 600 ms"),
    ] {
        caller.confirmed(&receiver.url("/")).await;
        let count = receiver.count();
        receiver.once(behaviour);
        assert_eq!(caller.refused(&receiver.url("/")).await, error);
        assert_eq!(receiver.count(), count + 1);
    }
}

#[tokio::test]
async fn bytes_nobody_asked_for_are_no_answer() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let raw = format!("{answer}HTTP/1.1 500 Smuggled\r\ncontent-length: 0\r\n\r\n");
    receiver.once(Behaviour::Raw(raw.into()));
    caller.confirmed(&receiver.url("/")).await;
    caller.confirmed(&receiver.url("/")).await;
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test]
async fn posts_at_the_same_time_have_connections_of_their_own_and_few_are_kept() {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| options.idle_per_origin = 2);
    receiver.behave(Behaviour::Hold);
    let url = receiver.url("/");
    let posts =
        async { tokio::join!(caller.confirmed(&url), caller.confirmed(&url), caller.confirmed(&url)) };
    let release = async {
        receiver.wait_for(3).await;
        receiver.release();
    };
    tokio::join!(posts, release);
    assert_eq!(receiver.connections(), 3);
    assert_eq!(caller.transport.idle_connections(), 2);
}

#[tokio::test]
async fn few_connections_are_kept_in_all_and_the_oldest_goes_first() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let caller = Caller::with(|options| options.idle_in_all = 1);
    for receiver in [&first, &second, &second, &first] {
        caller.confirmed(&receiver.url("/")).await;
        assert_eq!(caller.transport.idle_connections(), 1);
    }
    assert_eq!((first.connections(), second.connections()), (2, 1));
}

#[tokio::test]
async fn nothing_is_kept_where_nothing_may_be_kept() {
    let receiver = Receiver::start().await;
    for caller in
        [Caller::with(|options| options.idle_per_origin = 0), Caller::with(|options| options.idle_in_all = 0)]
    {
        caller.confirmed(&receiver.url("/")).await;
        assert_eq!(caller.transport.idle_connections(), 0);
    }
}

#[tokio::test]
async fn old_connections_are_not_used() {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| options.idle_timeout = Duration::ZERO);
    for _ in 0..2 {
        caller.confirmed(&receiver.url("/")).await;
    }
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test]
async fn old_connections_are_closed_though_nothing_is_sent() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    caller.confirmed(&receiver.url("/")).await;
    // From here on time passes at once.
    tokio::time::pause();
    let shutdown = CancellationToken::new();
    let tending = caller.transport.tend(shutdown.clone());
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(29)).await;
        assert_eq!(caller.transport.idle_connections(), 1);
        tokio::time::sleep(Duration::from_secs(17)).await;
        assert_eq!(caller.transport.idle_connections(), 0);
        shutdown.cancel();
    };
    tokio::join!(tending, meanwhile);
}

#[tokio::test]
async fn an_endpoint_that_restarts_gets_every_post() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    for _ in 0..20 {
        caller.confirmed(&receiver.url("/")).await;
        receiver.refuse().await;
        receiver.resume();
    }
    assert_eq!(receiver.count(), 20);
}
