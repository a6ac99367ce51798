//! Changing fields of a conversation.

use trunkline_model::conversation::{
    Actor, CloseDialog, Command, Conversation, Csat, FieldChange, SurveyOffer, Ttr,
};
use trunkline_model::{Behaviour, Survey};
use trunkline_wire::conversations::CsatStatus;
use trunkline_wire::conversations::TtrType;
use trunkline_wire::conversations::field::{ConversationField, UpdateConversationField};
use trunkline_wire::conversations::properties::ClientProperties;
use trunkline_wire::{AccountId, ConversationId, DialogId, JsonText, ParticipantId};

use super::{Acted, ConversationError, Conversations, NotDone};
use crate::auth::ActsForConsumer;

/// What an update did, for the text of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// It closed a dialog or the conversation.
    Closed,
    /// Anything else.
    Changed,
}

impl Conversations {
    /// Applies the changes of a consumer, all or none. The features that the client declares with the request, if it
    /// declares any, count instead of those with which the conversation was opened (spec 05 §8).
    ///
    /// # Errors
    /// [`ConversationError::Invalid`] for values out of range, [`ConversationError::Unknown`] and
    /// [`ConversationError::Closed`] as for publishing.
    pub async fn update(
        &self,
        caller: &impl ActsForConsumer,
        update: UpdateConversationField,
        metadata: Option<JsonText>,
        properties: ClientProperties,
    ) -> Result<Updated, ConversationError> {
        let fields = update.conversation_field.0;
        if fields.is_empty() {
            return Err(ConversationError::Invalid("conversationField must not be empty"));
        }
        let behaviour = self.behaviour(caller.account()).await?;
        let changes =
            fields.into_iter().map(|field| field_change(field, behaviour)).collect::<Result<Vec<_>, _>>()?;
        let closes = changes
            .iter()
            .any(|change| matches!(change, FieldChange::CloseConversation | FieldChange::CloseDialog(_)));
        let actor = Actor::Consumer(ParticipantId::Consumer(caller.consumer()));
        let features = properties.json.map(|_| properties.features);
        self.change(caller.account(), actor, update.conversation_id, changes, metadata, features).await?;
        Ok(if closes { Updated::Closed } else { Updated::Changed })
    }

    /// Applies changes of anybody, all or none. The survey of the account follows when one of them closes the main dialog.
    pub(crate) async fn change(
        &self,
        account: &AccountId,
        actor: Actor,
        id: ConversationId,
        changes: Vec<FieldChange>,
        metadata: Option<JsonText>,
        features: Option<Vec<String>>,
    ) -> Result<Acted, NotDone> {
        let may_close_main = |change: &FieldChange| match change {
            FieldChange::CloseDialog(close) => close.dialog.is_none_or(|dialog| dialog == DialogId::Main(id)),
            _ => false,
        };
        let survey = if changes.iter().any(may_close_main) {
            self.settings.of(account).await?.survey.clone()
        } else {
            None
        };
        let declared = features.clone().unwrap_or_default();
        let survey = survey.map(|survey| SurveyOffer { survey, bot: Survey::bot_of(account), features });
        self.act_for(account, actor, id, Command::Update { changes, metadata, survey }, &declared).await
    }
}

fn field_change(field: ConversationField, behaviour: Behaviour) -> Result<FieldChange, ConversationError> {
    match field {
        ConversationField::ConversationStateField { .. } | ConversationField::Stage { .. } => {
            Ok(FieldChange::CloseConversation)
        }
        ConversationField::DialogChange { dialog, .. } => {
            let cause = dialog.closed_cause;
            if cause.as_ref().is_some_and(|cause| cause.chars().count() > Conversation::MAX_CAUSE_CHARACTERS)
            {
                return Err(ConversationError::Invalid("closedCause is too long"));
            }
            Ok(FieldChange::CloseDialog(CloseDialog { dialog: Some(dialog.dialog_id), cause }))
        }
        ConversationField::CSATRate { csat_rate, csat_resolution_confirmation, status } => {
            let status = status.unwrap_or(CsatStatus::Filled);
            let rate = match csat_rate {
                None => None,
                Some(rate @ 1..=5) => u8::try_from(rate).ok(),
                Some(_) => return Err(ConversationError::Invalid("csatRate must be 1 to 5")),
            };
            if rate.is_none() && csat_resolution_confirmation.is_none() && status != CsatStatus::Skipped {
                return Err(ConversationError::Invalid("csatRate is missing"));
            }
            Ok(FieldChange::Csat(Csat { rate, resolved: csat_resolution_confirmation, status }))
        }
        ConversationField::TTRField { ttr_type, value } => match (ttr_type, value) {
            (TtrType::Custom, None) => Err(ConversationError::Invalid("a CUSTOM target needs a value")),
            (kind, None) => Ok(FieldChange::Ttr(behaviour.ttr(kind))),
            (kind, Some(value)) => u32::try_from(value)
                .map(|seconds| FieldChange::Ttr(Ttr { kind, seconds }))
                .map_err(|_| ConversationError::Invalid("value must be a number of seconds from 0")),
        },
    }
}
