//! Beginning and ending rings.

use trunkline_wire::agent::{RingId, RingState};
use trunkline_wire::{AgentId, ConversationId, EpochMillis};

use super::Routing;
use super::effect::{Effect, RingNotice, RingView, TaskView};
use super::entry::{Place, Ring, Task};
use super::registry::Known;

impl Task {
    fn view(&self, conversation: ConversationId, is_completed: bool) -> TaskView {
        TaskView { conversation, skill: self.skill, is_completed }
    }
}

impl Routing {
    /// Rings an agent with a task that is nowhere.
    pub(super) fn ring(
        &mut self,
        conversation: ConversationId,
        agent: AgentId,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.conversations.get_mut(&conversation) else { return };
        let Some(task) = &entry.task else { return };
        entry.last_ring = EpochMillis(now.0.max(entry.last_ring.0.saturating_add(1)));
        let ring = Ring {
            id: RingId::new(conversation, &self.account, entry.last_ring),
            agent,
            expires_at: now.plus(self.options.ring_expiration),
            reserved_until: None,
            is_outdated: false,
        };
        let view = task.view(conversation, false);
        let due = task.answer_due;
        effects.push(self.notice(&ring, RingState::Waiting, view, due));
        self.rings.begin(ring.id.clone(), Known { conversation, agent });
        self.put(conversation, Place::Ringing(Box::new(ring)), now);
    }

    fn notice(
        &self,
        ring: &Ring,
        state: RingState,
        task: TaskView,
        answer_due: Option<EpochMillis>,
    ) -> Effect {
        let ring_view = RingView {
            id: ring.id.clone(),
            state,
            expiration: self.options.ring_expiration,
            expires_at: ring.expires_at,
            answer_due,
        };
        Effect::Ring(RingNotice { agent: ring.agent, task, ring: ring_view })
    }

    /// The notice of a ring that still waits.
    pub(super) fn waiting_notice(&self, conversation: ConversationId) -> Option<RingNotice> {
        let entry = self.conversations.get(&conversation)?;
        let task = entry.task.as_ref()?;
        let view = task.view(conversation, false);
        match self.notice(task.ring()?, RingState::Waiting, view, task.answer_due) {
            Effect::Ring(notice) => Some(notice),
            Effect::SuggestionEnded { .. } => None,
        }
    }

    /// Ends the ring of a task, which is nowhere afterwards; returns the ringed agent.
    pub(super) fn end_ring(
        &mut self,
        conversation: ConversationId,
        state: RingState,
        is_completed: bool,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) -> Option<AgentId> {
        self.conversations.get(&conversation)?.task.as_ref()?.ring()?;
        let Place::Ringing(ring) = self.take_out(conversation) else { return None };
        let entry = self.conversations.get(&conversation)?;
        let task = entry.task.as_ref()?;
        let view = task.view(conversation, is_completed);
        effects.push(self.notice(&ring, state, view, task.answer_due));
        self.rings.end(ring.id);
        if state != RingState::Cancelled {
            // Who had his chance goes to the end of the line of equally loaded agents.
            if let Some(agent) = self.agents.get_mut(&ring.agent) {
                agent.idle_since = now;
            }
            self.index(ring.agent);
        }
        Some(ring.agent)
    }
}
