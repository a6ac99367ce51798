//! Bringing tasks and agents together.

use trunkline_wire::{AgentId, ConversationId, EpochMillis};

use super::entry::{Bound, Place};
use super::{Effect, Routing};

impl Routing {
    /// Finds a place for a task that is nowhere: a ring, or the queue, or the wait for the agent it is proposed to.
    pub(super) fn place(
        &mut self,
        conversation: ConversationId,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(task) = self.task_mut(conversation) else { return };
        if let Some(agent) = task.suggested {
            if self.agents.get(&agent).is_some_and(|agent| agent.indexed.is_some()) {
                self.ring(conversation, agent, now, effects);
            } else {
                let until = now.plus(self.options.ring_expiration);
                self.put(conversation, Place::Bound(Box::new(Bound { agent, until })), now);
            }
            return;
        }
        let (skill, kind) = (task.skill, task.kind);
        let best = self
            .conversations
            .get(&conversation)
            .and_then(|entry| entry.task.as_ref())
            .and_then(|task| self.ready.best(skill, kind, |agent| task.is_declined_by(agent)));
        match best {
            Some(agent) => self.ring(conversation, agent, now, effects),
            None => self.queue(conversation, now),
        }
    }

    /// Puts a task that is nowhere into its queue. If somebody declined it, he may be rung again after a pause; one that
    /// has begun goes on.
    fn queue(&mut self, conversation: ConversationId, now: EpochMillis) {
        let options = self.options;
        let Some(task) = self.task_mut(conversation) else { return };
        let again_at = task.pause(now, &options);
        self.put(conversation, Place::Queued { again_at }, now);
    }

    /// Ends the proposal of a task that is nowhere; the task goes on by skill, unless somebody answers anyway.
    pub(super) fn end_suggestion(
        &mut self,
        conversation: ConversationId,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.conversations.get_mut(&conversation) else { return };
        let Some(task) = entry.task.as_mut() else { return };
        let Some(agent) = task.suggested.take() else { return };
        entry.ended_suggestion = Some(Box::new(agent));
        effects.push(Effect::SuggestionEnded { conversation, agent });
        if entry.assigned.is_some() {
            entry.task = None;
            return;
        }
        task.decline(agent);
        self.place(conversation, now, effects);
    }

    /// The task of a ring that its agent did not take goes on: to another agent, or by skill.
    pub(super) fn go_on_without(
        &mut self,
        conversation: ConversationId,
        agent: AgentId,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(task) = self.task_mut(conversation) else { return };
        if task.suggested.is_some() {
            self.end_suggestion(conversation, now, effects);
        } else {
            task.decline(agent);
            self.place(conversation, now, effects);
        }
        self.fill(agent, now, effects);
    }

    /// Rings an agent with whatever waits for him, as long as he has room.
    pub(super) fn fill(&mut self, id: AgentId, now: EpochMillis, effects: &mut Vec<Effect>) {
        while let Some(agent) = self.agents.get(&id)
            && let Some(candidate) = &agent.indexed
        {
            let proposed = agent.bound.first().map(|waiting| waiting.conversation);
            let next = proposed.or_else(|| {
                self.queues.longest(&candidate.skills, candidate.takes_new, |conversation| {
                    self.conversations
                        .get(&conversation)
                        .and_then(|entry| entry.task.as_ref())
                        .is_some_and(|task| task.is_declined_by(id))
                })
            });
            let Some(conversation) = next else { return };
            self.take_out(conversation);
            self.ring(conversation, id, now, effects);
        }
    }
}
