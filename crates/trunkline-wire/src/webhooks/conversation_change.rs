//! `cqm.ExConversationChangeNotification`: the complete state of a conversation that changed. Source: spec 06 §3.1 – §3.3.

use serde::{Serialize, Serializer};

use super::{Change, Participant};
use crate::agent::Delay;
use crate::conversations::{CloseReason, CsatStatus, DialogType, TtrType};
use crate::{AccountId, ConversationId, DialogId, EpochMillis, JsonText, SkillId};

/// A conversation that was opened, changed or closed.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationChange<'a> {
    /// `convId`.
    pub conversation: ConversationId,
    /// `effectiveTTR`: when the brand owes its next answer; −1 on the wire when it owes none.
    pub answer_due: Option<EpochMillis>,
    /// `skillId`.
    pub skill: SkillId,
    /// Everybody who takes part.
    pub participants: Vec<Participant>,
    /// The dialogs, main first.
    pub dialogs: Vec<Dialog<'a>>,
    /// `brandId`.
    pub account: &'a AccountId,
    /// `state` and `closeReason`: who closed the main dialog, once it is closed.
    pub close_reason: Option<CloseReason>,
    /// `startTs`.
    pub started_at: EpochMillis,
    /// `stage` and `endTs`: when the whole conversation was closed.
    pub ended_at: Option<EpochMillis>,
    /// `metaDataLastUpdateTs`: lets receivers drop stale notifications.
    pub updated_at: EpochMillis,
    /// `ttr`.
    pub ttr: Ttr,
    /// `delay`: why and until when nobody answers.
    pub delay: Option<Delay>,
    /// `csat`, once given.
    pub csat: Option<Csat>,
    /// `manualETTR`: a deadline that an agent set by hand.
    pub manual_answer_due: Option<EpochMillis>,
}

/// A dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialog<'a> {
    /// `dialogId`.
    pub id: DialogId,
    /// `participantsDetails`: everybody who takes part in it.
    pub participants: Vec<Participant>,
    /// `dialogType`.
    pub kind: DialogType,
    /// `metaData`, such as the app that runs a survey.
    pub meta_data: Option<&'a JsonText>,
    /// `creationTs`.
    pub created_at: EpochMillis,
    /// `state` and what goes with it, once it is closed.
    pub closed: Option<ClosedDialog<'a>>,
    /// `metaDataLastUpdateTs`.
    pub updated_at: EpochMillis,
}

/// How a dialog was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedDialog<'a> {
    /// `endTs`.
    pub at: EpochMillis,
    /// `closedBy`.
    pub by: CloseReason,
    /// `closedCause`: free text.
    pub cause: Option<&'a str>,
}

/// The target for the brand's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ttr {
    /// Its name.
    #[serde(rename = "ttrType")]
    pub kind: TtrType,
    /// Seconds.
    #[serde(rename = "value")]
    pub seconds: u32,
}

/// The consumer's satisfaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Csat {
    /// 1 (worst) to 5.
    #[serde(rename = "csatRate", skip_serializing_if = "Option::is_none")]
    pub rate: Option<u8>,
    /// Whether the matter was resolved.
    #[serde(rename = "csatResolutionConfirmation", skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// How far the survey was filled in.
    pub status: CsatStatus,
}

impl Change for ConversationChange<'_> {
    const TYPE: &'static str = "cqm.ExConversationChangeNotification";
}

impl Serialize for ConversationChange<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            result: ChangeResult<'a>,
        }

        Wire { kind: "UPSERT", result: self.result() }.serialize(serializer)
    }
}

impl ConversationChange<'_> {
    /// `result` alone, for sockets: there a change also says whether it still matches the subscription.
    pub(crate) fn result(&self) -> ChangeResult<'_> {
        ChangeResult {
            conversation: self.conversation,
            answer_due: self.answer_due.unwrap_or(NOTHING_DUE),
            details: Details::of(self),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ChangeResult<'a> {
    #[serde(rename = "convId")]
    conversation: ConversationId,
    #[serde(rename = "effectiveTTR")]
    answer_due: EpochMillis,
    #[serde(rename = "conversationDetails")]
    details: Details<'a>,
}

/// The brand owes no answer. Source: spec 06 §3.1.
const NOTHING_DUE: EpochMillis = EpochMillis(-1);

const OPEN: &str = "OPEN";
const CLOSE: &str = "CLOSE";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    skill_id: SkillId,
    participants: &'a [Participant],
    dialogs: &'a [Dialog<'a>],
    brand_id: &'a AccountId,
    state: &'static str,
    stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_reason: Option<CloseReason>,
    start_ts: EpochMillis,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_ts: Option<EpochMillis>,
    meta_data_last_update_ts: EpochMillis,
    ttr: Ttr,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csat: Option<Csat>,
    #[serde(rename = "manualETTR", skip_serializing_if = "Option::is_none")]
    manual_answer_due: Option<EpochMillis>,
}

impl<'a> Details<'a> {
    fn of(change: &'a ConversationChange<'_>) -> Self {
        Self {
            skill_id: change.skill,
            participants: &change.participants,
            dialogs: &change.dialogs,
            brand_id: change.account,
            state: if change.close_reason.is_some() { CLOSE } else { OPEN },
            stage: if change.ended_at.is_some() { CLOSE } else { OPEN },
            close_reason: change.close_reason,
            start_ts: change.started_at,
            end_ts: change.ended_at,
            meta_data_last_update_ts: change.updated_at,
            ttr: change.ttr,
            delay: change.delay,
            csat: change.csat,
            manual_answer_due: change.manual_answer_due,
        }
    }
}

impl Serialize for Dialog<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            dialog_id: DialogId,
            participants_details: &'a [Participant],
            dialog_type: DialogType,
            channel_type: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            meta_data: Option<&'a JsonText>,
            state: &'static str,
            creation_ts: EpochMillis,
            #[serde(skip_serializing_if = "Option::is_none")]
            end_ts: Option<EpochMillis>,
            meta_data_last_update_ts: EpochMillis,
            #[serde(skip_serializing_if = "Option::is_none")]
            closed_by: Option<CloseReason>,
            #[serde(skip_serializing_if = "Option::is_none")]
            closed_cause: Option<&'a str>,
        }

        Wire {
            dialog_id: self.id,
            participants_details: &self.participants,
            dialog_type: self.kind,
            channel_type: "MESSAGING",
            meta_data: self.meta_data,
            state: if self.closed.is_some() { CLOSE } else { OPEN },
            creation_ts: self.created_at,
            end_ts: self.closed.map(|closed| closed.at),
            meta_data_last_update_ts: self.updated_at,
            closed_by: self.closed.map(|closed| closed.by),
            closed_cause: self.closed.and_then(|closed| closed.cause),
        }
        .serialize(serializer)
    }
}
