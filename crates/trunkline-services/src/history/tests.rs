//! Records of conversations that the rules made, without a store. Source: spec 08 §2.

mod documented;
mod exporting;
mod reading;
mod webhooks;

use std::sync::Arc;

use serde_json::Value;
use trunkline_model::Transcript;
use trunkline_model::conversation::{
    Actor, AutoOffer, Command, Conversation, Decision, DialogState, EntryBody, FieldChange, LogEntry,
    OpenConversation, Participant, Publish, Ttr,
};
use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{
    Audience, CloseReason, DialogType, ParticipantRole, ParticipantState, TtrType,
};
use trunkline_wire::history::Contents;
use trunkline_wire::json::JsValue;
use trunkline_wire::{
    AccountId, AgentId, AppInstallationId, ConsumerId, ConversationId, DialogId, EpochMillis,
    ExternalConsumerId, JsonText, ParticipantId, SkillId,
};
use uuid::Uuid;

use super::Style;
use super::names::Names;
use super::record::Source;

const START: EpochMillis = EpochMillis(1_700_000_000_000);

fn id() -> ConversationId {
    ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap()
}

fn consumer_id() -> ConsumerId {
    ConsumerId::parse("51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0").unwrap()
}

fn consumer() -> Actor {
    Actor::Consumer(ParticipantId::Consumer(consumer_id()))
}

fn user(number: u128) -> AgentId {
    AgentId::from_uuid(Uuid::from_u128(number))
}

fn agent(number: u128) -> Actor {
    Actor::Agent { id: user(number), manager: number > 3 }
}

/// Everything a record can have.
fn everything() -> Contents {
    let names = r#"["campaign","messageRecords","agentParticipants","agentParticipantsActive","agentParticipantsLeave","consumerParticipants","transfers","interactions","messageScores","messageStatuses","conversationSurveys","summary","sdes","dialogs","responseTime","skillChanges"]"#;
    serde_json::from_str(names).unwrap()
}

/// A conversation whose log grows by commands.
struct Talk {
    log: Vec<LogEntry>,
    state: Conversation,
    now: EpochMillis,
    /// What the platform says by itself.
    words: Option<AutoOffer>,
}

impl Talk {
    fn begin() -> Self {
        Self::begin_with(Vec::new())
    }

    /// Opened by a client with these features.
    fn begin_with(features: Vec<String>) -> Self {
        let change = OpenConversation {
            account: AccountId::parse("10020030").unwrap(),
            consumer: consumer_id(),
            external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
            app: Some(AppInstallationId::from_uuid(Uuid::from_u128(1))),
            skill: SkillId::UNASSIGNED,
            ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
            campaign: None,
            context: None,
            client_properties: None,
            features,
        }
        .decide(id(), START);
        let state = Conversation::clone(change.entries[0].state.as_ref().unwrap());
        Self { log: change.entries, state, now: START, words: None }
    }

    fn wait(&mut self, millis: i64) {
        self.now = EpochMillis(self.now.0 + millis);
    }

    /// Carries a command out if the rules allow it.
    fn try_run(&mut self, actor: Actor, command: Command) {
        if let Ok(Decision::Append { change, .. }) =
            self.state.decide_saying(self.words.as_ref(), actor, command, self.now)
        {
            for entry in change.entries {
                self.push(entry);
            }
        }
    }

    fn push(&mut self, entry: LogEntry) {
        self.state.apply(&entry);
        self.log.push(entry);
    }

    fn change(&mut self, actor: Actor, change: FieldChange) {
        self.try_run(actor, Command::Update { changes: vec![change], metadata: None, survey: None });
    }

    fn publish(&mut self, actor: Actor, dialog: DialogId, event: &str, audience: Audience) {
        let metadata = Some(JsonText::normalise(r#"[{"type":"ExternalId","id":"1"}]"#).unwrap());
        let metadata = metadata.filter(|_| self.state.version.is_multiple_of(3));
        self.publish_with(actor, dialog, event, audience, metadata);
    }

    fn publish_with(
        &mut self,
        actor: Actor,
        dialog: DialogId,
        event: &str,
        audience: Audience,
        metadata: Option<JsonText>,
    ) {
        let event = Event::from_js(JsValue::parse(event).unwrap()).unwrap();
        let publish =
            Publish { dialog, conversation: None, event, metadata, encoded_metadata: None, audience };
        self.try_run(actor, Command::Publish(publish));
    }

    /// What happens when a survey follows on the main dialog: that is closed, and a bot asks in another.
    fn begin_survey(&mut self) {
        if !self.state.is_open() || self.state.dialogs.len() > 1 {
            return;
        }
        let at = EpochMillis(self.now.0.max(self.state.updated_at.0 + 1));
        let mut next = self.state.clone();
        next.dialogs[0].state = DialogState::Closed { at, by: CloseReason::Consumer, cause: None };
        let bot = Participant {
            id: ParticipantId::Agent(user(9)),
            role: ParticipantRole::Agent,
            state: ParticipantState::Active,
        };
        let mut survey = self.state.dialogs[0].clone();
        survey.id = DialogId::survey_of(id());
        survey.kind = DialogType::PostSurvey;
        survey.participants = vec![survey.participants[0], bot];
        (survey.created_at, survey.updated_at, survey.next_sequence) = (at, at, 0);
        next.dialogs.push(survey);
        next.participants.push(bot);
        (next.answer_due, next.updated_at, next.version) = (None, at, next.version + 1);
        let body = EntryBody::Changed { by: consumer().participant(), metadata: None };
        self.push(LogEntry { version: next.version, at: self.now, body, state: Some(Arc::new(next)) });
    }

    /// The record of everything, written by somebody who knows no user by name.
    fn record(&self) -> Value {
        let transcript = Transcript::of(self.log.clone()).unwrap();
        let source = Source {
            transcript: &transcript,
            names: &Names::default(),
            profile: None,
            is_first: true,
            is_partial: false,
            now: self.now,
            style: Style::default(),
        };
        serde_json::to_value(source.record(&everything())).unwrap()
    }
}
