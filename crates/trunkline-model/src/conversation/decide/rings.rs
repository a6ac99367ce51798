//! What the answer to a ring does. Source: spec 21 §7.1 `UpdateRingState`, §7.5.

use trunkline_wire::{AgentId, DialogId, EpochMillis};

use super::participants::assigned;
use crate::conversation::draft::Draft;
use crate::conversation::{Actor, Conversation, Decision, Refusal};

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

    /// Takes a suggestion back. One that is newer than `until` is made anew after that: routing, which follows the log, has
    /// given up on the one before, and would take the newer one for the same.
    pub(super) fn end_suggestion(
        &self,
        actor: Actor,
        agent: AgentId,
        until: EpochMillis,
        now: EpochMillis,
    ) -> Result<Decision, Refusal> {
        let without = self.without_suggestion(actor, agent, self.next_update(now))?;
        if without == *self {
            return Ok(Decision::Nothing);
        }
        let mut draft = Draft::new(self, now);
        draft.change(without, actor.participant(), None);
        if self.proposed_at.is_some_and(|at| at > until) {
            let mut again = draft.state.clone();
            let at = again.next_update(now);
            again.suggest(agent, Some(DialogId::Main(self.id)), at)?;
            draft.change(again, actor.participant(), None);
        }
        Ok(Decision::Append { change: draft.finish(), sequence: None })
    }

    /// The state without this suggestion.
    fn without_suggestion(&self, actor: Actor, agent: AgentId, at: EpochMillis) -> Result<Self, Refusal> {
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
