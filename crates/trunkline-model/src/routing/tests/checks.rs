//! What holds between two inputs, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::routing::entry::Place;

/// Compares every index with what it is made from, and checks that nobody waits for nothing.
pub(super) fn check(routing: &Routing, now: EpochMillis) {
    let mut timers = BTreeSet::new();
    let mut rings: BTreeMap<AgentId, BTreeSet<ConversationId>> = BTreeMap::new();
    let mut bound: BTreeMap<AgentId, usize> = BTreeMap::new();
    let mut loads: BTreeMap<AgentId, usize> = BTreeMap::new();
    let (mut queued, mut ringing) = (0, 0);
    for (id, entry) in &routing.conversations {
        if let Some(agent) = entry.assigned.as_deref().copied() {
            *loads.entry(agent).or_default() += 1;
        }
        let Some(task) = &entry.task else { continue };
        assert!(entry.assigned.is_none() || task.suggested.is_some(), "somebody answers already");
        timers.extend(task.place.due().map(|due| (due, *id)));
        match &task.place {
            Place::Nowhere => panic!("a task is nowhere"),
            Place::Queued { again_at } => {
                queued += 1;
                assert!(routing.queues.holds(task.label(), task.waiting(*id)));
                assert!(task.suggested.is_none());
                assert_eq!(again_at.is_some(), task.is_declined(), "a pause has its end");
                let best = routing.ready.best(task.skill, task.kind, |agent| task.is_declined_by(agent));
                assert_eq!(best, None, "somebody is free for a task that waits");
            }
            Place::Silent => {
                assert!(task.suggested.is_none() && !task.is_declined(), "it was offered to nobody yet");
            }
            Place::Bound(proposal) => {
                let agent = proposal.agent;
                *bound.entry(agent).or_default() += 1;
                assert_eq!(task.suggested, Some(agent));
                assert!(routing.agents[&agent].bound.contains(&task.waiting(*id)));
                assert!(routing.agents[&agent].indexed.is_none(), "the agent has room");
            }
            Place::Ringing(ring) => {
                ringing += 1;
                rings.entry(ring.agent).or_default().insert(*id);
                let known = routing.rings.get(&ring.id).expect("the ring is known");
                assert_eq!((known.conversation, known.agent), (*id, ring.agent));
                assert!(ring.is_outdated || task.suggested.is_none_or(|agent| agent == ring.agent));
            }
        }
    }
    assert_eq!(routing.timers, timers);
    assert_eq!(routing.queues.len(), queued);
    routing.queues.check();
    assert_eq!(routing.rings.live(), ringing);
    let mut indexed = 0;
    for (id, agent) in &routing.agents {
        assert!(!agent.is_forgettable(), "an agent nobody needs is kept");
        assert_eq!(agent.rings, rings.remove(id).unwrap_or_default());
        assert_eq!(agent.bound.len(), bound.remove(id).unwrap_or_default());
        assert_eq!(agent.conversations, loads.remove(id).unwrap_or_default());
        assert_eq!(agent.indexed, agent.candidate(*id, &routing.options));
        if let Some(candidate) = &agent.indexed {
            assert!(routing.ready.holds(candidate));
            let scopes = candidate.skills.iter().collect::<BTreeSet<_>>().len()
                + 1
                + usize::from(candidate.skills.is_empty());
            indexed += scopes * if candidate.takes_new { 2 } else { 1 };
        }
        let most = agent.profile.as_ref().and_then(|profile| profile.max_conversations);
        assert!(agent.rings.len() <= routing.options.rings_per_agent, "{most:?}");
    }
    assert_eq!(routing.ready.len(), indexed);
    assert!(rings.is_empty() && bound.is_empty() && loads.is_empty(), "an agent was forgotten");
    assert!(routing.next_tick().is_none_or(|at| at > now), "something due was left");
}
