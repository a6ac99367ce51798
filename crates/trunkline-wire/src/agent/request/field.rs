//! `UpdateConversationField`: changes that apply in order, all or none. Source: spec 21 §7.4, 24 §3.7.

use super::participant::{ParticipantChange, ParticipantsChange};
use crate::agent::body::{Body, Broken};
use crate::agent::{Delay, DelayKind, FieldsUpdated, Reference};
use crate::conversations::{CsatStatus, TtrType};
use crate::json::JsValue;
use crate::{ConversationId, DialogId, EpochMillis, SkillId};

/// The most changes of one request; a transfer has three.
const MAX_CHANGES: usize = 32;
/// The longest `closedCause`, in characters, as for connectors.
const MAX_CAUSE: usize = 1024;
/// The longest note, in characters: it is part of the state that is rewritten with a conversation.
const MAX_NOTE: usize = 2000;
/// The longest topic, in characters.
const MAX_TOPIC: usize = 256;

/// `UpdateConversationField`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateConversationField {
    /// The conversation.
    pub conversation: Reference<ConversationId>,
    /// The changes, at least one.
    pub changes: Vec<FieldChange>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The dialog it is about, from the change or from the request; `None` for the open one, else the main one.
    pub dialog: Option<Reference<DialogId>>,
    /// What changes.
    pub kind: FieldKind,
}

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// `ParticipantsChange`.
    Participants(ParticipantsChange),
    /// `Skill`.
    Skill(SkillId),
    /// `ConversationStateField` and `Stage` with `CLOSE`: the conversation and every dialog, without a survey.
    CloseConversation,
    /// `DialogChange` with `UPDATE`.
    Dialog(DialogOutcome),
    /// `TTRField`.
    Ttr(TtrChange),
    /// `ManualETTR`: when an answer is due; `None` clears it.
    ManualAnswerDue(Option<EpochMillis>),
    /// `CSATRate`, by the consumer.
    Csat(CsatChange),
    /// `Note`.
    Note(Box<str>),
    /// `TopicField`.
    Topic(Box<str>),
    /// `DelayField`.
    Delay(Delay),
}

/// What becomes of a dialog. `closedBy` of a client is ignored: it follows from who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogOutcome {
    /// It is closed, for this reason in words; a survey may follow.
    Close(Option<Box<str>>),
    /// It stays as it is and keeps the request's `metadata`.
    AttachMetadata,
}

/// `TTRField`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TtrChange {
    /// The name of the target.
    pub kind: TtrType,
    /// Seconds; `None` for the account's default of that name. `CUSTOM` has some.
    pub seconds: Option<u32>,
}

/// `CSATRate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsatChange {
    /// 1 (worst) to 5.
    pub rate: Option<u8>,
    /// Whether the matter was resolved.
    pub resolved: Option<bool>,
    /// How far the survey was filled in.
    pub status: CsatStatus,
}

impl UpdateConversationField {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let conversation = body.required("conversationId")?;
        let dialog = body.reference("dialogId")?;
        let list = body.list("conversationField").unwrap_or_default();
        if list.is_empty() {
            return Err(Broken::new("conversationField is missing"));
        }
        if list.len() > MAX_CHANGES {
            return Err(Broken::new("conversationField holds too many changes"));
        }
        let changes = list.iter().map(|change| FieldChange::read(change, dialog));
        Ok(Self { conversation, changes: changes.collect::<Result<_, _>>()? })
    }

    /// What the answer says once everything is done. A transfer says that the agent was removed, whatever the order of its
    /// parts (spec 21 §7.5).
    pub fn done(&self) -> FieldsUpdated {
        self.changes.iter().map(|change| change.kind.done()).max().unwrap_or(FieldsUpdated::Changed)
    }
}

impl FieldKind {
    fn done(&self) -> FieldsUpdated {
        match self {
            Self::CloseConversation | Self::Dialog(DialogOutcome::Close(_)) => FieldsUpdated::Closed,
            Self::Participants(participants) => match participants.change {
                ParticipantChange::Add => FieldsUpdated::AgentAdded,
                ParticipantChange::Remove => FieldsUpdated::AgentRemoved,
                ParticipantChange::Suggest => FieldsUpdated::Changed,
            },
            _ => FieldsUpdated::Changed,
        }
    }
}

impl FieldChange {
    fn read(change: &JsValue, dialog: Option<Reference<DialogId>>) -> Result<Self, Broken> {
        let JsValue::Object(members) = change else {
            return Err(Broken::new("conversationField must be an object or an array of objects"));
        };
        let change = Body(members.clone());
        let own = change.reference("dialogId")?;
        let kind = match change.get("field").and_then(JsValue::as_text) {
            Some("ParticipantsChange") => FieldKind::Participants(ParticipantsChange::read(&change)?),
            Some("Skill") => skill(&change)?,
            Some("ConversationStateField" | "Stage") => close(&change)?,
            Some("DialogChange") => return dialog_change(&change, own.or(dialog)),
            Some("TTRField") => ttr(&change)?,
            Some("ManualETTR") => FieldKind::ManualAnswerDue(change.whole("time")?.map(EpochMillis)),
            Some("CSATRate") => csat(&change)?,
            Some("Note") => FieldKind::Note(change.text("note", MAX_NOTE)?.unwrap_or_default().into()),
            Some("TopicField") => topic(&change)?,
            Some("DelayField") => delay(&change)?,
            Some(_) => return Err(Broken::new("field of conversationField is not known")),
            None => return Err(Broken::new("field of conversationField is missing")),
        };
        Ok(Self { dialog: own.or(dialog), kind })
    }
}

fn skill(change: &Body) -> Result<FieldKind, Broken> {
    if !matches!(change.text("type", 16)?, None | Some("UPDATE")) {
        return Err(Broken::new("type of Skill must be UPDATE"));
    }
    let skill = match change.skill("skill")? {
        Some(skill) => Some(skill),
        None => change.skill("skillId")?,
    };
    skill.map(FieldKind::Skill).ok_or_else(|| Broken::new("skill is missing"))
}

fn close(change: &Body) -> Result<FieldKind, Broken> {
    match change.text("conversationState", 16)? {
        Some("CLOSE") => Ok(FieldKind::CloseConversation),
        _ => Err(Broken::new("conversationState must be CLOSE")),
    }
}

fn dialog_change(change: &Body, dialog: Option<Reference<DialogId>>) -> Result<FieldChange, Broken> {
    match change.text("type", 16)? {
        None | Some("UPDATE") => {}
        Some("CREATE") => return Err(Broken::new("DialogChange cannot CREATE a dialog")),
        Some(_) => return Err(Broken::new("type of DialogChange must be UPDATE")),
    }
    let Some(JsValue::Object(members)) = change.get("dialog") else {
        return Err(Broken::new("dialog of DialogChange must be an object"));
    };
    let target = Body(members.clone());
    let outcome = match target.text("state", 16)? {
        Some("CLOSE") => DialogOutcome::Close(target.text("closedCause", MAX_CAUSE)?.map(Into::into)),
        None => DialogOutcome::AttachMetadata,
        Some(_) => return Err(Broken::new("state of a dialog can only be set to CLOSE")),
    };
    let dialog = target.reference("dialogId")?.or(dialog);
    Ok(FieldChange { dialog, kind: FieldKind::Dialog(outcome) })
}

fn ttr(change: &Body) -> Result<FieldKind, Broken> {
    let kind = change.word("ttrType", TtrType::parse)?.ok_or_else(|| Broken::new("ttrType is missing"))?;
    let seconds = match change.whole("value")? {
        None if kind == TtrType::Custom => return Err(Broken::new("the ttrType CUSTOM needs a value")),
        None => None,
        Some(value) => {
            Some(u32::try_from(value).map_err(|_| Broken::new("value must be a number of seconds from 0"))?)
        }
    };
    Ok(FieldKind::Ttr(TtrChange { kind, seconds }))
}

fn csat(change: &Body) -> Result<FieldKind, Broken> {
    let rate = match change.whole("csatRate")? {
        None => None,
        Some(rate @ 1..=5) => u8::try_from(rate).ok(),
        Some(_) => return Err(Broken::new("csatRate must be 1 to 5")),
    };
    let resolved = match change.get("csatResolutionConfirmation") {
        None => None,
        Some(JsValue::Bool(resolved)) => Some(*resolved),
        Some(_) => return Err(Broken::new("csatResolutionConfirmation must be true or false")),
    };
    let status = change.word("status", CsatStatus::parse)?.unwrap_or(CsatStatus::Filled);
    if rate.is_none() && resolved.is_none() && status != CsatStatus::Skipped {
        return Err(Broken::new("csatRate is missing"));
    }
    Ok(FieldKind::Csat(CsatChange { rate, resolved, status }))
}

/// One client puts the topic into `note` (spec 21 §7.4).
fn topic(change: &Body) -> Result<FieldKind, Broken> {
    let topic = match change.text("topic", MAX_TOPIC)? {
        Some(topic) => Some(topic),
        None => change.text("note", MAX_TOPIC)?,
    };
    topic.map(|topic| FieldKind::Topic(topic.into())).ok_or_else(|| Broken::new("topic is missing"))
}

fn delay(change: &Body) -> Result<FieldKind, Broken> {
    let kind =
        change.word("type", DelayKind::parse)?.ok_or_else(|| Broken::new("type of DelayField is missing"))?;
    let until = change.whole("tillWhen")?.ok_or_else(|| Broken::new("tillWhen is missing"))?;
    Ok(FieldKind::Delay(Delay { kind, until: EpochMillis(until) }))
}
