//! Who joins, leaves and is proposed. Source: spec 21 §7.4, §7.5, §8.
//!
//! What a dialog says about its participants is the truth; the conversation's own list is what the dialogs make of it.

use trunkline_wire::conversations::{DialogType, ParticipantRole, ParticipantState};
use trunkline_wire::{AgentId, DialogId, EpochMillis, ParticipantId};

use crate::conversation::{Actor, Conversation, Dialog, Membership, Participant, Refusal};

impl Conversation {
    /// The most participants of a dialog, roles of one user counted one by one.
    pub const MAX_PARTICIPANTS: usize = 256;

    /// Whether the actor takes part in any dialog, in any role.
    pub(super) fn has_participant(&self, actor: Actor) -> bool {
        actor.participant().is_some_and(|id| self.participants.iter().any(|known| known.id == id))
    }

    pub(super) fn join(
        &mut self,
        actor: Actor,
        Membership { agent, role, dialog }: Membership,
        at: EpochMillis,
    ) -> Result<(), Refusal> {
        let target = self.open_dialog_mut(dialog)?;
        let joining = active(agent, role);
        if target.participants.contains(&joining) {
            return Ok(());
        }
        may_join(actor, role, target.kind)?;
        if role == ParticipantRole::AssignedAgent {
            if target.assigned_agent().is_some() {
                return Err(Refusal::AlreadyAssigned);
            }
            // The conversation is served: nobody else is waited for.
            target.drop_suggestion();
        }
        target.add(joining, at)?;
        self.list_participants();
        Ok(())
    }

    pub(super) fn leave(
        &mut self,
        Membership { agent, role, dialog }: Membership,
        at: EpochMillis,
    ) -> Result<(), Refusal> {
        let target = self.open_dialog_mut(dialog)?;
        let leaving = active(agent, role);
        let place = target.participants.iter().position(|known| *known == leaving);
        target.participants.remove(place.ok_or(Refusal::NotInConversation)?);
        target.updated_at = at;
        if role == ParticipantRole::AssignedAgent && target.kind == DialogType::Main {
            self.unassigned_at = Some(at);
        }
        self.list_participants();
        Ok(())
    }

    /// Proposes an agent for the main dialog, the only one in which anybody is rung. A new proposal replaces the one before,
    /// also for the same agent, who may be about to lose it; the assigned agent needs none.
    pub(super) fn suggest(
        &mut self,
        agent: AgentId,
        dialog: Option<DialogId>,
        at: EpochMillis,
    ) -> Result<(), Refusal> {
        let target = self.open_dialog_mut(dialog)?;
        if target.kind != DialogType::Main {
            return Err(Refusal::IllegalRole);
        }
        if target.assigned_agent() == Some(agent) {
            return Ok(());
        }
        target.drop_suggestion();
        target.add(Participant { state: ParticipantState::Suggested, ..assigned(agent) }, at)?;
        self.proposed_at = Some(at);
        Ok(())
    }

    /// Makes the list of all participants: those of the dialogs, main dialog first, everybody once per role. Agents'
    /// clients rely on this order (spec 22 §1.1).
    pub(super) fn list_participants(&mut self) {
        let mut all: Vec<Participant> = Vec::new();
        for known in self.dialogs.iter().flat_map(|dialog| &dialog.participants) {
            if known.state == ParticipantState::Active && !all.contains(known) {
                all.push(*known);
            }
        }
        self.participants = all;
    }
}

/// Which roles may be taken in a dialog of this kind, and by whose word.
fn may_join(actor: Actor, role: ParticipantRole, kind: DialogType) -> Result<(), Refusal> {
    match (role, kind) {
        (ParticipantRole::AssignedAgent, DialogType::Main)
        | (ParticipantRole::Reader, _)
        | (ParticipantRole::Agent, DialogType::PostSurvey) => Ok(()),
        (ParticipantRole::Manager | ParticipantRole::Controller, _) if actor.is_entitled() => Ok(()),
        (ParticipantRole::Manager | ParticipantRole::Controller, _) => Err(Refusal::NotAllowed),
        _ => Err(Refusal::IllegalRole),
    }
}

const fn active(agent: AgentId, role: ParticipantRole) -> Participant {
    Participant { id: ParticipantId::Agent(agent), role, state: ParticipantState::Active }
}

/// The entry of the agent who answers.
pub(super) const fn assigned(agent: AgentId) -> Participant {
    active(agent, ParticipantRole::AssignedAgent)
}

impl Dialog {
    /// The roles in which the actor takes part here.
    pub(super) fn roles_of(&self, actor: Actor) -> impl Iterator<Item = ParticipantRole> {
        self.participants
            .iter()
            .filter(move |known| {
                known.state == ParticipantState::Active && Some(known.id) == actor.participant()
            })
            .map(|known| known.role)
    }

    pub(super) fn add(&mut self, joining: Participant, at: EpochMillis) -> Result<(), Refusal> {
        if self.participants.len() >= Conversation::MAX_PARTICIPANTS {
            return Err(Refusal::Full);
        }
        self.participants.push(joining);
        self.updated_at = at;
        Ok(())
    }

    pub(super) fn drop_suggestion(&mut self) {
        self.participants.retain(|known| known.state != ParticipantState::Suggested);
    }
}
