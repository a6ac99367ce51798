//! What conversations tell routing.

use trunkline_wire::agent::RingState;
use trunkline_wire::{AgentId, ConversationId, EpochMillis};

use super::agent::Agent;
use super::entry::{Entry, Place, Task};
use super::ready::Kind;
use super::{ConversationView, Effect, Routing};
use crate::conversation::Need;

impl Routing {
    /// Takes the present state of a conversation into account. To be called for every open conversation at the start, and
    /// with every change of one in the order of the log; older states than the last are passed over.
    pub fn follow(&mut self, view: &ConversationView, now: EpochMillis) -> Vec<Effect> {
        let mut effects = Vec::new();
        let id = view.conversation;
        if self.conversations.get(&id).is_some_and(|known| view.version < known.version) {
            return effects;
        }
        if !view.is_open {
            self.close(view, now, &mut effects);
            return effects;
        }
        let entry = self.conversations.entry(id).or_insert_with(|| Entry {
            version: view.version,
            assigned: None,
            ended_suggestion: None,
            last_ring: EpochMillis(0),
            task: None,
        });
        entry.version = view.version;
        let suggested = view.need.and_then(|need| need.suggested);
        if suggested.is_none() || suggested != entry.ended_suggestion.as_deref().copied() {
            entry.ended_suggestion = None;
        }
        let need = view
            .need
            .map(|need| Need {
                suggested: need.suggested.filter(|_| entry.ended_suggestion.is_none()),
                ..need
            })
            .filter(|need| view.assigned.is_none() || need.suggested.is_some());
        let left = self.assign(id, view.assigned, now);
        match need {
            None => self.complete(id, now, &mut effects),
            Some(need) => self.need(view, need, left, now, &mut effects),
        }
        if let Some(left) = left {
            self.fill(left, now, &mut effects);
        }
        effects
    }

    /// Takes an event into account that changed nothing else than when an answer is due, and whether the consumer's first
    /// message is still to come.
    pub fn heard(
        &mut self,
        conversation: ConversationId,
        version: u64,
        is_silent: bool,
        answer_due: Option<EpochMillis>,
        now: EpochMillis,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(entry) = self.conversations.get_mut(&conversation) else { return effects };
        if version < entry.version {
            return effects;
        }
        entry.version = version;
        let Some(task) = &mut entry.task else { return effects };
        task.answer_due = answer_due;
        if !is_silent && matches!(task.place, Place::Silent) {
            self.take_out(conversation);
            self.place(conversation, now, &mut effects);
        }
        effects
    }

    fn close(&mut self, view: &ConversationView, now: EpochMillis, effects: &mut Vec<Effect>) {
        let id = view.conversation;
        self.complete(id, now, effects);
        let left = self.assign(id, None, now);
        self.conversations.remove(&id);
        if let Some(left) = left {
            self.fill(left, now, effects);
        }
    }

    /// Notes who answers; returns the agent who does not any more.
    pub(super) fn assign(
        &mut self,
        conversation: ConversationId,
        assigned: Option<AgentId>,
        now: EpochMillis,
    ) -> Option<AgentId> {
        let entry = self.conversations.get_mut(&conversation)?;
        let before = entry.assigned.as_deref().copied();
        if before == assigned {
            return None;
        }
        entry.assigned = assigned.map(Box::new);
        if let Some(agent) = assigned {
            self.agents.entry(agent).or_insert_with(|| Agent::new(now)).conversations += 1;
            self.index(agent);
        }
        let left = before?;
        if let Some(agent) = self.agents.get_mut(&left) {
            agent.conversations = agent.conversations.saturating_sub(1);
            agent.idle_since = now;
        }
        self.index(left);
        Some(left)
    }

    /// There is nothing to do for a conversation any more: somebody answers, or it is closed.
    pub(super) fn complete(&mut self, id: ConversationId, now: EpochMillis, effects: &mut Vec<Effect>) {
        let Some(entry) = self.conversations.get(&id) else { return };
        let Some(task) = &entry.task else { return };
        let ringed = if let Some(ring) = task.ring() {
            let is_taken = entry.assigned.as_deref() == Some(&ring.agent);
            let state = if is_taken { RingState::Accepted } else { RingState::Cancelled };
            self.end_ring(id, state, true, now, effects)
        } else {
            self.take_out(id);
            None
        };
        if let Some(entry) = self.conversations.get_mut(&id) {
            entry.task = None;
        }
        if let Some(agent) = ringed {
            self.fill(agent, now, effects);
        }
    }

    fn need(
        &mut self,
        view: &ConversationView,
        need: Need,
        left: Option<AgentId>,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let id = view.conversation;
        // What was offered once goes on being offered.
        let mut is_silent = view.is_silent && !need.is_transfer;
        let (mut is_known, mut ringed) = (false, None);
        if let Some(task) = self.task_mut(id) {
            task.answer_due = view.answer_due;
            is_known = task.is_for(&need);
            is_silent &= !is_known || matches!(task.place, Place::Silent);
            if is_known && task.kind == Kind::of(need) && (is_silent || !matches!(task.place, Place::Silent))
            {
                return;
            }
            if let Some(ring) = task.ring_mut() {
                if is_known {
                    task.kind = Kind::of(need);
                    return;
                }
                if ring.reserved_until.is_some() {
                    // Its answer is with the store, which knows best; afterwards the new task begins.
                    ring.is_outdated = true;
                    task.renew(need);
                    return;
                }
                ringed = self.end_ring(id, RingState::Cancelled, false, now, effects);
            } else {
                self.take_out(id);
            }
        }
        if let Some(entry) = self.conversations.get_mut(&id) {
            let task = entry.task.get_or_insert_with(|| Box::new(Task::new(need, view.answer_due)));
            task.kind = Kind::of(need);
            if !is_known {
                task.renew(need);
                // Who just gave it back is not the first to be asked.
                if let Some(left) = left {
                    task.decline(left);
                }
            }
        }
        if is_silent {
            self.put(id, Place::Silent, now);
        } else {
            self.place(id, now, effects);
        }
        if let Some(agent) = ringed {
            self.fill(agent, now, effects);
        }
    }
}
