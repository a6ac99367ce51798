//! What changed between two states: who answers, for which skill, and the note.

use trunkline_wire::{AgentId, DialogId, EpochMillis, JsonText, ParticipantId, SkillId};

use super::{Circumstances, Transcript};
use crate::conversation::{Conversation, Dialog};

/// Somebody became the one who answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// When.
    pub at: EpochMillis,
    /// Where.
    pub dialog: DialogId,
    /// Who.
    pub user: AgentId,
}

/// The conversation went from an agent or a skill to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// When.
    pub at: EpochMillis,
    /// Where.
    pub dialog: DialogId,
    /// How.
    pub reason: TransferReason,
    /// Who did it; `None` for the platform.
    pub by: Option<ParticipantId>,
    /// Who answered before.
    pub from_user: Option<AgentId>,
    /// Who answers since then; `None` when nobody does yet.
    pub to_user: Option<AgentId>,
    /// The skill before.
    pub from_skill: SkillId,
    /// The skill since then.
    pub to_skill: SkillId,
    /// `metadata` of the request that did it.
    pub metadata: Option<JsonText>,
}

/// How a conversation was transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferReason {
    /// Another skill should answer.
    Skill,
    /// Another agent was proposed and accepted.
    Agent,
    /// Another user put himself into the place.
    TakeOver,
    /// The agent gave it back to the queue of its skill.
    BackToQueue,
}

/// The skill became another.
#[derive(Debug, Clone, PartialEq)]
pub struct SkillChange {
    /// When.
    pub at: EpochMillis,
    /// Who did it; `None` for the platform.
    pub by: Option<ParticipantId>,
    /// Before.
    pub from: SkillId,
    /// Since then.
    pub to: SkillId,
}

impl Transcript {
    /// Notes what is different in the state after an entry; `before` is `None` for the opening.
    pub(super) fn compare(
        &mut self,
        before: Option<&Conversation>,
        after: &Conversation,
        at: EpochMillis,
        by: Option<ParticipantId>,
        metadata: Option<&JsonText>,
    ) {
        let circumstances = Circumstances { at, metadata };
        for dialog in &after.dialogs {
            let earlier = before.and_then(|before| before.dialog(dialog.id));
            self.compare_participants(earlier, dialog, circumstances);
            let user = dialog
                .assigned_agent()
                .filter(|user| earlier.and_then(Dialog::assigned_agent) != Some(*user));
            self.assignments.extend(user.map(|user| Assignment { at, dialog: dialog.id, user }));
        }
        if before.map_or(after.note.is_some(), |before| before.note != after.note) {
            self.noted_at = Some(at);
        }
        let Some(before) = before else { return };
        if before.skill != after.skill {
            self.skill_changes.push(SkillChange { at, by, from: before.skill, to: after.skill });
        }
        if let Some((reason, from_user, to_user)) = transfer(before, after, by) {
            self.transfers.push(Transfer {
                at,
                dialog: after.main().id,
                reason,
                by,
                from_user,
                to_user,
                from_skill: before.skill,
                to_skill: after.skill,
                metadata: metadata.cloned(),
            });
        }
    }
}

/// Whether a change was a transfer, from whom and to whom. Only the main dialog goes from hand to hand.
fn transfer(
    before: &Conversation,
    after: &Conversation,
    by: Option<ParticipantId>,
) -> Option<(TransferReason, Option<AgentId>, Option<AgentId>)> {
    let (from, to) = (before.assigned_agent(), after.assigned_agent());
    let to_another = to.filter(|_| to != from);
    if before.skill != after.skill {
        return Some((TransferReason::Skill, from, to_another));
    }
    match (from, to) {
        (Some(_), None) if after.main().is_open() => Some((TransferReason::BackToQueue, from, None)),
        (Some(_), Some(new)) if from != to => {
            let was_proposed = before.main().suggested_agent() == Some(new);
            let by_himself = by == Some(ParticipantId::Agent(new));
            let reason =
                if by_himself && !was_proposed { TransferReason::TakeOver } else { TransferReason::Agent };
            Some((reason, from, to))
        }
        _ => None,
    }
}
