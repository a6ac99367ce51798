//! Every example of spec 06 §3, to the byte.

use super::super::*;
use crate::agent::{Delay, DelayKind};
use crate::conversations::{Audience, CloseReason, CsatStatus, DialogType, ParticipantRole, TtrType};
use crate::{AccountId, ConversationId, DialogId, EpochMillis, JsonText, ParticipantId, SkillId};

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../testdata/notifications/", $name, ".json"))
    };
}

fn conversation() -> ConversationId {
    ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap()
}

fn main_dialog() -> DialogId {
    DialogId::Main(conversation())
}

fn somebody(id: &str, role: ParticipantRole) -> Participant {
    Participant { id: ParticipantId::parse(id).unwrap(), role }
}

fn consumer() -> Participant {
    let id = "51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0";
    somebody(id, ParticipantRole::Consumer)
}

fn agent() -> Participant {
    somebody("6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36", ParticipantRole::AssignedAgent)
}

/// A message of the agent with this event object.
fn from_agent(numbered: Option<(u64, i64)>, event: &JsonText) -> MessageChange<'_> {
    MessageChange {
        numbered: numbered.map(|(sequence, at)| Numbered { sequence, server_timestamp: EpochMillis(at) }),
        originator: agent(),
        event,
        conversation: conversation(),
        dialog: main_dialog(),
        audience: None,
        metadata: None,
    }
}

fn for_all(change: MessageChange<'_>) -> MessageChange<'_> {
    MessageChange { audience: Some(Audience::All), ..change }
}

fn event(text: &str) -> JsonText {
    JsonText::normalise(text).unwrap()
}

/// The event object of an example.
fn event_of(example: &str) -> JsonText {
    let value: serde_json::Value = serde_json::from_str(example).unwrap();
    // This reading sorts members, so the text is cut out instead.
    assert!(value["body"]["changes"][0]["event"].is_object());
    let from = example.find(r#""event":"#).unwrap() + r#""event":"#.len();
    let to = example.find(r#","conversationId":"#).unwrap();
    event(&example[from..to])
}

#[test]
fn text() {
    let event = event(r#"{"type":"ContentEvent","message":"We close at eight.","contentType":"text/plain"}"#);
    let change = for_all(from_agent(Some((2, 1_700_000_020_456)), &event));
    assert_eq!(Notification(change).to_json(), example!("text"));
}

#[test]
fn text_with_quick_replies() {
    let event = event_of(example!("quick_replies"));
    let change = for_all(from_agent(Some((2, 1_700_000_020_456)), &event));
    assert_eq!(Notification(change).to_json(), example!("quick_replies"));
}

#[test]
fn hosted_file() {
    let event = event_of(example!("hosted_file"));
    let change = for_all(from_agent(Some((5, 1_700_000_060_789)), &event));
    assert_eq!(Notification(change).to_json(), example!("hosted_file"));
}

#[test]
fn rich_content_with_metadata() {
    let event = event_of(example!("rich_content"));
    let metadata = JsonText::normalise(r#"[{"type":"ExternalId","id":"card-7"}]"#).unwrap();
    let change = for_all(from_agent(Some((6, 1_700_000_070_000)), &event));
    let change = MessageChange { metadata: Some(&metadata), ..change };
    assert_eq!(Notification(change).to_json(), example!("rich_content"));
}

#[test]
fn receipt() {
    let event = event(r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}"#);
    let change = from_agent(Some((1, 1_700_000_010_123)), &event);
    assert_eq!(Notification(change).to_json(), example!("accept_status"));
}

#[test]
fn chat_state() {
    let event = event(r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#);
    assert_eq!(Notification(from_agent(None, &event)).to_json(), example!("chat_state"));
}

#[test]
fn text_beyond_ascii() {
    let event = event(r#"{"type":"ContentEvent","message":"Grüße 😀\n","contentType":"text/plain"}"#);
    let change = from_agent(Some((2, 1_700_000_000_123)), &event);
    assert_eq!(Notification(change).to_json(), example!("non_ascii"));
}

const START: EpochMillis = EpochMillis(1_700_000_000_000);
const END: EpochMillis = EpochMillis(1_700_000_900_000);

fn open_main() -> Dialog<'static> {
    Dialog {
        id: main_dialog(),
        participants: vec![consumer()],
        kind: DialogType::Main,
        meta_data: None,
        created_at: START,
        closed: None,
        updated_at: START,
    }
}

fn opened(account: &AccountId) -> ConversationChange<'_> {
    ConversationChange {
        conversation: conversation(),
        answer_due: Some(EpochMillis(1_700_000_600_003)),
        skill: SkillId::UNASSIGNED,
        participants: vec![consumer()],
        dialogs: vec![open_main()],
        account,
        close_reason: None,
        started_at: START,
        ended_at: None,
        updated_at: START,
        ttr: Ttr { kind: TtrType::Prioritized, seconds: 600 },
        delay: None,
        csat: None,
        manual_answer_due: None,
    }
}

fn account() -> AccountId {
    AccountId::parse("10020030").unwrap()
}

#[test]
fn conversation_opened() {
    let account = account();
    assert_eq!(Notification(opened(&account)).to_json(), example!("conversation_opened"));
}

#[test]
fn conversation_closed() {
    let account = account();
    let closed = ClosedDialog { at: END, by: CloseReason::Agent, cause: None };
    let change = ConversationChange {
        answer_due: None,
        skill: SkillId::from_number(5300).unwrap(),
        participants: vec![agent(), consumer()],
        dialogs: vec![Dialog {
            participants: vec![consumer(), agent()],
            closed: Some(closed),
            updated_at: END,
            ..open_main()
        }],
        close_reason: Some(CloseReason::Agent),
        ended_at: Some(END),
        updated_at: END,
        ..opened(&account)
    };
    assert_eq!(Notification(change).to_json(), example!("conversation_closed"));
}

#[test]
fn survey_opened() {
    let account = account();
    let bot = somebody("0c7e41d9-2b58-5a60-9f13-84d6a7b3c2e5", ParticipantRole::Agent);
    let meta_data =
        JsonText::normalise(r#"{"appInstallId":"9a1d6f30-47c2-4b8e-8e55-1f0c3d7a2b64"}"#).unwrap();
    let cause = Some("Closed by consumer");
    let closed = ClosedDialog { at: END, by: CloseReason::Consumer, cause };
    let survey = Dialog {
        id: DialogId::parse("Qk3vT0aPRy6n1sHfLw2d9g").unwrap(),
        participants: vec![consumer(), bot],
        kind: DialogType::PostSurvey,
        meta_data: Some(&meta_data),
        created_at: END,
        closed: None,
        updated_at: EpochMillis(1_700_000_900_350),
    };
    let change = ConversationChange {
        answer_due: None,
        skill: SkillId::from_number(5300).unwrap(),
        participants: vec![consumer(), bot],
        dialogs: vec![Dialog { closed: Some(closed), updated_at: END, ..open_main() }, survey],
        close_reason: Some(CloseReason::Consumer),
        updated_at: EpochMillis(1_700_000_900_350),
        ..opened(&account)
    };
    assert_eq!(Notification(change).to_json(), example!("survey_opened"));
}

#[test]
fn satisfaction_follows_the_target() {
    let account = account();
    let filled = Csat { rate: Some(4), resolved: Some(true), status: CsatStatus::Filled };
    let skipped = Csat { rate: None, resolved: None, status: CsatStatus::Skipped };
    for (csat, expected) in [
        (filled, r#"{"csatRate":4,"csatResolutionConfirmation":true,"status":"FILLED"}"#),
        (skipped, r#"{"status":"SKIPPED"}"#),
    ] {
        let body = Notification(ConversationChange { csat: Some(csat), ..opened(&account) }).to_json();
        let end = format!(
            r#""ttr":{{"ttrType":"PRIORITIZED","value":600}},"csat":{expected}}}}}}}]}},"type":"cqm.ExConversationChangeNotification"}}"#
        );
        assert!(body.ends_with(&end), "{body}");
    }
}

/// The optional members of 06 §3.1, in the order of its table.
#[test]
fn what_agents_set_about_the_answer() {
    let account = account();
    let delay = Some(Delay { kind: DelayKind::Night, until: EpochMillis(1_700_050_000_000) });
    let csat = Some(Csat { rate: None, resolved: None, status: CsatStatus::Skipped });
    let manual_answer_due = Some(EpochMillis(1_700_060_000_000));
    let change = ConversationChange { delay, csat, manual_answer_due, ..opened(&account) };
    let body = Notification(change).to_json();
    let expected = concat!(
        r#""ttr":{"ttrType":"PRIORITIZED","value":600},"delay":{"type":"NIGHT","tillWhen":1700050000000},"#,
        r#""csat":{"status":"SKIPPED"},"manualETTR":1700060000000}}}]}"#
    );
    assert!(body.contains(expected), "{body}");
}
