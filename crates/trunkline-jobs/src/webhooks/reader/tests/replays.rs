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
    assert_eq!(world.confirmed(3), [1]);
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
