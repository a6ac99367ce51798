//! What the answer to a ring does. Source: spec 21 §7.1 `UpdateRingState`, §7.5.

use trunkline_wire::{AgentId, EpochMillis};

use super::participants::assigned;
use crate::conversation::{Actor, Conversation, Refusal};

impl Conversation {
    /// The state in which the caller answers. The same state when he does so already: an answer may be given twice. While
    /// nobody answers, the first who accepts does, whoever is proposed meanwhile: a ring is only with somebody else when
    /// routing gave the proposal up, and an agent's software answers faster than the proposal is taken back.
    pub(super) fn with_ring_accepted(&self, actor: Actor, at: EpochMillis) -> Result<Self, Refusal> {
        let agent = actor.agent().ok_or(Refusal::NotAllowed)?;
        let mut next = self.clone();
        let main = next.dialogs.first_mut().filter(|main| main.is_open()).ok_or(Refusal::Closed)?;
        let is_proposed = main.suggested_agent() == Some(agent);
        match main.assigned_agent() {
            Some(present) if present == agent => return Ok(next),
            // A transfer was proposed while somebody answered: he stays until now.
            Some(present) if is_proposed => main.participants.retain(|known| *known != assigned(present)),
            Some(_) => return Err(Refusal::RingLost),
            None => {}
        }
        main.drop_suggestion();
        main.add(assigned(agent), at)?;
        next.list_participants();
        Ok(next)
    }

    /// The state without this suggestion.
    pub(super) fn without_suggestion(
        &self,
        actor: Actor,
        agent: AgentId,
        at: EpochMillis,
    ) -> Result<Self, Refusal> {
        if !(actor.is_entitled() || actor.agent() == Some(agent)) {
            return Err(Refusal::NotAllowed);
        }
        let mut next = self.clone();
        for dialog in next.dialogs.iter_mut().filter(|dialog| dialog.suggested_agent() == Some(agent)) {
            dialog.drop_suggestion();
            dialog.updated_at = at;
        }
        Ok(next)
    }
}
