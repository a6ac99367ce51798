//! Records of conversations that the rules made, without a store. Source: spec 08 §2.

mod documented;
mod exporting;
mod reading;
mod surveys;
mod webhooks;

use std::sync::Arc;

use serde_json::{Value, json};
use trunkline_model::conversation::{
    Actor, AutoOffer, CloseDialog, Command, Conversation, Decision, EntryBody, FieldChange, LogEntry,
    OpenConversation, Publish, SurveyOffer, Ttr,
};
use trunkline_model::{Survey, Transcript};
use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{Audience, ParticipantRole, TtrType};
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

/// Satisfaction, resolution, free text.
const SURVEY: &str = r#"{"intro":"Three questions.","thanks":"Thank you.","question":[
    {"id":"satisfaction","text":"How satisfied are you?","kind":"csat","replies":[
        {"id":"s5","text":"Very satisfied","value":5},{"id":"s4","text":"Satisfied","value":4},
        {"id":"s1","text":"Very dissatisfied","value":1}]},
    {"id":"resolved","text":"Did we settle your matter?","kind":"fcr"},
    {"id":"wishes","text":"What could we do better?","kind":"text"}]}"#;

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

    /// The consumer closes the main dialog, and the bot asks the questions of [`SURVEY`].
    fn begin_survey(&mut self) {
        let dialog = CloseDialog { dialog: Some(DialogId::Main(id())), cause: None };
        let offer = SurveyOffer {
            survey: Arc::new(Survey::new(serde_json::from_str(SURVEY).unwrap()).unwrap()),
            bot: user(9),
            features: Some(vec!["MULTI_DIALOG".to_owned()]),
        };
        let changes = vec![FieldChange::CloseDialog(dialog)];
        self.try_run(consumer(), Command::Update { changes, metadata: None, survey: Some(offer) });
    }

    /// The consumer types an answer in the survey.
    fn types(&mut self, words: &str) {
        let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": words});
        self.says(&event.to_string(), None);
    }

    /// The consumer clicks on a reply.
    fn clicks(&mut self, question: &str, reply: &str, words: &str) {
        let event = json!({"type": "ContentEvent", "contentType": "text/plain", "message": words});
        let answer = json!([{"type": "Answer", "questionId": question, "id": reply, "provider": "AC"}]);
        self.says(&event.to_string(), Some(&answer));
    }

    fn says(&mut self, event: &str, metadata: Option<&Value>) {
        let metadata = metadata.map(|value| JsonText::normalise(&value.to_string()).unwrap());
        self.publish_with(consumer(), DialogId::survey_of(id()), event, Audience::All, metadata);
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
