//! What agents tell routing: coming, going, being available.

use trunkline_wire::agent::{Availability, RingState};
use trunkline_wire::{AgentId, ConversationId, EpochMillis, SkillId};

use super::agent::Agent;
use super::queues::Waiting;
use super::ready::Kind;
use super::{AgentProfile, Effect, RingNotice, Routing};

impl Routing {
    /// Who answers which open conversation, in any order.
    pub fn assignments(&self) -> impl Iterator<Item = (ConversationId, AgentId)> {
        self.conversations.iter().filter_map(|(id, entry)| Some((*id, *entry.assigned.as_deref()?)))
    }

    /// An agent has signed in, or what he is offered has changed. Who is new starts `OFFLINE`.
    pub fn put_agent(&mut self, id: AgentId, profile: AgentProfile, now: EpochMillis) -> Vec<Effect> {
        let mut effects = Vec::new();
        let agent = self.agents.entry(id).or_insert_with(|| Agent::new(now));
        agent.profile = Some(profile);
        self.review(id, now, &mut effects);
        effects
    }

    /// An agent is available in another way. Nothing happens for an agent who has not signed in.
    pub fn set_availability(
        &mut self,
        id: AgentId,
        availability: Availability,
        now: EpochMillis,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.agents.get(&id).is_some_and(|agent| agent.profile.is_some()) {
            self.make_available(id, availability, now, &mut effects);
        }
        effects
    }

    /// An agent is gone: his last socket, or the user. He keeps his conversations.
    pub fn remove_agent(&mut self, id: AgentId, now: EpochMillis) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.profile = None;
            self.make_available(id, Availability::Offline, now, &mut effects);
        }
        effects
    }

    fn make_available(
        &mut self,
        id: AgentId,
        availability: Availability,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let before = std::mem::replace(&mut agent.availability, availability);
        if availability.takes_new() && !before.takes_new() {
            agent.idle_since = now;
        }
        // Who leaves ends what is proposed to him; who was not there may still come in time.
        let ended: Vec<Waiting> = if before.takes_transfers() && !availability.takes_transfers() {
            agent.bound.iter().copied().collect()
        } else {
            Vec::new()
        };
        self.index(id);
        for Waiting { conversation, .. } in ended {
            self.take_out(conversation);
            self.end_suggestion(conversation, now, effects);
        }
        self.review(id, now, effects);
    }

    /// How available an agent is; `None` for one who has not signed in.
    pub fn availability_of(&self, agent: AgentId) -> Option<Availability> {
        self.agents.get(&agent).filter(|agent| agent.profile.is_some()).map(|agent| agent.availability)
    }

    /// Whether a conversation of this skill may be proposed to an agent. Source: spec 21 §7.5.
    pub fn may_be_suggested(&self, agent: AgentId, skill: SkillId) -> bool {
        self.agents.get(&agent).is_some_and(|agent| {
            agent.availability.takes_transfers()
                && agent.profile.as_ref().is_some_and(|profile| profile.is_eligible_for(skill))
        })
    }

    /// The rings that wait for an agent's answer, for one who subscribes again. Source: spec 22 §2.
    pub fn snapshot_of(&self, agent: AgentId) -> Vec<RingNotice> {
        self.agents
            .get(&agent)
            .into_iter()
            .flat_map(|agent| &agent.rings)
            .filter_map(|conversation| self.waiting_notice(*conversation))
            .collect()
    }

    /// Takes from an agent what he may not be offered any more, and offers him what he may.
    pub(super) fn review(&mut self, id: AgentId, now: EpochMillis, effects: &mut Vec<Effect>) {
        self.index(id);
        let Some(agent) = self.agents.get(&id) else { return };
        let rings: Vec<ConversationId> =
            agent.rings.iter().copied().filter(|ringing| !self.may_go_on(agent, *ringing)).collect();
        for conversation in rings {
            self.end_ring(conversation, RingState::Cancelled, false, now, effects);
            if self.task_mut(conversation).is_some_and(|task| task.suggested.is_some()) {
                self.end_suggestion(conversation, now, effects);
            } else {
                self.place(conversation, now, effects);
            }
        }
        self.fill(id, now, effects);
    }

    /// Whether a ring at this agent is still in order. One that the store is busy with is.
    fn may_go_on(&self, agent: &Agent, ringing: ConversationId) -> bool {
        let Some(task) = self.conversations.get(&ringing).and_then(|entry| entry.task.as_ref()) else {
            return false;
        };
        let is_reserved = task.ring().is_some_and(|ring| ring.reserved_until.is_some());
        let is_eligible = task.suggested.is_some()
            || agent.profile.as_ref().is_some_and(|profile| profile.is_eligible_for(task.skill));
        let is_available = agent.availability.takes_new()
            || (agent.availability.takes_transfers() && task.kind == Kind::Transfer);
        is_reserved || (is_eligible && is_available)
    }
}
