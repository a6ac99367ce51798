//! Frames in both directions.

use super::*;

#[tokio::test(start_paused = true)]
async fn requests_are_answered_in_the_order_in_which_they_came() {
    let (_world, client) = World::new();
    let mut client = polite(client).await;
    for number in 0..500 {
        client.feed(Message::text(number.to_string())).await.unwrap();
    }
    client.flush().await.unwrap();
    for number in 0..500 {
        assert_eq!(next(&mut client).await, Message::text(number.to_string()));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_while_a_request_is_handled() {
    let (mut world, client) = World::with_buffer(64 * 1024);
    let mut client = polite(client).await;
    for text in ["one", "two", "three"] {
        say(&mut client, text).await;
    }
    assert_eq!(world.received.recv().await.unwrap(), "one");
    tokio::task::yield_now().await;
    assert!(world.received.try_recv().is_err(), "the second request waits");
    world.may_answer.add_permits(1);
    assert_eq!(world.received.recv().await.unwrap(), "two");
    assert_eq!(next(&mut client).await, Message::text("one"));
    assert_eq!(world.answered(), 1);
    world.may_answer.add_permits(2);
    assert_eq!(next(&mut client).await, Message::text("two"));
    assert_eq!(next(&mut client).await, Message::text("three"));
}

#[tokio::test(start_paused = true)]
async fn notifications_are_written_while_a_request_is_handled() {
    let (mut world, client) = World::with_buffer(64 * 1024);
    let mut client = polite(client).await;
    say(&mut client, "slow").await;
    world.received.recv().await.unwrap();
    for number in 0..200 {
        world.notify(&number.to_string());
    }
    for number in 0..200 {
        assert_eq!(next(&mut client).await, Message::text(number.to_string()));
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_read_while_writing_blocks() {
    let (mut world, client) = World::with_buffer(1024);
    world.may_answer.add_permits(10);
    let mut client = polite(client).await;
    let long = "x".repeat(100_000);
    world.notify(&long);
    for number in 0..10 {
        say(&mut client, &number.to_string()).await;
        assert_eq!(world.received.recv().await.unwrap(), number.to_string());
    }
    assert_eq!(next(&mut client).await, Message::text(long));
    for number in 0..10 {
        assert_eq!(next(&mut client).await, Message::text(number.to_string()));
    }
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_with_their_payload() {
    let (_world, client) = World::new();
    let mut client = polite(client).await;
    for payload in ["", "payload"] {
        ping(&mut client, payload).await;
        assert_eq!(next(&mut client).await, Message::Pong(Bytes::from_static(payload.as_bytes())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_may_come_in_fragments_with_pings_between_them() {
    let (mut world, mut client) = World::new();
    write(&mut client, &frame(0x01, "grü".as_bytes())).await;
    write(&mut client, &frame(0x89, b"")).await;
    write(&mut client, &frame(0x80, "ße".as_bytes())).await;
    assert_eq!(world.received.recv().await.unwrap(), "grüße");
}
