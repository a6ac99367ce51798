//! Whatever happens in whatever order: nothing is lost, and first arrivals are in order.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use trunkline_model::conversation::TailEntry;

use super::world::{RECEIPTS, TEXTS, World, by_time, policy};
use crate::webhooks::policy::Policy;

#[derive(Debug, Clone)]
enum Step {
    Text(u8),
    Receipt(u8),
    Unwanted(u8),
    Typing(u8),
    Live(usize),
    Drain(usize),
    EndLive,
    EndDrain,
    Load,
    EndLoad(bool),
    Send,
    End(usize),
    Down(bool, bool),
    Wait(u64),
    Erase(u8),
    Flush,
    Crash,
    Resume,
    ReplayAfter(u64),
    ReplayConversation(u8, u64),
    ReplayEvent(u8, u64),
    ReplayOutage,
}

fn step() -> impl Strategy<Value = Step> {
    let conversation = 0_u8..4;
    prop_oneof![
        8 => conversation.clone().prop_map(Step::Text),
        4 => conversation.clone().prop_map(Step::Receipt),
        1 => conversation.clone().prop_map(Step::Unwanted),
        1 => conversation.clone().prop_map(Step::Typing),
        6 => (1_usize..6).prop_map(Step::Live),
        6 => (1_usize..6).prop_map(Step::Drain),
        6 => Just(Step::EndLive),
        6 => Just(Step::EndDrain),
        5 => Just(Step::Load),
        5 => prop::bool::weighted(0.8).prop_map(Step::EndLoad),
        8 => Just(Step::Send),
        10 => (0_usize..8).prop_map(Step::End),
        3 => any::<(bool, bool)>().prop_map(|(texts, receipts)| Step::Down(texts, receipts)),
        3 => (0_u64..40).prop_map(Step::Wait),
        4 => Just(Step::Flush),
        2 => conversation.clone().prop_map(Step::Erase),
        1 => Just(Step::Crash),
        1 => Just(Step::Resume),
        1 => (0_u64..40).prop_map(Step::ReplayAfter),
        1 => (conversation.clone(), 1_u64..20).prop_map(|(of, from)| Step::ReplayConversation(of, from)),
        1 => (conversation, 1_u64..20).prop_map(|(of, version)| Step::ReplayEvent(of, version)),
        1 => Just(Step::ReplayOutage),
    ]
}

fn run(policy: Policy, steps: Vec<Step>) -> World {
    let mut world = World::new(policy);
    for step in steps {
        match step {
            Step::Text(of) => drop(world.text(of)),
            Step::Receipt(of) => drop(world.receipt(of)),
            Step::Unwanted(of) => drop(world.unwanted(of)),
            Step::Typing(of) => world.typing(of),
            Step::Live(most) => world.begin_live(most),
            Step::Drain(most) => world.begin_drain(most),
            Step::EndLive => world.end_live(),
            Step::EndDrain => world.end_drain(),
            Step::Load => world.begin_load(),
            Step::EndLoad(ok) => drop(world.end_load(ok)),
            Step::Send => world.send(),
            Step::End(index) => {
                if index < world.under_way.len() {
                    world.end_one(index);
                }
            }
            Step::Down(texts, receipts) => {
                world.down = [(TEXTS, texts), (RECEIPTS, receipts)]
                    .into_iter()
                    .filter_map(|(endpoint, down)| down.then_some(endpoint))
                    .collect();
            }
            Step::Wait(seconds) => world.advance(Duration::from_secs(seconds)),
            Step::Erase(of) => world.erase(of),
            Step::Flush => world.flush(),
            Step::Crash => world.crash(),
            Step::Resume => world.reader.resume(world.now),
            Step::ReplayAfter(position) => {
                let position = trunkline_model::LogPosition(position.min(world.end().0));
                let _ = world.reader.replay_after(position, world.now);
            }
            Step::ReplayConversation(of, from) => {
                if let Some(first) = entry(&world, of, from) {
                    let _ = world.reader.replay_conversation(&first, world.now);
                }
            }
            Step::ReplayEvent(of, version) => {
                if let Some(event) = entry(&world, of, version) {
                    let _ = world.reader.replay_event(&event, world.now);
                }
            }
            Step::ReplayOutage => drop(world.reader.replay_outage(world.now)),
        }
        if world.reader.is_recovering() {
            world.reader.recover(world.end(), world.now);
        }
        world.reader.tick(world.now);
        assert!(world.written().0 <= world.end());
    }
    while !world.under_way.is_empty() {
        world.end_one(0);
    }
    world.end_live();
    world.end_drain();
    while world.end_load(true) {}
    world.down.clear();
    world.settle();
    world.pass(Duration::from_secs(700), Duration::from_secs(5));
    world
}

fn entry(world: &World, of: u8, version: u64) -> Option<Arc<TailEntry>> {
    let id = super::world::conversation(of);
    world.log.iter().find(|entry| entry.conversation == id && entry.entry.version == version).cloned()
}

/// Of each conversation, the wanted versions in the order in which they first arrived and were confirmed.
fn first_confirmed(world: &World, of: u8) -> Vec<u64> {
    let mut seen = Vec::new();
    for version in world.confirmed(of) {
        if !seen.contains(&version) {
            seen.push(version);
        }
    }
    seen
}

fn wanted(world: &World, of: u8) -> Vec<u64> {
    let policy = policy(None);
    world
        .log
        .iter()
        .filter(|entry| entry.conversation == super::world::conversation(of))
        .filter(|entry| policy.target_of(&entry.entry).is_some())
        .map(|entry| entry.entry.version)
        .collect()
}

proptest! {
    #[test]
    fn by_time_everything_is_delivered_in_order(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = run(by_time(Duration::from_hours(24)), steps);
        for of in 0..4 {
            prop_assert_eq!(first_confirmed(&world, of), wanted(&world, of));
        }
        prop_assert_eq!(world.reader.position(), world.end());
        world.flush();
        prop_assert_eq!(world.written(), (world.end(), 0));
        prop_assert_eq!(world.reader.buffered, 0);
        prop_assert!(world.reader.lanes.is_empty());
    }

    #[test]
    fn by_number_everything_is_delivered_in_order_or_given_up(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = run(policy(Some(2)), steps);
        for of in 0..4 {
            let first = first_confirmed(&world, of);
            prop_assert!(first.is_sorted(), "{first:?}");
            let missing = wanted(&world, of).len() - first.len();
            prop_assert!(missing == 0 || world.reader.lost().is_some());
        }
        world.flush();
        prop_assert_eq!(world.written(), (world.end(), 0));
        prop_assert!(world.reader.lanes.is_empty());
    }

    #[test]
    fn best_effort_loses_nothing_either(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = run(Policy { best_effort: true, ..by_time(Duration::from_hours(24)) }, steps);
        for of in 0..4 {
            let mut first = first_confirmed(&world, of);
            first.sort_unstable();
            prop_assert_eq!(first, wanted(&world, of));
        }
        world.flush();
        prop_assert_eq!(world.written(), (world.end(), 0));
    }
}
