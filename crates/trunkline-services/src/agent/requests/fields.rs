//! Changes of conversations. Source: spec 21 §7.4, §7.5.

use trunkline_model::Survey;
use trunkline_model::conversation::{CloseDialog, Csat, Delay, FieldChange, Membership, Ttr};
use trunkline_wire::agent::{
    self as wire, DialogOutcome, ErrorCode, FieldKind, FieldsUpdated, ParticipantChange, Reference,
    UpdateConversationField,
};
use trunkline_wire::{ConversationId, DialogId, JsonText, SkillId};

use super::Refused;
use crate::agent::account;
use crate::agent::connection::AgentConnection;

/// Applies the changes, all or none.
pub(super) async fn update(
    connection: &AgentConnection,
    update: UpdateConversationField,
    metadata: Option<JsonText>,
) -> Result<FieldsUpdated, Refused> {
    let done = update.done();
    let id = update.conversation.id().ok_or_else(|| Refused::not_found("conversation"))?;
    check_suggestions(connection, id, &update.changes).await?;
    let mut changes = Vec::with_capacity(update.changes.len());
    for change in update.changes {
        changes.push(field_change(connection, change).await?);
    }
    let caller = &connection.caller;
    let conversations = &connection.parts.conversations;
    conversations.change(&caller.account, caller.actor(), id, changes, metadata, None).await?;
    Ok(done)
}

/// Whoever is proposed must be there and able to answer. Source: spec 21 §7.5.
async fn check_suggestions(
    connection: &AgentConnection,
    id: ConversationId,
    changes: &[wire::FieldChange],
) -> Result<(), Refused> {
    for change in changes {
        if let FieldKind::Participants(wire::ParticipantsChange {
            change: ParticipantChange::Suggest,
            user: Some(suggested),
            ..
        }) = &change.kind
        {
            check_suggestion(connection, id, changes, suggested).await?;
        }
    }
    Ok(())
}

async fn check_suggestion(
    connection: &AgentConnection,
    id: ConversationId,
    changes: &[wire::FieldChange],
    suggested: &wire::UserRef,
) -> Result<(), Refused> {
    let agent = super::active_user(connection, suggested).await?;
    let named = changes.iter().find_map(|change| match change.kind {
        FieldKind::Skill(skill) => Some(skill),
        _ => None,
    });
    let skill: SkillId = if let Some(skill) = named {
        skill
    } else {
        let state = connection.parts.storage.conversation(&connection.caller.account, id).await?;
        state.ok_or_else(|| Refused::not_found("conversation"))?.skill
    };
    let may = connection.ask(|reply| account::Command::MaySuggest { agent, skill, reply }).await;
    if may.ok_or_else(Refused::unavailable)? {
        Ok(())
    } else {
        Err(Refused::new(ErrorCode::BadRequest, "the agent does not take conversations of this skill now"))
    }
}

async fn field_change(
    connection: &AgentConnection,
    change: wire::FieldChange,
) -> Result<FieldChange, Refused> {
    let dialog = dialog(change.dialog)?;
    Ok(match change.kind {
        FieldKind::Participants(participants) => {
            let agent = match &participants.user {
                None => connection.caller.pid,
                Some(who) if is_survey_bot(connection, who, participants.change) => {
                    Survey::bot_of(&connection.caller.account)
                }
                Some(who) if participants.change == ParticipantChange::Remove => {
                    super::user(connection, who).await?
                }
                Some(who) => super::active_user(connection, who).await?,
            };
            participant_change(participants.change, Membership { agent, role: participants.role, dialog })
        }
        FieldKind::Skill(skill) => FieldChange::Skill(skill),
        FieldKind::CloseConversation => FieldChange::CloseConversation,
        FieldKind::Dialog(outcome) => match outcome {
            DialogOutcome::Close(cause) => {
                FieldChange::CloseDialog(CloseDialog { dialog, cause: cause.map(Into::into) })
            }
            DialogOutcome::AttachMetadata => FieldChange::AttachMetadata(dialog),
        },
        FieldKind::Ttr(ttr) => {
            let behaviour = connection.parts.conversations.behaviour(&connection.caller.account).await?;
            let default = behaviour.ttr(ttr.kind);
            FieldChange::Ttr(Ttr { kind: ttr.kind, seconds: ttr.seconds.unwrap_or(default.seconds) })
        }
        FieldKind::ManualAnswerDue(at) => FieldChange::ManualAnswerDue(at),
        FieldKind::Csat(csat) => {
            FieldChange::Csat(Csat { rate: csat.rate, resolved: csat.resolved, status: csat.status })
        }
        FieldKind::Note(note) => FieldChange::Note(note.into()),
        FieldKind::Topic(topic) => FieldChange::Topic(topic.into()),
        FieldKind::Delay(delay) => {
            let is_set = delay.until.0 > 0;
            FieldChange::Delay(is_set.then_some(Delay { kind: delay.kind, until: delay.until }))
        }
        _ => return Err(Refused::new(ErrorCode::BadRequest, "the field is unknown")),
    })
}

/// The bot of surveys is no user, but may be sent away like one.
fn is_survey_bot(connection: &AgentConnection, who: &wire::UserRef, change: ParticipantChange) -> bool {
    let bot = Survey::bot_of(&connection.caller.account);
    change == ParticipantChange::Remove && matches!(who, wire::UserRef::Pid(pid) if *pid == bot)
}

fn participant_change(change: ParticipantChange, membership: Membership) -> FieldChange {
    let Membership { agent, dialog, .. } = membership;
    match change {
        ParticipantChange::Add => FieldChange::Join(membership),
        ParticipantChange::Remove => FieldChange::Leave(membership),
        ParticipantChange::Suggest => FieldChange::Suggest { agent, dialog },
    }
}

fn dialog(reference: Option<Reference<DialogId>>) -> Result<Option<DialogId>, Refused> {
    match reference {
        None => Ok(None),
        Some(reference) => reference.id().map(Some).ok_or_else(|| Refused::not_found("dialog")),
    }
}
