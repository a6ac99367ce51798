//! Retry by time to live. Source: spec 06 §6.2.

use std::time::Duration;

use trunkline_model::DeliveryOutcome;
use trunkline_services::webhooks::DeliveryPhase;

use super::world::{RECEIPTS, TEXTS, World, by_time};
use crate::webhooks::policy::Policy;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

#[test]
fn a_failed_send_withholds_the_whole_app() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    assert_eq!(world.phase(), DeliveryPhase::Failed);
    world.receipt(2);
    world.settle();
    assert_eq!(world.tries(), 1, "events of working endpoints wait, too");
}

#[test]
fn probes_come_after_2_4_8_up_to_300_seconds() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    let began = world.now;
    world.settle();
    world.pass(Duration::from_mins(25), SECOND);
    let after: Vec<u64> = world.arrivals.iter().map(|arrival| arrival.at.since(began).as_secs()).collect();
    assert_eq!(after, [0, 2, 6, 14, 30, 62, 126, 254, 510, 810, 1110, 1410]);
}

#[test]
fn everything_comes_in_order_after_recovery() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    for conversation in 1..=5 {
        world.text(conversation);
    }
    world.settle();
    for _ in 0..50 {
        for conversation in 1..=5 {
            world.text(conversation);
            world.receipt(conversation);
        }
        world.pass(10 * SECOND, 10 * SECOND);
    }
    assert_eq!(world.phase(), DeliveryPhase::Failed);
    world.down.clear();
    world.pass(300 * SECOND, SECOND);
    assert_eq!(world.phase(), DeliveryPhase::Up);
    for conversation in 1..=5 {
        assert_eq!(world.confirmed(conversation), (1..=101).collect::<Vec<_>>());
    }
    assert_eq!(world.reader.position(), world.end());
    world.flush();
    assert_eq!(world.written(), (world.end(), 0));
}

#[test]
fn every_failing_endpoint_must_answer_before_the_app_recovers() {
    let mut world = World::new(by_time(DAY));
    world.down.extend([TEXTS, RECEIPTS]);
    world.text(1);
    world.receipt(2);
    world.settle();
    assert_eq!(world.reader.failing().len(), 2);
    world.down.remove(TEXTS);
    world.pass(2 * SECOND, SECOND);
    assert_eq!(world.phase(), DeliveryPhase::Failed);
    assert_eq!(world.confirmed(1), [1], "the probe of the endpoint that works was confirmed");
    world.down.clear();
    world.pass(4 * SECOND, SECOND);
    assert_eq!(world.phase(), DeliveryPhase::Up);
    assert_eq!(world.confirmed(2), [1]);
}

#[test]
fn the_probe_is_the_oldest_event_of_the_endpoint() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    for conversation in 1..=9 {
        world.text(conversation);
    }
    world.settle();
    let before = world.tries();
    world.pass(2 * SECOND, SECOND);
    let probes: Vec<_> = world.arrivals[before..].iter().map(|arrival| arrival.conversation).collect();
    assert_eq!(probes, [1]);
}

#[test]
fn events_older_than_the_retention_are_dropped() {
    let mut world = World::new(by_time(60 * SECOND));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.pass(40 * SECOND, SECOND);
    world.text(1);
    world.text(2);
    world.pass(30 * SECOND, SECOND);
    world.down.clear();
    world.pass(70 * SECOND, SECOND);
    assert_eq!(world.phase(), DeliveryPhase::Up, "{:?}", world.reader);
    assert!(world.expired.contains(&(1, 1)));
    assert_eq!(world.reader.position(), world.end());
    assert!(world.reader.lost().is_some());
}

#[test]
fn an_exempt_webhook_neither_starts_nor_prolongs_the_failed_state() {
    let mut world = World::new(by_time(DAY));
    let mut policy = by_time(DAY);
    policy.exempt(RECEIPTS);
    world.reconfigure(policy);
    world.down.extend([RECEIPTS]);
    world.receipt(1);
    world.settle();
    assert_eq!(
        (world.phase(), world.outcomes.as_slice()),
        (DeliveryPhase::Up, &[DeliveryOutcome::Dropped][..])
    );
    // While the app is failed its events are stored and resent like all others.
    world.down.insert(TEXTS);
    world.text(2);
    world.settle();
    assert_eq!(world.phase(), DeliveryPhase::Failed);
    world.receipt(1);
    world.down.clear();
    world.pass(2 * SECOND, SECOND);
    assert_eq!(world.confirmed(1), [2]);
    // And do not prolong it.
    world.down.extend([TEXTS, RECEIPTS]);
    world.text(2);
    world.settle();
    world.receipt(1);
    world.down.remove(TEXTS);
    world.pass(2 * SECOND, SECOND);
    assert_eq!(world.phase(), DeliveryPhase::Up);
}

#[test]
fn a_failure_during_the_transition_fails_the_app_again_from_two_seconds() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.pass(14 * SECOND, SECOND);
    for conversation in 2..50 {
        world.text(conversation);
    }
    world.down.clear();
    world.advance(16 * SECOND);
    world.reader.tick(world.now);
    world.load();
    world.send();
    world.end_one(0);
    world.reader.recover(world.end(), world.now);
    assert_eq!(world.phase(), DeliveryPhase::InTransition);
    world.down.insert(TEXTS);
    world.settle();
    assert_eq!(world.phase(), DeliveryPhase::Failed);
    assert_eq!(world.reader.next_probe(), Some(world.now.plus(2 * SECOND)));
}

#[test]
fn a_restart_probes_from_two_seconds_again() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.pass(600 * SECOND, SECOND);
    world.flush();
    world.crash();
    world.settle();
    assert_eq!(world.phase(), DeliveryPhase::Failed);
    assert_eq!(world.reader.next_probe(), Some(world.now.plus(2 * SECOND)));
    world.down.clear();
    world.pass(2 * SECOND, SECOND);
    assert_eq!(world.confirmed(1), [1]);
}

#[test]
fn being_back_probes_at_once() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.pass(600 * SECOND, SECOND);
    world.down.clear();
    world.reader.resume(world.now);
    world.settle();
    assert_eq!((world.phase(), world.confirmed(1)), (DeliveryPhase::Up, vec![1]));
}

#[test]
fn an_endpoint_that_is_not_used_any_more_is_not_waited_for() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    world.receipt(2);
    world.settle();
    let mut policy = by_time(DAY);
    policy.forget(TEXTS);
    world.reconfigure(policy);
    world.settle();
    assert_eq!((world.phase(), world.confirmed(2)), (DeliveryPhase::Up, vec![1]));
}

#[test]
fn retry_by_number_takes_over_from_a_failed_app() {
    let mut world = World::new(by_time(DAY));
    world.down.insert(TEXTS);
    world.text(1);
    world.settle();
    world.down.clear();
    world.reconfigure(Policy { retention: None, ..by_time(DAY) });
    world.settle();
    assert_eq!((world.phase(), world.confirmed(1)), (DeliveryPhase::Up, vec![1]));
}

#[test]
fn a_long_outage_costs_no_memory() {
    let mut world = World::new(by_time(3 * DAY));
    world.down.insert(TEXTS);
    for hour in 0..48 {
        for n in 0..100 {
            world.text(n % 50 + u8::try_from(hour % 4).unwrap() * 50);
        }
        world.pass(Duration::from_hours(1), Duration::from_mins(5));
        assert!(world.reader.buffered <= super::super::WINDOW && world.reader.lanes.len() <= 256);
    }
    world.down.clear();
    world.pass(301 * SECOND, SECOND);
    assert_eq!(world.arrivals.iter().filter(|arrival| arrival.confirmed).count(), 4800);
    assert_eq!(world.phase(), DeliveryPhase::Up);
}

#[test]
fn what_was_ready_when_the_app_failed_is_read_again() {
    let mut world = World::new(by_time(DAY));
    world.text(1);
    world.receipt(2);
    world.receipt(2);
    world.read_live(10);
    world.send();
    world.down.insert(TEXTS);
    // The text fails, and then a receipt arrives: the next one is ready, and waits.
    world.end_one(0);
    world.end_one(0);
    assert_eq!((world.phase(), world.confirmed(2)), (DeliveryPhase::Failed, vec![1]));
    world.pass(3600 * SECOND, 60 * SECOND);
    world.erase(2);
    world.down.clear();
    world.pass(301 * SECOND, SECOND);
    assert_eq!((world.phase(), world.confirmed(2)), (DeliveryPhase::Up, vec![1, 2]));
    assert_eq!(world.reader.buffered, 0);
}
