//! Silence, pings, and clients that read slowly or not at all. Source: spec 21 §5.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_closed_after_three_minutes() {
    let (mut world, client) = World::new();
    let began = Instant::now();
    let pings = [0x89, 0].repeat(6);
    let seen = rest(client).await;
    // The client answers neither pings nor the close: three more seconds.
    assert_eq!(began.elapsed().as_secs(), 183);
    assert_eq!(seen, [pings, close_frame(1000, "idle")].concat());
    world.over().await;
}

#[tokio::test(start_paused = true)]
async fn any_frame_keeps_a_socket_open() {
    let (mut world, mut client) = World::new();
    for first in [0x81, 0x89, 0x8a, 0x81] {
        sleep(179 * SECOND).await;
        write(&mut client, &frame(first, b"")).await;
    }
    sleep(179 * SECOND).await;
    assert!(world.task.try_join_next().is_none());
    sleep(5 * SECOND).await;
    world.over().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_pings_is_never_idle() {
    let (mut world, client) = World::new();
    let mut client = polite(client).await;
    assert_eq!(client.next().await.unwrap().unwrap(), Message::Ping(Bytes::new()));
    let began = Instant::now();
    for count in 1..=120 {
        assert_eq!(client.next().await.unwrap().unwrap(), Message::Ping(Bytes::new()));
        assert_eq!(began.elapsed().as_secs(), 30 * count);
    }
    assert!(world.task.try_join_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn sockets_that_are_opened_together_are_pinged_one_after_the_other() {
    let began = Instant::now();
    let mut worlds = Vec::new();
    let mut firsts = JoinSet::new();
    for _ in 0..100 {
        let (world, client) = World::new();
        worlds.push(world);
        firsts.spawn(async move {
            let mut client = polite(client).await;
            client.next().await.unwrap().unwrap();
            began.elapsed()
        });
    }
    let mut busiest = [0; 31];
    while let Some(first) = firsts.join_next().await {
        busiest[usize::try_from(first.unwrap().as_secs()).unwrap()] += 1;
    }
    // Tests beside this one open sockets, too, so the spread is not perfect.
    assert!(busiest.iter().max() < Some(&10), "{busiest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_dropped_after_ten_seconds() {
    let (mut world, client) = World::with_buffer(1024);
    let began = Instant::now();
    world.notify(&"x".repeat(5000));
    world.over().await;
    assert_eq!(began.elapsed().as_secs(), 10);
    assert!(world.gone.is_cancelled());
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_a_little_now_and_then_is_kept() {
    let (mut world, mut client) = World::with_buffer(1024);
    world.notify(&"x".repeat(20_000));
    let mut seen = 0;
    while seen < 20_000 {
        sleep(9 * SECOND).await;
        let mut part = [0; 1024];
        seen += client.read(&mut part).await.unwrap();
        write(&mut client, &frame(0x8a, b"")).await;
    }
    assert!(world.task.try_join_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_pings_but_never_reads_is_dropped() {
    let (mut world, mut client) = World::with_buffer(256);
    let began = Instant::now();
    // Pongs fill the way back; nothing piles up behind it.
    while began.elapsed() < 20 * SECOND {
        if client.write_all(&frame(0x89, &[7; 100])).await.is_err() {
            break;
        }
        sleep(SECOND / 10).await;
    }
    world.over().await;
    assert!(began.elapsed() < 12 * SECOND, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_room_ends_with_the_socket() {
    let (mut world, client) = World::with_buffer(1024);
    for _ in 0..2 {
        world.notify(&"x".repeat(2 << 20));
    }
    let outbox = Arc::clone(&world.outbox);
    let (has_room, ()) = tokio::join!(outbox.has_room(), world.over());
    assert!(!has_room);
    drop(client);
}
