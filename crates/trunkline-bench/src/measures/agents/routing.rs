//! Routing by itself: how long it takes to find the agent for a conversation, or the conversation for an agent.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use trunkline_model::conversation::Need;
use trunkline_model::routing::{AgentProfile, ConversationView, Effect, Options, RingNotice, Routing};
use trunkline_wire::agent::{Availability, RingState};
use trunkline_wire::{AccountId, AgentId, ConversationId, EpochMillis, SkillId};
use uuid::Uuid;

use super::super::Bench;
use crate::histogram::Histogram;
use crate::random::SplitMix;
use crate::report::{Bound, Row};
use crate::stopwatch;

/// Agents with three of the busy skills each, who have as many conversations as they may have.
const BUSY_AGENTS: u128 = 900;
/// Agents with the other skill, who have room.
const FREE_AGENTS: u128 = 100;
/// What a busy agent may have.
const MOST: u32 = 3;
/// Skills with a queue.
const BUSY_SKILLS: u64 = 20;
/// The skill without one.
const FREE_SKILL: i64 = 100;
/// Conversations in the queues.
const QUEUED: u128 = 10_000;
/// Decisions of a real run.
const DECISIONS: u128 = 100_000;
/// Decisions of a run that is for trying out.
const FEW_DECISIONS: u128 = 10_000;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let mut desk = Desk::full()?;
    let decisions = if bench.plan.quick { FEW_DECISIONS } else { DECISIONS };
    for _ in 0..decisions / 2 {
        desk.agent_gets_free()?;
        desk.conversation_comes()?;
    }
    let microseconds = |span: Duration| span.as_secs_f64() * 1e6;
    let bound = Bound::at_most(100.0, 20.0);
    let title = format!("routing decision, {QUEUED} queued, {} agents, p50", BUSY_AGENTS + FREE_AGENTS);
    Ok(vec![
        Row::absolute(&title, microseconds(desk.times.p50()), "µs", bound),
        Row::absolute("  p99", microseconds(desk.times.p99()), "µs", bound),
        Row::absolute("  mean", microseconds(desk.times.mean()), "µs", bound),
    ])
}

/// Routing at its limit.
struct Desk {
    routing: Routing,
    random: SplitMix,
    now: EpochMillis,
    opened: u128,
    /// Served by busy agents.
    served: Vec<Served>,
    /// Served by the others, the longest first.
    free_served: VecDeque<Served>,
    times: Histogram,
}

struct Served {
    view: ConversationView,
    agent: AgentId,
}

impl Desk {
    /// Every busy agent has what he may have, and the queues are filled.
    fn full() -> anyhow::Result<Self> {
        let account = AccountId::parse("10020030").context("the account")?;
        let mut desk = Self {
            routing: Routing::new(account, Options::default()),
            random: SplitMix::new(1),
            now: EpochMillis(1_700_000_000_000),
            opened: 0,
            served: Vec::new(),
            free_served: VecDeque::new(),
            times: Histogram::default(),
        };
        for number in 0..BUSY_AGENTS + FREE_AGENTS {
            let is_busy = number < BUSY_AGENTS;
            let skills = if is_busy {
                (0..3).map(|_| desk.busy_skill()).collect::<Result<Vec<_>, _>>()?
            } else {
                vec![skill(FREE_SKILL)?]
            };
            let profile = AgentProfile { skills: skills.into(), max_conversations: is_busy.then_some(MOST) };
            let agent = AgentId::from_uuid(Uuid::from_u128(1 + number));
            desk.routing.put_agent(agent, profile, desk.now);
            desk.routing.set_availability(agent, Availability::Online, desk.now);
        }
        let mut queued = 0;
        while queued < QUEUED {
            let view = desk.view(desk.opened)?;
            let effects = desk.open(&view);
            match waiting(&effects) {
                Some(ring) => {
                    let served = desk.accept(&view, &ring)?;
                    desk.served.push(served);
                }
                None => queued += 1,
            }
        }
        Ok(desk)
    }

    fn busy_skill(&mut self) -> anyhow::Result<SkillId> {
        skill(1 + i64::try_from(self.random.below(BUSY_SKILLS))?)
    }

    /// A new conversation of a busy skill.
    fn view(&mut self, number: u128) -> anyhow::Result<ConversationView> {
        let skill = self.busy_skill()?;
        Ok(self.view_of(number, skill))
    }

    fn view_of(&self, number: u128, skill: SkillId) -> ConversationView {
        ConversationView {
            conversation: ConversationId::from_uuid(Uuid::from_u128(1 + number)),
            version: 1,
            is_open: true,
            is_silent: false,
            assigned: None,
            need: Some(Need { skill, suggested: None, since: self.now, is_transfer: false }),
            answer_due: None,
        }
    }

    fn open(&mut self, view: &ConversationView) -> Vec<Effect> {
        self.opened += 1;
        self.now = EpochMillis(self.now.0 + 1);
        self.routing.follow(view, self.now)
    }

    /// A conversation is closed: its agent gets what waits longest. Somebody new queues instead.
    fn agent_gets_free(&mut self) -> anyhow::Result<()> {
        let place = self.random.index(self.served.len());
        ensure!(!self.served.is_empty(), "nobody is served");
        let closed = closed(&self.served.swap_remove(place));
        self.now = EpochMillis(self.now.0 + 1);
        let (began, now) = (stopwatch::now(), self.now);
        let effects = self.routing.follow(&closed, now);
        self.times.record(began.elapsed());
        let ring = waiting(&effects).context("an agent got free and nothing rang")?;
        let view =
            ConversationView { conversation: ring.task.conversation, ..self.view_of(0, ring.task.skill) };
        let served = self.accept(&view, &ring)?;
        self.served.push(served);
        let next = self.view(self.opened)?;
        let effects = self.open(&next);
        ensure!(waiting(&effects).is_none(), "a conversation passed the queue");
        Ok(())
    }

    /// A conversation comes for which there are agents with room.
    fn conversation_comes(&mut self) -> anyhow::Result<()> {
        let view = self.view_of(self.opened, skill(FREE_SKILL)?);
        let began = stopwatch::now();
        let effects = self.open(&view);
        self.times.record(began.elapsed());
        let ring = waiting(&effects).context("a conversation came and nobody was rung")?;
        let served = self.accept(&view, &ring)?;
        self.free_served.push_back(served);
        if self.free_served.len() > 1000
            && let Some(oldest) = self.free_served.pop_front()
        {
            self.routing.follow(&closed(&oldest), self.now);
        }
        Ok(())
    }

    fn accept(&mut self, view: &ConversationView, ring: &RingNotice) -> anyhow::Result<Served> {
        self.routing.accept(&ring.ring.id, ring.agent, self.now).context("accepting a ring")?;
        self.routing.accepted(&ring.ring.id, 2, self.now);
        Ok(Served { view: *view, agent: ring.agent })
    }
}

fn closed(served: &Served) -> ConversationView {
    ConversationView { version: 3, is_open: false, assigned: Some(served.agent), need: None, ..served.view }
}

fn waiting(effects: &[Effect]) -> Option<RingNotice> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ring(notice) if notice.ring.state == RingState::Waiting => Some(notice.clone()),
        _ => None,
    })
}

fn skill(number: i64) -> anyhow::Result<SkillId> {
    SkillId::from_number(number).context("a skill's number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_rings_and_the_queues_stay_full() {
        let mut desk = Desk::full().unwrap();
        let before = desk.routing.waiting();
        for _ in 0..50 {
            desk.agent_gets_free().unwrap();
            desk.conversation_comes().unwrap();
        }
        assert_eq!(desk.routing.waiting(), before);
        assert_eq!(desk.times.count(), 100);
    }
}
