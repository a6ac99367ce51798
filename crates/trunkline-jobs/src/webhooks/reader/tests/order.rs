use std::time::Duration;

use trunkline_services::webhooks::DeliveryPhase;
use trunkline_wire::conversations::Audience;

use super::world::{TEXTS, World, by_time, policy};
use crate::webhooks::policy::Policy;

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn events_of_a_conversation_arrive_one_after_the_other() {
    let mut world = World::new(policy(None));
    for _ in 0..40 {
        world.text(1);
    }
    world.read_live(100);
    world.send();
    assert_eq!(world.under_way.len(), 1);
    world.settle();
    assert_eq!(world.confirmed(1), (1..=40).collect::<Vec<_>>());
    assert_eq!(world.reader.position(), world.end());
}

#[test]
fn conversations_are_delivered_beside_each_other_up_to_the_limit() {
    let mut world = World::new(policy(None));
    for conversation in 0..100 {
        world.text(conversation);
    }
    world.read_live(100);
    world.send();
    assert_eq!(world.under_way.len(), 64);
    world.end_one(10);
    world.send();
    assert_eq!(world.under_way.len(), 64);
}

#[test]
fn what_the_app_does_not_want_is_passed_over() {
    let mut world = World::new(policy(None));
    world.unwanted(1);
    world.text(1);
    world.unwanted(1);
    world.settle();
    assert_eq!(world.confirmed(1), [2]);
    assert_eq!(world.reader.position(), world.end());
}

#[test]
fn a_busy_conversation_leaves_room_for_others() {
    let mut world = World::new(policy(None));
    for _ in 0..5000 {
        world.text(1);
    }
    world.text(2);
    for _ in 0..60 {
        world.read_live(100);
    }
    world.send();
    assert!(world.under_way.iter().any(|attempt| attempt.key.conversation == super::world::conversation(2)));
    world.settle();
    assert_eq!(world.confirmed(1).len(), 5000);
}

#[test]
fn typing_comes_in_its_turn_and_not_when_it_is_stale() {
    let mut world = World::new(policy(None));
    world.text(1);
    world.read_live(10);
    world.send();
    world.typing(1);
    world.settle();
    assert_eq!((world.confirmed(1), world.chat_states), (vec![1], 1));
    world.text(1);
    world.read_live(10);
    world.send();
    world.typing(1);
    world.advance(Duration::from_millis(10_001));
    world.settle();
    assert_eq!((world.confirmed(1), world.chat_states), (vec![1, 2], 1));
}

/// 06 §3, fourth open point; 22 §6.
#[test]
fn typing_for_agents_is_delivered_only_when_that_is_switched_on() {
    for (agent_only, delivered) in [(false, 0), (true, 1)] {
        let mut world = World::new(Policy { agent_only, ..policy(None) });
        world.typing_for(1, Audience::AgentsAndManagers);
        world.settle();
        assert_eq!(world.chat_states, delivered);
    }
}

#[test]
fn typing_is_not_delivered_after_a_restart_nor_while_the_app_is_behind() {
    let mut world = World::new(policy(None));
    world.typing(1);
    world.crash();
    world.settle();
    assert_eq!(world.chat_states, 0);
    world.text(1);
    world.crash();
    world.typing(1);
    world.settle();
    assert_eq!((world.confirmed(1), world.chat_states), (vec![1], 0));
}

#[test]
fn a_restart_repeats_at_most_what_was_not_written_down() {
    let mut world = World::new(policy(None));
    for conversation in 1..=3 {
        world.text(conversation);
    }
    world.settle();
    world.flush();
    world.text(1);
    world.settle();
    world.crash();
    world.settle();
    assert_eq!(world.confirmed(1), [1, 2, 2]);
    assert_eq!(world.confirmed(2), [1]);
}

#[test]
fn a_waiting_conversation_does_not_hold_the_position_back() {
    let mut world = World::new(policy(Some(5)));
    world.receipt(1);
    world.down.insert(super::world::RECEIPTS);
    world.settle();
    for _ in 0..10 {
        world.text(2);
    }
    world.settle();
    world.flush();
    assert_eq!(world.written(), (world.end(), 1));
    world.crash();
    world.down.clear();
    world.pass(Duration::from_secs(31), Duration::from_secs(1));
    assert_eq!(world.confirmed(1), [1]);
    assert_eq!(world.confirmed(2).len(), 10, "nothing was repeated");
    world.flush();
    assert_eq!(world.written().1, 0);
}

#[test]
fn new_conversations_are_served_at_once_while_a_backlog_is_drained() {
    let mut world = World::new(by_time(HOUR));
    for conversation in 0..50 {
        for _ in 0..40 {
            world.text(conversation);
        }
    }
    world.crash();
    assert_eq!(world.phase(), DeliveryPhase::InTransition);
    world.read_drain(10);
    let known = world.text(49);
    world.text(200);
    world.read_live(10);
    world.send();
    let first: Vec<_> = world.under_way.iter().map(|attempt| attempt.key.conversation).collect();
    assert!(first.contains(&super::world::conversation(200)));
    assert!(!first.contains(&super::world::conversation(49)), "its older events come first");
    world.settle();
    assert_eq!(world.confirmed(49), (1..=known).collect::<Vec<_>>());
    assert_eq!(world.phase(), DeliveryPhase::Up);
    assert_eq!(world.reader.position(), world.end());
}

#[test]
fn best_effort_lets_later_events_overtake_a_failed_one() {
    let mut world = World::new(Policy { best_effort: true, ..policy(Some(1)) });
    world.receipt(1);
    world.text(1);
    world.down.insert(super::world::RECEIPTS);
    world.settle();
    assert_eq!(world.confirmed(1), [2]);
    world.down.clear();
    world.flush();
    world.crash();
    world.pass(Duration::from_secs(30), Duration::from_secs(30));
    assert_eq!(world.confirmed(1), [2, 1]);
}

#[test]
fn best_effort_waits_four_seconds_for_a_drain() {
    let mut world = World::new(Policy { best_effort: true, ..by_time(HOUR) });
    for _ in 0..3 {
        world.text(1);
    }
    world.down.insert(TEXTS);
    world.settle();
    world.down.clear();
    world.advance(Duration::from_secs(2));
    // The probe is confirmed; the others stay under way.
    world.reader.tick(world.now);
    world.load();
    world.send();
    world.text(1);
    world.end_one(0);
    world.reader.recover(world.end(), world.now);
    assert_eq!(world.phase(), DeliveryPhase::InTransition);
    world.settle();
    assert_eq!(world.confirmed(1), [1, 2, 3, 4]);
}
