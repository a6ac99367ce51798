//! Answers to rings, and the store behind them. Source: spec 21 §7.1 `UpdateRingState`.

use super::*;

/// A conversation rings at agent 1, agent 2 is free.
fn ringing() -> (Desk, RingId) {
    let mut desk = Desk::new();
    desk.online(1, &[]);
    desk.online(2, &[]);
    assert_eq!(desk.open(7, -1), waiting(1, 7));
    let ring = desk.ring(7);
    (desk, ring)
}

#[test]
fn accepting_completes_the_task() {
    let (mut desk, _) = ringing();
    assert_eq!(desk.accept(1, 7).unwrap(), [(1, 7, RingState::Accepted)]);
    assert!(desk.last_notice().task.is_completed);
    assert_eq!(desk.routing.waiting(), 0);
    assert_eq!(desk.follow(7), [], "the log says what is known");
    assert_eq!(desk.routing.snapshot_of(agent_id(1)), []);
}

#[test]
fn rejecting_rings_the_next_agent() {
    let (mut desk, _) = ringing();
    let steps = desk.reject(1, 7).unwrap();
    assert_eq!(steps, [(1, 7, RingState::Rejected), (2, 7, RingState::Waiting)]);
    let Effect::Ring(rejected) = &desk.effects[1] else { panic!("no ring") };
    assert!(!rejected.task.is_completed);
}

#[test]
fn the_answer_comes_from_the_ringed_agent_once() {
    let (mut desk, ring) = ringing();
    let now = desk.now;
    let unknown = RingId::parse("x").unwrap();
    let foreign = RingId::new(conversation_id(8), &account(), now);
    for stranger in [&unknown, &foreign] {
        assert_eq!(desk.routing.accept(stranger, agent_id(1), now), Err(RingRefusal::Unknown));
        assert_eq!(desk.routing.reject(stranger, agent_id(1), now), Err(RingRefusal::Unknown));
    }
    assert_eq!(desk.routing.accept(&ring, agent_id(2), now), Err(RingRefusal::NotYours));
    assert_eq!(desk.routing.reject(&ring, agent_id(2), now), Err(RingRefusal::NotYours));
    desk.accept_ring(1, 7, &ring).unwrap();
    for _ in 0..2 {
        assert_eq!(desk.accept_ring(1, 7, &ring), Err(RingRefusal::Lost));
        assert_eq!(desk.routing.reject(&ring, agent_id(1), now), Err(RingRefusal::Lost));
    }
    assert_eq!(desk.routing.accept(&ring, agent_id(2), now), Err(RingRefusal::NotYours));
}

#[test]
fn an_answer_while_the_store_is_busy_is_lost() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    assert_eq!(desk.routing.accept(&ring, agent_id(1), desk.now), Err(RingRefusal::Lost));
    assert_eq!(desk.routing.reject(&ring, agent_id(1), desk.now), Err(RingRefusal::Lost));
}

#[test]
fn every_end_of_a_ring_makes_later_answers_late() {
    let ends: [fn(&mut Desk); 4] = [
        |desk| drop(desk.reject(1, 7).unwrap()),
        |desk| drop(desk.wait(72_000)),
        |desk| drop(desk.set(1, Availability::Away)),
        |desk| drop(desk.close(7)),
    ];
    for end in ends {
        let (mut desk, ring) = ringing();
        end(&mut desk);
        assert_eq!(desk.routing.accept(&ring, agent_id(1), desk.now), Err(RingRefusal::Lost));
        assert_eq!(desk.routing.accept(&ring, agent_id(2), desk.now), Err(RingRefusal::NotYours));
    }
}

#[test]
fn rings_that_ended_long_ago_are_forgotten() {
    let mut desk = Desk::with(Options { remembered_rings: 2, ..Options::default() });
    desk.online(1, &[]);
    let mut rings = Vec::new();
    for number in 7..10 {
        desk.open(number, -1);
        rings.push(desk.ring(number));
        desk.close(number);
    }
    let answers: Vec<_> =
        rings.iter().map(|ring| desk.routing.accept(ring, agent_id(1), desk.now).unwrap_err()).collect();
    assert_eq!(answers, [RingRefusal::Unknown, RingRefusal::Lost, RingRefusal::Lost]);
}

#[test]
fn an_accepted_ring_does_not_expire_while_the_store_is_busy() {
    let (mut desk, ring) = ringing();
    assert_eq!(desk.wait(71_000), []);
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    assert_eq!(desk.wait(5_000), []);
    assert_eq!(desk.set(1, Availability::Away), [], "nor is it cancelled");
    let actor = Actor::Agent { id: agent_id(1), manager: false };
    desk.command(7, actor, Command::AcceptRing).unwrap();
    let effects = desk.routing.accepted(&ring, 2, desk.now);
    assert_eq!(desk.took(effects), [(1, 7, RingState::Accepted)]);
}

#[test]
fn a_failed_acceptance_leaves_the_ring_as_it_was() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    let effects = desk.routing.accept_failed(&ring, desk.now);
    assert_eq!(desk.took(effects), []);
    assert_eq!(desk.accept_ring(1, 7, &ring).unwrap(), [(1, 7, RingState::Accepted)]);
}

#[test]
fn a_failed_acceptance_after_the_time_is_an_expiry() {
    let (mut desk, ring) = ringing();
    desk.wait(71_999);
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    desk.wait(1);
    let effects = desk.routing.accept_failed(&ring, desk.now);
    assert_eq!(desk.took(effects), [(1, 7, RingState::Expired), (2, 7, RingState::Waiting)]);
}

#[test]
fn a_failed_acceptance_of_somebody_unavailable_is_cancelled() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    desk.gone(1);
    let effects = desk.routing.accept_failed(&ring, desk.now);
    assert_eq!(desk.took(effects), [(1, 7, RingState::Cancelled), (2, 7, RingState::Waiting)]);
}

/// The driver never heard from the store: nobody may wait for ever.
#[test]
fn a_reservation_ends_by_itself() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    assert_eq!(desk.wait(30_000), [], "the ring goes on");
    assert_eq!(desk.wait(42_000), [(1, 7, RingState::Expired), (2, 7, RingState::Waiting)]);
    // And then the store had assigned the first agent after all.
    let actor = Actor::Agent { id: agent_id(1), manager: false };
    desk.command(7, actor, Command::AcceptRing).unwrap();
    let effects = desk.routing.accepted(&ring, 2, desk.now);
    assert_eq!(desk.took(effects), [(2, 7, RingState::Cancelled)]);
    assert_eq!(desk.follow(7), []);
}

#[test]
fn the_log_may_be_faster_than_the_confirmation() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    let actor = Actor::Agent { id: agent_id(1), manager: false };
    desk.command(7, actor, Command::AcceptRing).unwrap();
    assert_eq!(desk.follow(7), [(1, 7, RingState::Accepted)]);
    assert_eq!(desk.routing.accepted(&ring, 2, desk.now), []);
    checks::check(&desk.routing, desk.now);
}

/// Entries from before the assignment come out of the log after it was confirmed.
#[test]
fn the_log_may_be_slower_than_the_confirmation() {
    let (mut desk, _) = ringing();
    let urgent = FieldChange::Ttr(Ttr { kind: TtrType::Urgent, seconds: 300 });
    let actor = Actor::Agent { id: agent_id(99), manager: true };
    desk.command(7, actor, Command::Update { changes: vec![urgent], metadata: None, survey: None }).unwrap();
    let late = ConversationView::from(&desk.conversations[&7]);
    desk.accept(1, 7).unwrap();
    assert_eq!(desk.routing.follow(&late, desk.now), []);
    checks::check(&desk.routing, desk.now);
    assert_eq!(desk.follow(7), []);
}

#[test]
fn a_conversation_that_closes_meanwhile_cancels_the_ring() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    assert_eq!(desk.close(7), [(1, 7, RingState::Cancelled)]);
    assert_eq!(desk.routing.accept_failed(&ring, desk.now), []);
    assert_eq!(desk.routing.accepted(&ring, 3, desk.now), []);
    checks::check(&desk.routing, desk.now);
}

/// The skill changes while the store is busy with the acceptance, which then fails, or does not.
#[test]
fn a_change_meanwhile_waits_for_the_outcome() {
    for is_confirmed in [false, true] {
        let mut desk = Desk::new();
        desk.online(1, &[5]);
        desk.online(2, &[6]);
        desk.open(7, 5);
        let ring = desk.ring(7);
        desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
        assert_eq!(desk.update(7, vec![to_skill(6)]), []);
        if is_confirmed {
            let actor = Actor::Agent { id: agent_id(1), manager: false };
            desk.command(7, actor, Command::AcceptRing).unwrap();
            let effects = desk.routing.accepted(&ring, desk.conversations[&7].version, desk.now);
            assert_eq!(desk.took(effects), [(1, 7, RingState::Accepted)]);
        } else {
            let effects = desk.routing.accept_failed(&ring, desk.now);
            assert_eq!(desk.took(effects), [(1, 7, RingState::Cancelled), (2, 7, RingState::Waiting)]);
        }
    }
}

/// Accepted and given back before the confirmation came: the log was faster by two entries.
#[test]
fn a_confirmation_from_the_past_is_the_end_of_its_ring_only() {
    let (mut desk, ring) = ringing();
    desk.routing.accept(&ring, agent_id(1), desk.now).unwrap();
    let actor = Actor::Agent { id: agent_id(1), manager: false };
    desk.command(7, actor, Command::AcceptRing).unwrap();
    desk.command(7, actor, Command::Update { changes: vec![leave(1)], metadata: None, survey: None })
        .unwrap();
    assert_eq!(desk.follow(7), []);
    let effects = desk.routing.accepted(&ring, 2, desk.now);
    assert_eq!(desk.took(effects), [(1, 7, RingState::Accepted), (2, 7, RingState::Waiting)]);
}

/// The agent of a fuller line gets his next ring with the end of the one before.
#[test]
fn an_answer_makes_room() {
    let mut desk = Desk::new();
    desk.agent(1, &[], Some(1));
    desk.set(1, Availability::Online);
    desk.open(7, -1);
    desk.open(8, -1);
    assert_eq!(desk.reject(1, 7).unwrap(), [(1, 7, RingState::Rejected), (1, 8, RingState::Waiting)]);
}
