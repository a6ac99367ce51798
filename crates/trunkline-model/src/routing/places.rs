//! Where tasks are, and everything that has to know it.
//!
//! A task changes its place in two steps: [`Routing::take_out`] removes it from everything that knows its place,
//! [`Routing::put`] enters it at the new one. In between its fields may change.

use trunkline_wire::{AgentId, ConversationId, EpochMillis};

use super::Routing;
use super::agent::Agent;
use super::entry::{Place, Task};
use super::queues::Label;

impl Task {
    pub(super) fn label(&self) -> Label {
        Label { skill: self.skill, kind: self.kind, is_declined: self.is_declined() }
    }
}

impl Routing {
    pub(super) fn task_mut(&mut self, conversation: ConversationId) -> Option<&mut Task> {
        self.conversations.get_mut(&conversation)?.task.as_deref_mut()
    }

    /// Takes a task out of its place and tells which that was.
    pub(super) fn take_out(&mut self, conversation: ConversationId) -> Place {
        let Some(task) = self.conversations.get_mut(&conversation).and_then(|entry| entry.task.as_mut())
        else {
            return Place::Nowhere;
        };
        let place = std::mem::replace(&mut task.place, Place::Nowhere);
        let (label, waiting) = (task.label(), task.waiting(conversation));
        if let Some(due) = place.due() {
            self.timers.remove(&(due, conversation));
        }
        match &place {
            Place::Nowhere | Place::Silent => {}
            Place::Queued { .. } => self.queues.remove(label, waiting),
            Place::Bound(bound) => {
                if let Some(agent) = self.agents.get_mut(&bound.agent) {
                    agent.bound.remove(&waiting);
                }
                self.forget_agent(bound.agent);
            }
            Place::Ringing(ring) => {
                if let Some(agent) = self.agents.get_mut(&ring.agent) {
                    agent.rings.remove(&conversation);
                }
                self.index(ring.agent);
            }
        }
        place
    }

    /// Puts a task that is nowhere into its new place.
    pub(super) fn put(&mut self, conversation: ConversationId, place: Place, now: EpochMillis) {
        let Some(task) = self.conversations.get_mut(&conversation).and_then(|entry| entry.task.as_mut())
        else {
            return;
        };
        let (label, waiting) = (task.label(), task.waiting(conversation));
        if let Some(due) = place.due() {
            self.timers.insert((due, conversation));
        }
        match &place {
            Place::Nowhere | Place::Silent => {}
            Place::Queued { .. } => self.queues.insert(label, waiting),
            Place::Bound(bound) => {
                self.agents.entry(bound.agent).or_insert_with(|| Agent::new(now)).bound.insert(waiting);
            }
            Place::Ringing(ring) => {
                let ringed = self.agents.entry(ring.agent).or_insert_with(|| Agent::new(now));
                ringed.rings.insert(conversation);
            }
        }
        let ringed = if let Place::Ringing(ring) = &place { Some(ring.agent) } else { None };
        task.place = place;
        if let Some(agent) = ringed {
            self.index(agent);
        }
    }

    /// Brings the index up to date with an agent, who is forgotten if nothing is known of him any more.
    pub(super) fn index(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let candidate = agent.candidate(id, &self.options);
        if candidate != agent.indexed {
            if let Some(old) = &agent.indexed {
                self.ready.remove(old);
            }
            if let Some(new) = &candidate {
                self.ready.insert(new);
            }
            agent.indexed = candidate;
        }
        self.forget_agent(id);
    }

    fn forget_agent(&mut self, id: AgentId) {
        if self.agents.get(&id).is_some_and(Agent::is_forgettable) {
            self.agents.remove(&id);
        }
    }
}
