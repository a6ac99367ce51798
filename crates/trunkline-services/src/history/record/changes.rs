//! Dialogs, transfers, interactions, changes of the skill. Source: spec 08 §2.2.

use trunkline_model::conversation::Dialog;
use trunkline_model::transcript::{Assignment, SkillChange, Transfer, TransferReason};
use trunkline_wire::history::{DialogRecord, Interaction, SkillChangeRecord, TransferRecord, time_text};
use trunkline_wire::{AgentId, EpochMillis};

use super::info::{close_reason_description, closed_at, closer, word};
use super::{Source, context_data};

/// What stands for a user where there is none, in transfers. Source: spec 08 §2, whose documented example has this text.
const NOBODY: &str = "null";

impl Source<'_> {
    pub(super) fn dialogs(&self) -> Vec<DialogRecord> {
        self.transcript.state.dialogs.iter().map(|dialog| self.dialog(dialog)).collect()
    }

    fn dialog(&self, dialog: &Dialog) -> DialogRecord {
        let skill = self.transcript.state.skill;
        let mut record = DialogRecord {
            dialog_id: dialog.id.to_string(),
            status: word(dialog.is_open()),
            dialog_type: dialog.kind,
            dialog_channel_type: "MESSAGING".to_owned(),
            start_time: String::new(),
            start_time_l: dialog.created_at,
            end_time: String::new(),
            end_time_l: EpochMillis(-1),
            close_reason: closer(dialog.closed_by()),
            close_reason_description: close_reason_description(dialog),
            skill_id: skill.number(),
            skill_name: self.names.skill(skill),
        };
        record.set_times(dialog.created_at, closed_at(dialog));
        record
    }

    pub(super) fn transfers(&self) -> Vec<TransferRecord> {
        self.transcript.transfers.iter().map(|transfer| self.transfer(transfer)).collect()
    }

    fn transfer(&self, transfer: &Transfer) -> TransferRecord {
        let number =
            |user: Option<AgentId>| user.map_or_else(|| NOBODY.to_owned(), |user| self.names.number(user));
        let name = |user: Option<AgentId>| user.map(|user| self.names.login_name(user));
        let (source_name, assigned_name) = (name(transfer.from_user), name(transfer.to_user));
        TransferRecord {
            time_l: transfer.at,
            time: time_text(transfer.at),
            assigned_agent_id: number(transfer.to_user),
            assigned_agent_login_name: assigned_name.clone(),
            assigned_agent_nickname: assigned_name.clone(),
            assigned_agent_full_name: assigned_name,
            target_skill_id: transfer.to_skill.number(),
            target_skill_name: self.names.skill(transfer.to_skill),
            reason: reason(transfer.reason).to_owned(),
            by: self.by(transfer.by),
            source_skill_id: transfer.from_skill.number(),
            source_skill_name: self.names.skill(transfer.from_skill),
            source_agent_id: number(transfer.from_user),
            source_agent_login_name: source_name.clone(),
            source_agent_nickname: source_name.clone(),
            source_agent_full_name: source_name,
            dialog_id: transfer.dialog.to_string(),
            context_data: context_data(transfer.metadata.as_ref()),
        }
    }

    pub(super) fn interactions(&self) -> Vec<Interaction> {
        let assignments = self.transcript.assignments.iter().enumerate();
        let interaction = |(index, assignment): (usize, &Assignment)| {
            let name = self.names.login_name(assignment.user);
            Interaction {
                assigned_agent_id: self.names.number(assignment.user),
                assigned_agent_full_name: name.clone(),
                assigned_agent_login_name: name.clone(),
                assigned_agent_nickname: name,
                time_l: assignment.at,
                time: time_text(assignment.at),
                interactive_sequence: index + 1,
                dialog_id: assignment.dialog.to_string(),
            }
        };
        assignments.map(interaction).collect()
    }

    pub(super) fn skill_changes(&self) -> Vec<SkillChangeRecord> {
        let change = |change: &SkillChange| SkillChangeRecord {
            time_l: change.at,
            time: time_text(change.at),
            by: self.by(change.by),
            previous_skill_id: change.from.number(),
            previous_skill_name: self.names.skill(change.from),
            new_skill_id: change.to.number(),
            new_skill_name: self.names.skill(change.to),
        };
        self.transcript.skill_changes.iter().map(change).collect()
    }
}

/// The documented words.
const fn reason(reason: TransferReason) -> &'static str {
    match reason {
        TransferReason::Skill => "Skill",
        TransferReason::Agent => "Agent",
        TransferReason::TakeOver => "TakeOver",
        TransferReason::BackToQueue => "back2Q",
    }
}
