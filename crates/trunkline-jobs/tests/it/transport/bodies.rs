//! Bodies of answers: ignored, but not allowed to harm. Source: spec 06 §2; issue 3, "Bad endpoints".

use trunkline_jobs::webhooks::transport::Answer;
use trunkline_testkit::{Behaviour, Receiver};

use super::caller::{Caller, LONG, SHORT};

/// POSTs to a receiver with such an answer; checks that the next post goes through on another connection.
async fn post_once(behaviour: Behaviour, grace: std::time::Duration) -> Answer {
    let receiver = Receiver::start().await;
    let caller = Caller::with(|options| options.body_grace = grace);
    receiver.once(behaviour);
    let answer = caller.post(&receiver.url("/")).await;
    assert_eq!(caller.transport.idle_connections(), 0, "the connection is in an unknown state");
    caller.confirmed(&receiver.url("/")).await;
    assert_eq!((receiver.count(), receiver.connections()), (2, 2));
    answer
}

fn assert_confirmed_with(answer: &Answer, note: &str) {
    assert!(answer.is_confirmation(), "{answer:?}");
    assert_eq!(answer.error.as_deref(), Some(note));
}

#[tokio::test]
async fn a_body_of_10_mb_is_not_read() {
    let answer = post_once(Behaviour::BigBody(10_000_000), LONG).await;
    assert_confirmed_with(&answer, "the answer's body is longer than 64 KiB");
    assert_eq!(answer.excerpt, "x".repeat(256));
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut() {
    let answer = post_once(Behaviour::EndlessBody, LONG).await;
    assert_confirmed_with(&answer, "the answer's body is longer than 64 KiB");
    assert_eq!(answer.excerpt, "x".repeat(256));
}

#[tokio::test]
async fn a_body_of_one_byte_a_second_is_not_waited_for() {
    let answer = post_once(Behaviour::SlowBody(std::time::Duration::from_secs(1)), SHORT).await;
    assert_confirmed_with(&answer, "the answer's body did not end within 200 ms");
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let raw = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec();
    let answer = post_once(Behaviour::Raw(raw), LONG).await;
    assert_confirmed_with(&answer, "the answer's body broke off");
    assert_eq!(answer.excerpt, "abc");
}

#[tokio::test]
async fn a_failed_answer_is_shown_by_its_status_whatever_its_body_does() {
    let raw = b"HTTP/1.1 500 Oops\r\ncontent-length: 10\r\n\r\nabc".to_vec();
    let answer = post_once(Behaviour::Raw(raw), LONG).await;
    assert_eq!((answer.status, answer.error.as_deref()), (Some(500), Some("answered 500")));
    assert_eq!(answer.excerpt, "abc");
}

#[tokio::test]
async fn a_body_up_to_the_limit_is_read_and_the_connection_kept() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    receiver.once(Behaviour::BigBody(64 * 1024));
    for _ in 0..3 {
        caller.confirmed(&receiver.url("/")).await;
    }
    assert_eq!(receiver.connections(), 1);
    receiver.once(Behaviour::BigBody(64 * 1024 + 1));
    let answer = caller.post(&receiver.url("/")).await;
    assert_confirmed_with(&answer, "the answer's body is longer than 64 KiB");
}

#[tokio::test]
async fn bodies_in_chunks_are_read_to_their_end() {
    let receiver = Receiver::start().await;
    let chunks = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\ntrailer: s3cret\r\n\r\n";
    let raw = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}");
    receiver.behave(Behaviour::Raw(raw.into()));
    let answer = Caller::new().post(&receiver.url("/")).await;
    assert_eq!((answer.excerpt.as_str(), answer.error), ("abcde", None));
}

#[tokio::test]
async fn excerpts_are_the_first_256_bytes_as_text() {
    let receiver = Receiver::start().await;
    let caller = Caller::new();
    let long = format!("{}ü and more", "x".repeat(255));
    for (body, excerpt) in [("", ""), ("Grüße 😀", "Grüße 😀"), (long.as_str(), &long[..255])] {
        receiver.once(Behaviour::AnswerWith(400, body.to_owned()));
        assert_eq!(caller.post(&receiver.url("/")).await.excerpt, excerpt);
    }
    receiver.once(Behaviour::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na\xffb".to_vec()));
    assert_eq!(caller.post(&receiver.url("/")).await.excerpt, "a\u{fffd}b");
}
