//! Opening a conversation.

use std::sync::Arc;

use trunkline_wire::conversations::{DialogType, ParticipantRole, ParticipantState};
use trunkline_wire::{
    AccountId, AgentId, AppInstallationId, ConsumerId, ConversationId, DialogId, EpochMillis,
    ExternalConsumerId, JsonText, ParticipantId, SkillId,
};

use super::{
    Automatic, CampaignInfo, Conversation, ConversationChange, Dialog, DialogState, EntryBody, LogEntry,
    Participant, PrivateSequences, Stage, Ttr,
};

/// What is asked for with `cm.ConsumerRequestConversation` or `AgentRequestConversation`, checked. Source: spec 05 §3.1,
/// 21 §7.6.
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
    /// The change that opens the conversation for its consumer under this id. The brand owes an answer at once.
    pub fn decide(self, id: ConversationId, now: EpochMillis) -> ConversationChange {
        let by = ParticipantId::Consumer(self.consumer);
        let answer_due = Some(now.plus(self.ttr.span()));
        let automatic = Automatic::begin(&self.features);
        self.opened(id, now, by, answer_due, automatic, vec![active(by, ParticipantRole::Consumer)])
    }

    /// The same for a conversation that is offered to nobody before the consumer's first message. Source: spec 21 §9.
    pub fn decide_silent(self, id: ConversationId, now: EpochMillis) -> ConversationChange {
        let mut change = self.decide(id, now);
        let states = change.entries.iter_mut().filter_map(|entry| entry.state.as_mut());
        states.for_each(|state| Arc::make_mut(state).is_silent = true);
        change
    }

    /// The change that opens the conversation for an agent who wants to speak to the consumer: he is assigned from the
    /// start, nobody is rung, and no answer is owed. Source: spec 21 §7.6.
    pub fn decide_for_agent(
        self,
        agent: AgentId,
        id: ConversationId,
        now: EpochMillis,
    ) -> ConversationChange {
        let (consumer, by) = (ParticipantId::Consumer(self.consumer), ParticipantId::Agent(agent));
        let participants =
            vec![active(consumer, ParticipantRole::Consumer), active(by, ParticipantRole::AssignedAgent)];
        // The platform speaks to consumers who come with a question, and says nothing before their first message.
        self.opened(id, now, by, None, Automatic::Off, participants)
    }

    fn opened(
        self,
        id: ConversationId,
        now: EpochMillis,
        by: ParticipantId,
        answer_due: Option<EpochMillis>,
        automatic: Automatic,
        participants: Vec<Participant>,
    ) -> ConversationChange {
        let state = Conversation {
            id,
            account: self.account.clone(),
            version: 1,
            consumer: self.consumer,
            external_consumer: Some(self.external_consumer),
            app: self.app,
            skill: self.skill,
            ttr: self.ttr,
            answer_due,
            participants: participants.clone(),
            dialogs: vec![Dialog {
                id: DialogId::Main(id),
                kind: DialogType::Main,
                participants,
                state: DialogState::Open,
                created_at: now,
                updated_at: now,
                next_sequence: 0,
                meta_data: None,
                private: PrivateSequences::default(),
            }],
            stage: Stage::Open,
            started_at: now,
            updated_at: now,
            csat: None,
            campaign: self.campaign,
            context: self.context,
            client_properties: self.client_properties,
            features: self.features,
            unassigned_at: None,
            is_silent: false,
            automatic,
            proposed_at: None,
            event_at: None,
            manual_answer_due: None,
            note: None,
            topic: None,
            delay: None,
            survey: None,
            erased_at: None,
        };
        let body = EntryBody::Changed { by: Some(by), metadata: None };
        ConversationChange {
            account: self.account,
            conversation: id,
            consumer: self.consumer,
            expected_version: 0,
            entries: vec![LogEntry { version: 1, at: now, body, state: Some(Arc::new(state)) }],
            tally: None,
        }
    }
}

const fn active(id: ParticipantId, role: ParticipantRole) -> Participant {
    Participant { id, role, state: ParticipantState::Active }
}
