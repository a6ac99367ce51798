//! Whatever is accepted is sent in the form in which JavaScript prints it again.

use proptest::prelude::*;

use super::super::*;
use super::any_json::{members, object, string, value};
use crate::conversations::event::Event;
use crate::conversations::{Audience, CloseReason, DialogType, ParticipantRole, TtrType};
use crate::json::JsValue;
use crate::{
    AccountId, AgentId, ConsumerId, ConversationId, DialogId, EpochMillis, JsonText, ParticipantId, SkillId,
};

const CONSUMER: Participant = Participant {
    id: ParticipantId::Consumer(ConsumerId::from_bytes([0xa7; 32])),
    role: ParticipantRole::Consumer,
};

fn conversation() -> ConversationId {
    ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap()
}

/// An event object that the Send API accepts, with members nobody asked for before and after its own.
fn event() -> impl Strategy<Value = String> {
    let own = prop_oneof![
        string().prop_map(|text| format!(r#""message":{text},"type":"ContentEvent","contentType":"text/plain""#)),
        (string(), "[A-Za-z0-9+/]{1,20}={0,2}").prop_map(|(caption, preview)| format!(
            r#""type":"ContentEvent","contentType":"hosted/file","message":{{"preview":"data:image/png;base64,{preview}","fileType":"PNG","relativePath":"/v1/x","caption":{caption}}}"#
        )),
        object().prop_map(|form| format!(
            r#""type":"ContentEvent","message":{form},"contentType":"forms/secure-submission""#
        )),
        object().prop_map(|card| format!(r#""content":{card},"type":"RichContentEvent""#)),
        object().prop_map(|card| format!(r#""type":"RichContentEvent","message":{card}"#)),
        prop::collection::vec(0_u32.., 0..4)
            .prop_map(|list| format!(r#""sequenceList":{list:?},"status":"READ","type":"AcceptStatusEvent""#)),
        Just(r#""chatState":"COMPOSING","type":"ChatStateEvent""#.to_owned()),
    ];
    (members(), own, members()).prop_map(|(before, own, after)| {
        format!("{{{before}{own}{}}}", format!(",{after}").trim_end_matches(','))
    })
}

fn assert_fixed_point(body: &str) {
    assert_eq!(JsonText::normalise(body).unwrap().as_str(), body);
    let escaped = escape_non_ascii(body);
    assert!(escaped.is_ascii());
    assert_eq!(JsValue::parse(&escaped).unwrap(), JsValue::parse(body).unwrap());
}

proptest! {
    #[test]
    fn messages(
        event in event(),
        metadata in prop::option::of(prop::collection::vec(object(), 0..3)),
        numbered in prop::option::of((0..1_u64 << 53, 0..1_i64 << 53)),
        private: bool,
    ) {
        let event = Event::from_js(JsValue::parse(&event).unwrap()).unwrap().json;
        let metadata =
            metadata.map(|list| JsonText::normalise(&format!("[{}]", list.join(","))).unwrap());
        let change = MessageChange {
            numbered: numbered
                .map(|(sequence, at)| Numbered { sequence, server_timestamp: EpochMillis(at) }),
            originator: CONSUMER,
            event: &event,
            conversation: conversation(),
            dialog: DialogId::Further([0xff; 16]),
            audience: private.then_some(Audience::AgentsAndManagers),
            metadata: metadata.as_ref(),
        };
        let body = Notification(change).to_json();
        assert_fixed_point(&body);
        prop_assert!(body.contains(event.as_str()));
    }

    #[test]
    fn conversations(cause: Option<String>, meta_data in value(), due: Option<u32>, seconds: u32) {
        let account = AccountId::parse("10020030").unwrap();
        let meta_data = JsonText::normalise(&meta_data).unwrap();
        let agent = ParticipantId::Agent(AgentId::from_uuid(*conversation().as_uuid()));
        let dialog = Dialog {
            id: DialogId::Main(conversation()),
            participants: vec![CONSUMER, Participant { id: agent, role: ParticipantRole::Manager }],
            kind: DialogType::Main,
            meta_data: Some(&meta_data),
            created_at: EpochMillis(1),
            closed: Some(ClosedDialog {
                at: EpochMillis(2),
                by: CloseReason::System,
                cause: cause.as_deref(),
            }),
            updated_at: EpochMillis(3),
        };
        let change = ConversationChange {
            conversation: conversation(),
            answer_due: due.map(|due| EpochMillis(due.into())),
            skill: SkillId::UNASSIGNED,
            participants: vec![CONSUMER],
            dialogs: vec![dialog],
            account: &account,
            close_reason: Some(CloseReason::System),
            started_at: EpochMillis(1),
            ended_at: None,
            updated_at: EpochMillis(3),
            ttr: Ttr { kind: TtrType::Custom, seconds },
            delay: None,
            csat: None,
            manual_answer_due: None,
        };
        assert_fixed_point(&Notification(change).to_json());
    }
}

#[test]
fn deep_nesting() {
    let nested = |open: &str, close: &str| format!("{}1.0{}", open.repeat(60), close.repeat(60));
    for (open, close) in [("[", "]"), (r#"{"10":1e21,"9":"#, r#","😀":-0}"#)] {
        let text = format!(r#"{{"type":"RichContentEvent","content":{{"x":{}}}}}"#, nested(open, close));
        let event = Event::from_js(JsValue::parse(&text).unwrap()).unwrap().json;
        let change = MessageChange {
            numbered: None,
            originator: CONSUMER,
            event: &event,
            conversation: conversation(),
            dialog: DialogId::Main(conversation()),
            audience: None,
            metadata: None,
        };
        assert_fixed_point(&Notification(change).to_json());
    }
}
