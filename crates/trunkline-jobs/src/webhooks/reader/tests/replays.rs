use std::time::Duration;

use trunkline_model::LogPosition;

use super::world::{TEXTS, World, by_time, policy};
use crate::webhooks::reader::Refused;

#[test]
fn one_event_is_delivered_again_beside_its_conversation() {
    let mut world = World::new(policy(None));
    for _ in 0..3 {
        world.text(1);
    }
    world.settle();
    let entry = world.entry(1, 2);
    world.reader.replay_event(&entry, world.now).unwrap();
    world.flush();
    world.crash();
    world.settle();
    assert_eq!(world.confirmed(1), [1, 2, 3, 2]);
    world.flush();
    assert_eq!(world.written(), (world.end(), 0));
}

#[test]
fn a_conversation_is_delivered_again_in_order_and_new_events_wait() {
    let mut world = World::new(policy(None));
    for _ in 0..40 {
        world.text(1);
        world.text(2);
    }
    world.settle();
    let entry = world.entry(1, 3);
    world.reader.replay_conversation(&entry, world.now).unwrap();
    world.text(1);
    world.flush();
    world.crash();
    world.settle();
    let expected: Vec<u64> = (1..=40).chain(3..=41).collect();
    assert_eq!(world.confirmed(1), expected);
    assert_eq!(world.confirmed(2).len(), 40);
}

#[test]
fn everything_since_a_place_is_delivered_again_also_across_a_restart() {
    let mut world = World::new(policy(None));
    for _ in 0..20 {
        world.text(1);
        world.text(2);
    }
    world.settle();
    world.flush();
    world.reader.replay_after(LogPosition(10), world.now).unwrap();
    world.flush();
    world.crash();
    world.text(1);
    world.settle();
    let expected: Vec<u64> = (1..=20).chain(6..=21).collect();
    assert_eq!(world.confirmed(1), expected);
}

#[test]
fn going_back_waits_for_requests_under_way() {
    let mut world = World::new(policy(None));
    for conversation in 1..=3 {
        world.text(conversation);
    }
    world.read_live(10);
    world.send();
    world.reader.replay_after(LogPosition::START, world.now).unwrap();
    assert!(world.reader.is_going_back());
    assert_eq!(world.reader.replay_after(LogPosition::START, world.now), Err(Refused::Busy));
    world.text(1);
    world.settle();
    assert!(!world.reader.is_going_back());
    assert_eq!(world.confirmed(1), [1, 1, 2]);
}

#[test]
fn an_outage_is_delivered_again() {
    let mut world = World::new(policy(None));
    world.text(1);
    world.settle();
    assert_eq!(world.reader.replay_outage(world.now), Err(Refused::NothingLost));
    world.down.insert(TEXTS);
    world.text(1);
    world.text(2);
    world.settle();
    world.down.clear();
    world.text(3);
    world.settle();
    world.flush();
    world.crash();
    world.reader.replay_outage(world.now).unwrap();
    world.settle();
    assert_eq!(world.confirmed(1), [1, 2]);
    assert_eq!(world.confirmed(2), [1]);
    assert_eq!(world.confirmed(3), [1, 1], "it came after the first event that was given up");
    assert_eq!(world.reader.lost(), None);
}

#[test]
fn replayed_events_are_not_too_old() {
    let mut world = World::new(by_time(Duration::from_mins(1)));
    world.text(1);
    world.settle();
    world.advance(Duration::from_hours(1));
    let entry = world.entry(1, 1);
    world.reader.replay_event(&entry, world.now).unwrap();
    world.flush();
    world.crash();
    world.settle();
    assert_eq!(world.confirmed(1), [1, 1]);
    world.flush();
    assert_eq!(world.reader.replayed, None);
}

#[test]
fn replaying_an_outage_forgets_no_event_that_waits() {
    let mut world = World::new(policy(Some(3)));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.pass(Duration::from_secs(90), Duration::from_secs(30));
    assert!(world.reader.lost().is_some());
    world.text(2);
    world.settle();
    world.reader.replay_outage(world.now).unwrap();
    world.down.clear();
    world.pass(Duration::from_mins(5), Duration::from_secs(5));
    assert_eq!((world.confirmed(1), world.confirmed(2)), (vec![1], vec![1]));
}

#[test]
fn replaying_a_part_of_a_conversation_keeps_what_waits_before_it() {
    let mut world = World::new(policy(Some(3)));
    world.down.insert(TEXTS);
    for _ in 0..5 {
        world.text(1);
    }
    world.settle();
    let third = world.entry(1, 3);
    world.reader.replay_conversation(&third, world.now).unwrap();
    world.down.clear();
    world.pass(Duration::from_mins(5), Duration::from_secs(5));
    assert_eq!(world.confirmed(1), [1, 2, 3, 4, 5]);
}

#[test]
fn replaying_a_waiting_event_does_not_lose_what_waits_behind_it() {
    let mut world = World::new(policy(Some(3)));
    world.down.insert(TEXTS);
    for _ in 0..5 {
        world.text(1);
    }
    world.settle();
    world.flush();
    let first = world.entry(1, 1);
    world.reader.replay_event(&first, world.now).unwrap();
    world.flush();
    world.crash();
    world.down.clear();
    world.pass(Duration::from_mins(5), Duration::from_secs(5));
    assert_eq!(world.confirmed(1), [1, 2, 3, 4, 5]);
}

#[test]
fn going_back_counts_pages_that_were_being_read() {
    let mut world = World::new(policy(None));
    world.text(1);
    world.read_live(10);
    world.send();
    world.text(2);
    world.text(2);
    world.begin_live(10);
    world.reader.replay_after(LogPosition::START, world.now).unwrap();
    world.end_live();
    world.settle();
    assert_eq!(world.confirmed(2), [1, 2]);
}

#[test]
fn loading_keeps_within_the_window() {
    let mut world = World::new(policy(Some(5)));
    world.down.insert(TEXTS);
    for conversation in 0..250 {
        for _ in 0..20 {
            world.text(conversation);
        }
    }
    world.settle();
    world.advance(Duration::from_secs(30));
    world.reader.tick(world.now);
    while world.load() {}
    assert!(world.reader.buffered <= crate::webhooks::reader::WINDOW + 16);
}

#[test]
fn an_app_that_says_it_is_back_too_early_is_not_probed_less_often() {
    let mut world = World::new(by_time(Duration::from_hours(1)));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    for _ in 0..8 {
        world.reader.resume(world.now);
        world.settle();
    }
    assert_eq!(world.reader.next_probe(), Some(world.now.plus(Duration::from_secs(2))));
}
