//! What a conversation wants from routing.

use trunkline_wire::conversations::{ParticipantRole, ParticipantState};
use trunkline_wire::{AgentId, EpochMillis, ParticipantId, SkillId};

use super::{Conversation, Dialog};

/// A conversation that wants an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The skill that should answer.
    pub skill: SkillId,
    /// The only agent to be asked, if a transfer proposes one.
    pub suggested: Option<AgentId>,
    /// Since when nobody is assigned; with an assigned agent and a suggestion, since he was needed last.
    pub since: EpochMillis,
    /// True for a conversation that an agent had before, or that is proposed to one: busy agents take those, too.
    pub is_transfer: bool,
}

impl Conversation {
    /// What the conversation wants from routing; `None` while it is served, or when its main dialog is closed. A survey
    /// wants no agent: its bot is there from the start. Source: spec 21 §7.5, §9.
    pub fn needs_agent(&self) -> Option<Need> {
        let main = self.main();
        let suggested = main.suggested_agent();
        if !main.is_open() || (self.assigned_agent().is_some() && suggested.is_none()) {
            return None;
        }
        let since = self.unassigned_at.unwrap_or(self.started_at);
        let is_transfer = self.unassigned_at.is_some() || suggested.is_some();
        Some(Need { skill: self.skill, suggested, since, is_transfer })
    }

    /// The agent who answers in the main dialog, also after its close.
    pub fn assigned_agent(&self) -> Option<AgentId> {
        self.main().assigned_agent()
    }

    /// When anything last happened: a stored event or a change. Receipts count, typing does not.
    pub fn last_activity(&self) -> EpochMillis {
        self.event_at.map_or(self.updated_at, |at| at.max(self.updated_at))
    }
}

impl Dialog {
    /// The agent who answers here.
    pub fn assigned_agent(&self) -> Option<AgentId> {
        self.answering(ParticipantState::Active)
    }

    /// The agent whom a transfer proposes.
    pub fn suggested_agent(&self) -> Option<AgentId> {
        self.answering(ParticipantState::Suggested)
    }

    fn answering(&self, state: ParticipantState) -> Option<AgentId> {
        self.participants
            .iter()
            .filter(|known| known.role == ParticipantRole::AssignedAgent && known.state == state)
            .find_map(|known| match known.id {
                ParticipantId::Agent(agent) => Some(agent),
                ParticipantId::Consumer(_) => None,
            })
    }
}
