//! Retry by number. Source: spec 06 §6.1.

use std::time::Duration;

use trunkline_model::{DeliveryOutcome, LogPosition};
use trunkline_services::webhooks::DeliveryPhase;

use super::world::{TEXTS, World, policy};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn without_max_retries_the_first_failure_drops_the_event() {
    for max_retries in [None, Some(0)] {
        let mut world = World::new(policy(max_retries));
        world.down.insert(TEXTS);
        world.text(1);
        world.settle();
        assert_eq!(world.outcomes, [DeliveryOutcome::Dropped]);
        world.down.clear();
        world.text(1);
        world.pass(200 * SECOND, SECOND);
        assert_eq!(world.confirmed(1), [2]);
        assert_eq!(world.reader.position(), world.end());
        let lost = world.reader.lost().unwrap();
        assert_eq!((lost.first, lost.last), (LogPosition(1), LogPosition(1)));
    }
}

#[test]
fn further_attempts_come_thirty_seconds_apart() {
    for max_retries in 1..=5 {
        let mut world = World::new(policy(Some(max_retries)));
        world.down.insert(TEXTS);
        world.text(1);
        let began = world.now;
        world.settle();
        world.pass(400 * SECOND, SECOND);
        let after: Vec<u128> =
            world.arrivals.iter().map(|arrival| arrival.at.since(began).as_secs().into()).collect();
        let expected: Vec<u128> = (0..=u128::from(max_retries)).map(|n| n * 30).collect();
        assert_eq!(after, expected);
        assert_eq!(world.outcomes.last(), Some(&DeliveryOutcome::Dropped));
        assert_eq!(world.phase(), DeliveryPhase::Up, "retry by number knows no states");
    }
}

#[test]
fn later_events_of_the_conversation_wait_and_others_do_not() {
    let mut world = World::new(policy(Some(2)));
    world.receipt(1);
    world.text(1);
    world.text(2);
    world.down.insert(super::world::RECEIPTS);
    world.settle();
    assert_eq!(world.confirmed(1), [] as [u64; 0]);
    assert_eq!(world.confirmed(2), [1]);
    world.down.clear();
    world.pass(30 * SECOND, SECOND);
    assert_eq!(world.confirmed(1), [1, 2]);
}

#[test]
fn attempts_are_counted_across_a_restart() {
    let mut world = World::new(policy(Some(2)));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.pass(30 * SECOND, SECOND);
    world.flush();
    world.crash();
    world.pass(300 * SECOND, SECOND);
    assert_eq!(world.tries(), 3);
}

#[test]
fn being_back_does_not_wait_for_the_thirty_seconds() {
    let mut world = World::new(policy(Some(1)));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.down.clear();
    world.reader.resume(world.now);
    world.settle();
    assert_eq!(world.confirmed(1), [1]);
}

#[test]
fn memory_does_not_grow_with_what_waits() {
    let mut world = World::new(policy(Some(5)));
    world.down.insert(TEXTS);
    for round in 0..100 {
        for conversation in 0..100 {
            world.text(conversation);
        }
        world.settle();
        if round % 10 == 0 {
            world.advance(SECOND);
        }
    }
    assert!(world.reader.buffered <= super::super::WINDOW);
    assert_eq!(world.reader.buffered, 0, "what waits is in the store");
}
