//! Opening a conversation.

use std::sync::Arc;

use trunkline_wire::conversations::{DialogType, ParticipantRole, ParticipantState};
use trunkline_wire::{
    AccountId, AppInstallationId, ConsumerId, ConversationId, DialogId, EpochMillis, ExternalConsumerId,
    JsonText, ParticipantId, SkillId,
};

use super::{
    CampaignInfo, Conversation, ConversationChange, Dialog, DialogState, EntryBody, LogEntry, Participant,
    Stage, Ttr,
};

/// What a consumer asks for with `cm.ConsumerRequestConversation`, checked. Source: spec 05 §3.1.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenConversation {
    /// The account.
    pub account: AccountId,
    /// The consumer.
    pub consumer: ConsumerId,
    /// The connector's name for the consumer.
    pub external_consumer: ExternalConsumerId,
    /// The app installation that asks.
    pub app: Option<AppInstallationId>,
    /// The skill that should answer.
    pub skill: SkillId,
    /// How soon.
    pub ttr: Ttr,
    /// Where it came from.
    pub campaign: Option<CampaignInfo>,
    /// `conversationContext`.
    pub context: Option<JsonText>,
    /// `Client-Properties`.
    pub client_properties: Option<JsonText>,
    /// Their features.
    pub features: Vec<String>,
}

impl OpenConversation {
    /// The change that opens the conversation under this id.
    pub fn decide(self, id: ConversationId, now: EpochMillis) -> ConversationChange {
        let consumer = ParticipantId::Consumer(self.consumer);
        let participant =
            Participant { id: consumer, role: ParticipantRole::Consumer, state: ParticipantState::Active };
        let state = Conversation {
            id,
            account: self.account.clone(),
            version: 1,
            consumer: self.consumer,
            external_consumer: self.external_consumer,
            app: self.app,
            skill: self.skill,
            ttr: self.ttr,
            answer_due: Some(now.plus(self.ttr.span())),
            participants: vec![participant],
            dialogs: vec![Dialog {
                id: DialogId::Main(id),
                kind: DialogType::Main,
                participants: vec![participant],
                state: DialogState::Open,
                created_at: now,
                updated_at: now,
                next_sequence: 0,
                meta_data: None,
            }],
            stage: Stage::Open,
            started_at: now,
            updated_at: now,
            csat: None,
            campaign: self.campaign,
            context: self.context,
            client_properties: self.client_properties,
            features: self.features,
        };
        let body = EntryBody::Changed { by: Some(consumer), metadata: None };
        ConversationChange {
            account: self.account,
            conversation: id,
            consumer: self.consumer,
            expected_version: 0,
            entries: vec![LogEntry { version: 1, at: now, body, state: Some(Arc::new(state)) }],
        }
    }
}
