use std::sync::Arc;

use trunkline_model::LogPosition;
use trunkline_model::conversation::{
    Conversation, Csat, Dialog, DialogState, OpenConversation, Participant as Member, Stage, Ttr,
};
use trunkline_wire::conversations::{
    CloseReason, CsatStatus, DialogType, ParticipantRole, ParticipantState, TtrType,
};
use trunkline_wire::{
    AccountId, AgentId, ConsumerId, DialogId, ExternalConsumerId, JsonText, ParticipantId, SkillId,
};

use super::*;

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../../trunkline-wire/testdata/notifications/", $name, ".json"))
    };
}

const START: EpochMillis = EpochMillis(1_700_000_000_000);
const END: EpochMillis = EpochMillis(1_700_000_900_000);

fn conversation() -> ConversationId {
    ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap()
}

fn consumer() -> ConsumerId {
    ConsumerId::parse("51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0").unwrap()
}

fn person(id: &str, role: ParticipantRole) -> Member {
    Member { id: ParticipantId::Agent(AgentId::parse(id).unwrap()), role, state: ParticipantState::Active }
}

fn agent() -> Member {
    person("6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36", ParticipantRole::AssignedAgent)
}

fn json(text: &str) -> JsonText {
    JsonText::normalise(text).unwrap()
}

fn tail(version: u64, at: i64, body: EntryBody, state: Option<Arc<Conversation>>) -> TailEntry {
    TailEntry {
        position: LogPosition(version),
        previous: LogPosition::START,
        account: AccountId::parse("10020030").unwrap(),
        conversation: conversation(),
        consumer: consumer(),
        entry: LogEntry { version, at: EpochMillis(at), body, state },
    }
}

mod messages {
    use super::*;

    fn from_agent(sequence: u64, kind: EventKind, event: &str) -> MessageEvent {
        MessageEvent {
            dialog: DialogId::Main(conversation()),
            sequence,
            originator: agent().id,
            role: ParticipantRole::AssignedAgent,
            kind,
            event: json(event),
            audience: Audience::All,
            metadata: None,
            encoded_metadata: None,
            public: None,
        }
    }

    fn entry(at: i64, event: MessageEvent) -> TailEntry {
        tail(3, at, EntryBody::Event(event), None)
    }

    const TEXT: &str = r#"{"type":"ContentEvent","message":"We close at eight.","contentType":"text/plain"}"#;

    #[test]
    fn text() {
        let entry = entry(1_700_000_020_456, from_agent(2, EventKind::Content, TEXT));
        assert_eq!(event_of(&entry.entry), WebhookEvent::Content);
        assert_eq!(body(&entry), example!("text"));
    }

    #[test]
    fn rich_content_with_metadata() {
        let event = from_agent(
            6,
            EventKind::RichContent,
            r#"{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"Blue kettle"},{"type":"button","title":"Buy","click":{"metadata":[{"type":"ExternalId","id":"buy-1"}],"actions":[{"type":"link","name":"Buy","uri":"https://shop.example.org/1"}]}}]}}"#,
        );
        let metadata = Some(json(r#"[{"type":"ExternalId","id":"card-7"}]"#));
        let entry = entry(1_700_000_070_000, MessageEvent { metadata, ..event });
        assert_eq!(event_of(&entry.entry), WebhookEvent::RichContent);
        assert_eq!(body(&entry), example!("rich_content"));
    }

    #[test]
    fn receipts_say_nothing_of_an_audience() {
        let event = r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}"#;
        let entry = entry(1_700_000_010_123, from_agent(1, EventKind::AcceptStatus, event));
        assert_eq!(event_of(&entry.entry), WebhookEvent::AcceptStatus);
        assert_eq!(body(&entry), example!("accept_status"));
    }

    #[test]
    fn chat_states_have_neither_number_nor_time() {
        let event = r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#;
        let state = ChatState {
            account: AccountId::parse("10020030").unwrap(),
            conversation: conversation(),
            after: 3,
            at: EpochMillis(1_700_000_080_001),
            event: from_agent(7, EventKind::ChatState, event),
        };
        assert_eq!(chat_state_body(&state), example!("chat_state"));
        assert_eq!(chat_state_message_id(&state), "msg_b0d7f5a27c1e4f9b8a332e6c1d9f0a57_3_1700000080001");
    }

    #[test]
    fn a_consumers_text_in_a_survey_names_its_dialog() {
        let event = MessageEvent {
            dialog: DialogId::parse("Qk3vT0aPRy6n1sHfLw2d9g").unwrap(),
            originator: ParticipantId::Consumer(consumer()),
            role: ParticipantRole::Consumer,
            ..from_agent(0, EventKind::Content, TEXT)
        };
        let body = body(&entry(1_700_000_910_000, event));
        let consumer = consumer();
        assert!(body.contains(&format!(
            r#"[{{"sequence":0,"originatorId":"{consumer}","originatorMetadata":{{"id":"{consumer}","role":"CONSUMER"}},"serverTimestamp":1700000910000,"#
        )));
        assert!(body.contains(
            r#""conversationId":"b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57","dialogId":"Qk3vT0aPRy6n1sHfLw2d9g""#
        ));
    }

    #[test]
    fn what_agents_tell_each_other_is_not_for_connectors() {
        let all = entry(1, from_agent(0, EventKind::Content, TEXT));
        assert!(is_for_connectors(&all.entry));
        let audience = Audience::AgentsAndManagers;
        let private = entry(1, MessageEvent { audience, ..from_agent(0, EventKind::Content, TEXT) });
        assert!(!is_for_connectors(&private.entry));
        assert!(body(&private).contains(r#""messageAudience":"AGENTS_AND_MANAGERS""#));
    }

    #[test]
    fn receipts_come_without_the_numbers_of_private_messages() {
        let list = |list| format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":{list}}}"#);
        let public = Some(json(&list("[0]")));
        let receipt = from_agent(2, EventKind::AcceptStatus, &list("[0,1]"));
        let entry = entry(1, MessageEvent { public, ..receipt });
        assert!(body(&entry).contains(r#""sequenceList":[0]}"#));
        assert!(full_body(&entry).contains(r#""sequenceList":[0,1]}"#));
    }

    #[test]
    fn message_ids_name_conversation_and_version() {
        assert_eq!(message_id(conversation(), 12), "msg_b0d7f5a27c1e4f9b8a332e6c1d9f0a57_12");
    }
}

mod conversations {
    use super::*;

    /// The conversation of the examples, just opened.
    fn opened() -> Conversation {
        let change = OpenConversation {
            account: AccountId::parse("10020030").unwrap(),
            consumer: consumer(),
            external_consumer: ExternalConsumerId::parse("crm-4711").unwrap(),
            app: None,
            skill: SkillId::UNASSIGNED,
            ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
            campaign: None,
            context: Some(json(r#"{"type":"SharkContext"}"#)),
            client_properties: None,
            features: Vec::new(),
        }
        .decide(conversation(), START);
        let state = change.entries[0].state.as_deref().unwrap();
        // The captured deadline lies 3 ms after the time of the entry plus the target.
        Conversation { answer_due: Some(EpochMillis(1_700_000_600_003)), ..state.clone() }
    }

    fn close(dialog: &mut Dialog, by: CloseReason, cause: Option<&str>) {
        dialog.state = DialogState::Closed { at: END, by, cause: cause.map(str::to_owned) };
        dialog.updated_at = END;
    }

    fn with_agent() -> Conversation {
        let mut state = opened();
        state.participants.push(agent());
        state.dialogs[0].participants.push(agent());
        state
    }

    fn closed_by(reason: CloseReason) -> Conversation {
        let mut state = with_agent();
        close(&mut state.dialogs[0], reason, None);
        state.skill = SkillId::from_number(5300).unwrap();
        state.answer_due = None;
        state.stage = Stage::Closed { at: END, reason };
        state.updated_at = END;
        state
    }

    fn body_of(state: Conversation) -> String {
        let changed = EntryBody::Changed { by: None, metadata: Some(json(r#"[{"type":"ExternalId"}]"#)) };
        let entry = tail(2, END.0, changed, Some(Arc::new(state)));
        assert_eq!(event_of(&entry.entry), WebhookEvent::ConversationChange);
        assert!(is_for_connectors(&entry.entry));
        body(&entry)
    }

    #[test]
    fn open() {
        assert_eq!(body_of(opened()), example!("conversation_opened"));
    }

    #[test]
    fn closed_by_the_agent() {
        assert_eq!(body_of(closed_by(CloseReason::Agent)), example!("conversation_closed"));
    }

    fn in_survey() -> Conversation {
        let bot = person("0c7e41d9-2b58-5a60-9f13-84d6a7b3c2e5", ParticipantRole::Agent);
        let mut state = opened();
        let main = &mut state.dialogs[0];
        close(main, CloseReason::Consumer, Some("Closed by consumer"));
        let survey = Dialog {
            id: DialogId::parse("Qk3vT0aPRy6n1sHfLw2d9g").unwrap(),
            kind: DialogType::PostSurvey,
            participants: vec![main.participants[0], bot],
            state: DialogState::Open,
            created_at: END,
            updated_at: EpochMillis(1_700_000_900_350),
            next_sequence: 0,
            meta_data: Some(json(r#"{"appInstallId":"9a1d6f30-47c2-4b8e-8e55-1f0c3d7a2b64"}"#)),
            private: main.private.clone(),
        };
        state.dialogs.push(survey);
        state.participants.push(bot);
        state.skill = SkillId::from_number(5300).unwrap();
        state.answer_due = None;
        state.updated_at = EpochMillis(1_700_000_900_350);
        state
    }

    #[test]
    fn survey() {
        assert_eq!(body_of(in_survey()), example!("survey_opened"));
    }

    #[test]
    fn nobody_waits_for_an_answer_in_a_survey() {
        let asking = Conversation { answer_due: Some(END), ..in_survey() };
        assert_eq!(body_of(asking), example!("survey_opened"));
    }

    #[test]
    fn an_agent_joins_all_lists() {
        let (consumer, agent) = (
            format!(r#"{{"id":"{}","role":"CONSUMER"}}"#, consumer()),
            r#"{"id":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","role":"ASSIGNED_AGENT"}"#,
        );
        let body = body_of(with_agent());
        assert!(body.contains(&format!(r#""participants":[{agent},{consumer}],"#)), "{body}");
        assert!(body.contains(&format!(r#""participantsDetails":[{consumer},{agent}],"#)), "{body}");
    }

    #[test]
    fn somebody_only_proposed_is_not_there_yet() {
        let mut state = opened();
        let proposed = Member { state: ParticipantState::Suggested, ..agent() };
        state.participants.push(proposed);
        state.dialogs[0].participants.push(proposed);
        assert_eq!(body_of(state), example!("conversation_opened"));
    }

    #[test]
    fn nothing_due_is_minus_one() {
        let body = body_of(Conversation { answer_due: None, ..opened() });
        assert!(body.contains(r#""effectiveTTR":-1,"#));
    }

    #[test]
    fn a_close_by_the_platform_is_told_like_any_other() {
        let body = body_of(closed_by(CloseReason::System));
        assert!(body.contains(r#""closeReason":"SYSTEM","startTs":1700000000000,"endTs":1700000900000,"#));
        assert!(body.contains(r#""closedBy":"SYSTEM"}],"#));
    }

    #[test]
    fn satisfaction() {
        let csat = Csat { rate: Some(5), resolved: Some(false), status: CsatStatus::PartiallyFilled };
        let body = body_of(Conversation { csat: Some(csat), ..closed_by(CloseReason::Consumer) });
        assert!(body.contains(
            r#""ttr":{"ttrType":"PRIORITIZED","value":600},"csat":{"csatRate":5,"csatResolutionConfirmation":false,"status":"PARTIALLY_FILLED"}}"#
        ));
    }
}
