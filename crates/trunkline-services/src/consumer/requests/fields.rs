//! Changes of conversations. Source: spec 24 §3.7.

use trunkline_model::Behaviour;
use trunkline_model::conversation::{Actor, CloseDialog, Csat, FieldChange, Ttr};
use trunkline_wire::agent::{
    self as wire, DialogOutcome, ErrorCode, FieldKind, FieldsUpdated, UpdateConversationField,
};
use trunkline_wire::{JsonText, ParticipantId};

use super::Refused;
use crate::auth::ActsForConsumer as _;
use crate::consumer::connection::{ConsumerConnection, Member};

/// Applies the changes, all or none.
pub(super) async fn update(
    connection: &ConsumerConnection,
    member: &Member,
    update: UpdateConversationField,
    metadata: Option<JsonText>,
) -> Result<FieldsUpdated, Refused> {
    let done = update.done();
    let id = update.conversation.id().ok_or_else(|| Refused::not_found("conversation"))?;
    let behaviour = connection.parts().conversations.behaviour(connection.account()).await?;
    let changes = update.changes.into_iter().map(|change| field_change(change, behaviour));
    let changes = changes.collect::<Result<_, _>>()?;
    let actor = Actor::Consumer(ParticipantId::Consumer(member.consumer.consumer()));
    // What the socket declared counts, if it declared anything (spec 05 §8).
    let properties = connection.properties();
    let features = properties.json.map(|_| properties.features);
    let conversations = &connection.parts().conversations;
    conversations.change(connection.account(), actor, id, changes, metadata, features).await?;
    Ok(done)
}

fn field_change(change: wire::FieldChange, behaviour: Behaviour) -> Result<FieldChange, Refused> {
    Ok(match change.kind {
        FieldKind::CloseConversation => FieldChange::CloseConversation,
        FieldKind::Dialog(DialogOutcome::Close(cause)) => {
            let dialog = change.dialog.map(|dialog| dialog.id().ok_or_else(|| Refused::not_found("dialog")));
            FieldChange::CloseDialog(CloseDialog {
                dialog: dialog.transpose()?,
                cause: cause.map(Into::into),
            })
        }
        FieldKind::Ttr(ttr) => {
            let default = behaviour.ttr(ttr.kind);
            FieldChange::Ttr(Ttr { kind: ttr.kind, seconds: ttr.seconds.unwrap_or(default.seconds) })
        }
        FieldKind::Csat(csat) => {
            FieldChange::Csat(Csat { rate: csat.rate, resolved: csat.resolved, status: csat.status })
        }
        _ => return Err(Refused::new(ErrorCode::Forbidden, "consumers may not change that field")),
    })
}
