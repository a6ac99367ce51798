//! The end of a socket, from either side. Source: spec 21 §6.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

#[tokio::test(start_paused = true)]
async fn the_service_closes_after_what_waits() {
    let (mut world, client) = World::new();
    let mut client = polite(client).await;
    world.notify("last");
    world.outbox.close(Close::TokenExpired);
    assert_eq!(next(&mut client).await, Message::text("last"));
    assert_eq!(closed(&mut client).await, (4401, "token expired".to_owned()));
    let began = Instant::now();
    assert!(client.next().await.is_none(), "the server ends the connection");
    world.over().await;
    assert_eq!(began.elapsed(), Duration::ZERO, "nothing is waited for after the client's close");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_session_closes_at_once() {
    let (mut world, client) = World::with_buffer(64 * 1024);
    let mut client = polite(client).await;
    say(&mut client, "slow").await;
    world.received.recv().await.unwrap();
    world.session_ended.cancel();
    assert_eq!(closed(&mut client).await, (4401, "token expired".to_owned()));
    world.may_answer.add_permits(1);
    assert!(client.next().await.is_none());
    world.over().await;
    assert_eq!(world.answered(), 1, "what was begun is finished");
}

#[tokio::test(start_paused = true)]
async fn shutdown_answers_the_request_at_hand_and_says_going_away() {
    let (mut world, client) = World::with_buffer(64 * 1024);
    let mut client = polite(client).await;
    for text in ["at hand", "too late"] {
        say(&mut client, text).await;
    }
    assert_eq!(world.received.recv().await.unwrap(), "at hand");
    world.shutdown.begin.cancel();
    world.notify("on its way");
    world.may_answer.add_permits(2);
    assert_eq!(next(&mut client).await, Message::text("on its way"));
    assert_eq!(next(&mut client).await, Message::text("at hand"));
    assert_eq!(closed(&mut client).await, (1001, "going away".to_owned()));
    assert!(client.next().await.is_none());
    world.over().await;
    assert!(world.received.try_recv().is_err(), "the second request was not begun");
}

#[tokio::test(start_paused = true)]
async fn a_socket_during_shutdown_is_closed_at_once() {
    let (world, client) = World::new();
    world.shutdown.begin.cancel();
    assert_eq!(closed(&mut polite(client).await).await.0, 1001);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_draining_waits_for_nothing() {
    let (mut world, mut client) = World::with_buffer(64 * 1024);
    write(&mut client, &frame(0x81, b"never answered")).await;
    world.received.recv().await.unwrap();
    world.shutdown.begin.cancel();
    world.shutdown.drop_now.cancel();
    world.over().await;
    assert!(world.gone.is_cancelled());
    assert!(rest(client).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_polite_client_gets_its_code_back() {
    let (mut world, client) = World::new();
    let mut client = polite(client).await;
    client.close(Some(CloseFrame { code: 1000.into(), reason: "done".into() })).await.unwrap();
    assert_eq!(closed(&mut client).await, (1000, "done".to_owned()));
    assert!(client.next().await.is_none());
    world.over().await;
    assert!(world.gone.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_close_without_a_code_is_answered_in_kind() {
    let (mut world, mut client) = World::new();
    write(&mut client, &frame(0x88, b"")).await;
    let seen = rest(client).await;
    assert_eq!(seen, [0x88, 0]);
    world.over().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_is_finished_though_the_client_has_gone() {
    let (mut world, mut client) = World::with_buffer(64 * 1024);
    write(&mut client, &frame(0x81, b"publish")).await;
    world.received.recv().await.unwrap();
    drop(client);
    world.notify("nobody reads this");
    tokio::task::yield_now().await;
    assert!(!world.gone.is_cancelled());
    world.may_answer.add_permits(1);
    world.over().await;
    assert_eq!(world.answered(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ignores_the_close_is_dropped_soon() {
    let (mut world, mut client) = World::new();
    let began = Instant::now();
    world.outbox.close(Close::ReadsTooSlowly);
    // It goes on talking, but nobody listens.
    write(&mut client, &frame(0x81, b"more")).await;
    assert_eq!(rest(client).await, close_frame(1013, "reads too slowly"));
    world.over().await;
    assert!(began.elapsed() <= Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(world.gone.is_cancelled());
}
