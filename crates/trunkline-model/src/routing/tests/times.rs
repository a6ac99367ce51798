//! Expiry and pauses. Source: spec 21 §9, 22 §2; issue 4: a task that all rejected rings again after a back-off.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_ring_expires_after_its_time_and_not_before() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[]);
    desk.open(7, -1);
    assert_eq!(desk.routing.next_tick(), Some(EpochMillis(desk.now.0 + 72_000)));
    assert_eq!(desk.wait(71_999), []);
    assert_eq!(desk.wait(1), [(1, 7, RingState::Expired), (2, 7, RingState::Waiting)]);
    let availability = desk.routing.availability_of(agent_id(1));
    assert_eq!(availability, Some(Availability::Online), "22 §2: the agent keeps it");
}

#[test]
fn nothing_to_wait_for_needs_no_tick() {
    let mut desk = Desk::new();
    assert_eq!(desk.routing.next_tick(), None);
    desk.open(7, -1);
    assert_eq!(desk.routing.next_tick(), None, "a task waits for an agent, not for a time");
    desk.online(1, &[]);
    desk.accept(1, 7).unwrap();
    assert_eq!(desk.routing.next_tick(), None);
}

/// An agent who slept over the end of his ring may not answer it, even when nobody has ticked.
#[test]
fn the_end_of_a_ring_is_the_time_and_not_the_tick() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    let ring = desk.ring(7);
    let end = EpochMillis(desk.now.0 + 72_000);
    assert_eq!(desk.routing.accept(&ring, agent_id(1), end), Err(RingRefusal::Lost));
    assert_eq!(desk.routing.accept(&ring, agent_id(1), EpochMillis(end.0 - 1)), Ok(conversation_id(7)));
}

#[test]
fn who_declined_is_passed_over_until_all_had_their_chance() {
    let mut desk = Desk::new();
    for number in 1..=3 {
        desk.online(number, &[]);
    }
    desk.open(7, -1);
    assert_eq!(desk.reject(1, 7).unwrap(), [(1, 7, RingState::Rejected), (2, 7, RingState::Waiting)]);
    assert_eq!(desk.wait(72_000), [(2, 7, RingState::Expired), (3, 7, RingState::Waiting)]);
    assert_eq!(desk.reject(3, 7).unwrap(), [(3, 7, RingState::Rejected)]);
}

#[test]
fn when_all_declined_it_rings_again_after_growing_pauses() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    for seconds in [5, 10, 20, 40, 60, 60] {
        assert_eq!(desk.reject(1, 7).unwrap(), [(1, 7, RingState::Rejected)]);
        assert_eq!(desk.wait(seconds * 1000 - 1), []);
        assert_eq!(desk.wait(1), waiting(1, 7));
    }
}

#[test]
fn who_comes_during_the_pause_is_rung_at_once() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    desk.reject(1, 7).unwrap();
    assert_eq!(desk.set(1, Availability::Online), [], "who declined is not");
    assert_eq!(desk.online(2, &[]), waiting(2, 7));
}

#[test]
fn who_comes_and_declines_does_not_make_the_pause_longer() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    desk.reject(1, 7).unwrap();
    desk.wait(1000);
    desk.online(2, &[]);
    assert_eq!(desk.reject(2, 7).unwrap(), [(2, 7, RingState::Rejected)]);
    assert_eq!(desk.wait(3998), []);
    assert_eq!(desk.wait(1), waiting(1, 7));
}

#[test]
fn the_declined_does_not_block_the_queue() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.open(7, -1);
    desk.reject(1, 7).unwrap();
    assert_eq!(desk.open(8, -1), waiting(1, 8));
}

#[test]
fn who_declined_goes_to_the_end_of_the_line() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[]);
    desk.open(7, -1);
    desk.wait(10);
    desk.reject(1, 7).unwrap();
    desk.accept(2, 7).unwrap();
    desk.close(7);
    desk.wait(10);
    desk.open(8, -1);
    assert_eq!(desk.last_notice().agent, agent_id(1));
}

/// 22 §2: a ring id names one ring, also when the clock stands.
#[test]
fn ring_ids_are_unique() {
    let mut desk = Desk::new();
    for number in 1..=5 {
        desk.agent(number, &[], None);
        desk.set(number, Availability::Online);
    }
    desk.open(7, -1);
    for _ in 0..5 {
        let agent = desk.last_notice().agent.as_uuid().as_u128();
        desk.reject(agent, 7).unwrap();
    }
    let rings = desk.effects.iter().filter_map(|effect| match effect {
        Effect::Ring(notice) if notice.ring.state == RingState::Waiting => Some(notice.ring.id.clone()),
        _ => None,
    });
    assert_eq!(rings.collect::<BTreeSet<_>>().len(), 5);
}

#[test]
fn a_clock_that_jumps_is_no_trouble() {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    for number in 10..40 {
        desk.open(number, -1);
    }
    desk.wait(1_000_000_000);
    desk.wait(-2_000_000_000);
    desk.open(50, -1);
    desk.wait(i64::MAX / 4);
    assert_eq!(desk.routing.waiting(), 31);
    desk.wait(60_000);
    assert_eq!(desk.routing.snapshot_of(agent_id(1)).len(), 31);
}

#[test]
fn spans_of_nothing_come_to_an_end() {
    let zero = std::time::Duration::ZERO;
    let options = Options {
        ring_expiration: zero,
        first_pause: zero,
        longest_pause: zero,
        reservation: zero,
        rings_per_agent: 0,
        remembered_rings: 0,
    };
    let mut desk = Desk::with(options);
    desk.online(1, &[]);
    desk.open(7, -1);
    for _ in 0..10 {
        desk.wait(1);
    }
    assert_eq!(desk.routing.waiting(), 1);
    assert!(!desk.effects.is_empty(), "it rang");
}
