//! Answers of agents to rings. Source: spec 21 §7.1 `UpdateRingState`.

use trunkline_wire::agent::{RingId, RingState};
use trunkline_wire::{AgentId, ConversationId, EpochMillis};

use super::entry::{Place, Ring, Task};
use super::registry::Known;
use super::{Effect, Routing};

/// Why an answer to a ring is not taken. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RingRefusal {
    /// There is no such ring, or it ended long ago. 404.
    #[error("the ring is unknown")]
    Unknown,
    /// It rang at another agent. 403.
    #[error("the ring is another agent's")]
    NotYours,
    /// It does not wait for an answer any more. 409.
    #[error("the ring is not waiting any more")]
    Lost,
}

impl Task {
    pub(super) fn ring_mut(&mut self) -> Option<&mut Ring> {
        match &mut self.place {
            Place::Ringing(ring) => Some(ring),
            _ => None,
        }
    }

    pub(super) fn reserved_ring_mut(&mut self) -> Option<&mut Ring> {
        self.ring_mut().filter(|ring| ring.reserved_until.is_some())
    }
}

impl Routing {
    /// An agent takes a ring. It is his until the outcome of
    /// [`Command::AcceptRing`](crate::conversation::Command::AcceptRing) on the returned conversation is told by
    /// [`Routing::accepted`] or [`Routing::accept_failed`].
    ///
    /// # Errors
    /// [`RingRefusal`] says why not. A ring whose time is over is [`RingRefusal::Lost`], whether or not it was told so.
    pub fn accept(
        &mut self,
        id: &RingId,
        agent: AgentId,
        now: EpochMillis,
    ) -> Result<ConversationId, RingRefusal> {
        let conversation = self.answerable(id, agent, now)?;
        let until = now.plus(self.options.reservation);
        self.reserve(conversation, Some(until));
        Ok(conversation)
    }

    /// An agent declines a ring.
    ///
    /// # Errors
    /// [`RingRefusal`] says why that changes nothing.
    pub fn reject(
        &mut self,
        id: &RingId,
        agent: AgentId,
        now: EpochMillis,
    ) -> Result<Vec<Effect>, RingRefusal> {
        let conversation = self.answerable(id, agent, now)?;
        let mut effects = Vec::new();
        self.end_ring(conversation, RingState::Rejected, false, now, &mut effects);
        self.go_on_without(conversation, agent, now, &mut effects);
        Ok(effects)
    }

    /// The store has assigned the ring's agent, with the entry of this version. The notice `ACCEPTED` is among the effects
    /// unless [`Routing::follow`] met the entry first and told it then.
    pub fn accepted(&mut self, id: &RingId, version: u64, now: EpochMillis) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Some(Known { conversation, agent }) = self.rings.get(id) else { return effects };
        let Some(entry) = self.conversations.get_mut(&conversation) else { return effects };
        if version >= entry.version {
            entry.version = version;
            entry.ended_suggestion = None;
            let left = self.assign(conversation, Some(agent), now);
            self.complete(conversation, now, &mut effects);
            if let Some(left) = left {
                self.fill(left, now, &mut effects);
            }
        } else if self.is_live(id, conversation) {
            // What happened since is known already: the agent had the conversation, and now it needs another.
            self.end_ring(conversation, RingState::Accepted, true, now, &mut effects);
            if let Some(task) = self.task_mut(conversation) {
                task.decline(agent);
            }
            self.place(conversation, now, &mut effects);
            self.fill(agent, now, &mut effects);
        }
        effects
    }

    /// The store did not assign the ring's agent. The ring waits on, unless its time is over.
    pub fn accept_failed(&mut self, id: &RingId, now: EpochMillis) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(Known { conversation, .. }) = self.rings.get(id)
            && self.is_live(id, conversation)
        {
            self.release(conversation, now, &mut effects);
        }
        effects
    }

    /// Ends the reservation of a ring.
    pub(super) fn release(
        &mut self,
        conversation: ConversationId,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        let Some(ring) =
            self.task_mut(conversation).and_then(|task| task.reserved_ring_mut().map(|ring| ring.clone()))
        else {
            return;
        };
        if ring.is_outdated {
            self.end_ring(conversation, RingState::Cancelled, false, now, effects);
            self.place(conversation, now, effects);
            self.fill(ring.agent, now, effects);
        } else if ring.expires_at <= now {
            self.expire(conversation, now, effects);
        } else {
            self.reserve(conversation, None);
            // He may have become unavailable while the store was busy.
            self.review(ring.agent, now, effects);
        }
    }

    /// Ends a ring that nobody answered.
    pub(super) fn expire(
        &mut self,
        conversation: ConversationId,
        now: EpochMillis,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(agent) = self.end_ring(conversation, RingState::Expired, false, now, effects) {
            self.go_on_without(conversation, agent, now, effects);
        }
    }

    fn reserve(&mut self, conversation: ConversationId, until: Option<EpochMillis>) {
        let Some(task) = self.conversations.get_mut(&conversation).and_then(|entry| entry.task.as_mut())
        else {
            return;
        };
        let before = task.place.due();
        if let Some(ring) = task.ring_mut() {
            ring.reserved_until = until;
        }
        let after = task.place.due();
        self.timers.extend(after.map(|at| (at, conversation)));
        if let Some(at) = before.filter(|_| before != after) {
            self.timers.remove(&(at, conversation));
        }
    }

    /// The conversation of a ring that this agent may answer now.
    fn answerable(
        &self,
        id: &RingId,
        agent: AgentId,
        now: EpochMillis,
    ) -> Result<ConversationId, RingRefusal> {
        let known = self.rings.get(id).ok_or(RingRefusal::Unknown)?;
        if known.agent != agent {
            return Err(RingRefusal::NotYours);
        }
        let ring = self.live_ring(id, known.conversation).ok_or(RingRefusal::Lost)?;
        if ring.reserved_until.is_some() || ring.expires_at <= now {
            return Err(RingRefusal::Lost);
        }
        Ok(known.conversation)
    }

    fn is_live(&self, id: &RingId, conversation: ConversationId) -> bool {
        self.live_ring(id, conversation).is_some()
    }

    fn live_ring(&self, id: &RingId, conversation: ConversationId) -> Option<&Ring> {
        self.conversations.get(&conversation)?.task.as_ref()?.ring().filter(|ring| ring.id == *id)
    }
}
