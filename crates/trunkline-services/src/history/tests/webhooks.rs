//! The history of any conversation says what its webhooks said.

mod told;

use proptest::prelude::*;
use trunkline_model::conversation::{Csat, Membership, TailEntry};
use trunkline_model::{AutoMessages, LogPosition};
use trunkline_wire::conversations::CsatStatus;

use super::*;
use crate::webhooks::notification;
use told::{check_survey, is_told, list, message, movements, shown, shown_movements, told_statuses};

/// One thing that somebody does.
#[derive(Debug, Clone)]
enum Act {
    Publish {
        by: u128,
        in_survey: bool,
        event: &'static str,
        private: bool,
    },
    Change {
        by: u128,
        change: FieldChange,
    },
    Accept {
        by: u128,
    },
    BeginSurvey,
    /// The consumer answers what he is asked, or does not.
    Type(&'static str),
    Click(&'static str, &'static str),
    Wait(i64),
}

const EVENTS: [&str; 8] = [
    r#"{"type":"ContentEvent","contentType":"text/plain","message":"Grüße 😀"}"#,
    r#"{"type":"ContentEvent","contentType":"text/plain","message":"Which?","quickReplies":{"type":"quickReplies","replies":[]}}"#,
    r#"{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"Receipt","relativePath":"/v1/x.PNG","fileType":"PNG","preview":"data:image/png;base64,AA=="}}"#,
    r#"{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"a \"b\""}]}}"#,
    r#"{"type":"AcceptStatusEvent","status":"ACCEPT","sequenceList":[0]}"#,
    r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0,2,3]}"#,
    r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[]}"#,
    r#"{"type":"AcceptStatusEvent","status":"ACCESS","sequenceList":[3,1,3]}"#,
];

/// 0 is the consumer.
fn actor(by: u128) -> Actor {
    if by == 0 { consumer() } else { agent(by) }
}

fn act() -> impl Strategy<Value = Act> {
    let by = 0..5_u128;
    let role = prop_oneof![
        4 => Just(ParticipantRole::AssignedAgent),
        1 => Just(ParticipantRole::Manager),
        1 => Just(ParticipantRole::Reader),
    ];
    let membership =
        (1..5_u128, role).prop_map(|(agent, role)| Membership { agent: user(agent), role, dialog: None });
    let main =
        CloseDialog { dialog: Some(DialogId::Main(id())), cause: Some("Closed by consumer".to_owned()) };
    let survey = CloseDialog { dialog: Some(DialogId::survey_of(id())), cause: Some("Completed".to_owned()) };
    let csat = Csat { rate: Some(4), resolved: Some(true), status: CsatStatus::Filled };
    let change = prop_oneof![
        8 => membership.clone().prop_map(FieldChange::Join),
        6 => membership.prop_map(FieldChange::Leave),
        3 => (1..5_u128).prop_map(|agent| FieldChange::Suggest { agent: user(agent), dialog: None }),
        3 => (-1..3_i64).prop_map(|skill| FieldChange::Skill(SkillId::from_number(skill).unwrap())),
        1 => Just(FieldChange::Note("calm".to_owned())),
        1 => Just(FieldChange::Csat(csat)),
        1 => Just(FieldChange::CloseDialog(main)),
        1 => Just(FieldChange::CloseDialog(survey)),
        1 => Just(FieldChange::CloseConversation),
    ];
    prop_oneof![
        20 => (by.clone(), any::<bool>(), 0..EVENTS.len(), any::<bool>()).prop_map(|(by, in_survey, event, private)| {
            Act::Publish { by, in_survey, event: EVENTS[event], private }
        }),
        12 => (by.clone(), change).prop_map(|(by, change)| Act::Change { by, change }),
        6 => by.prop_map(|by| Act::Accept { by }),
        2 => Just(Act::BeginSurvey),
        6 => prop::sample::select(vec!["5", "very dissatisfied", "yes", "No.", "perhaps", "", "Tea."]).prop_map(Act::Type),
        4 => (
            prop::sample::select(vec!["satisfaction", "resolved", "wishes", "elsewhere"]),
            prop::sample::select(vec!["s1", "s4", "yes", "no", "zzz"]),
        ).prop_map(|(question, reply)| Act::Click(question, reply)),
        4 => (0..5000_i64).prop_map(Act::Wait),
    ]
}

/// A platform that has something to say about everything.
fn words() -> AutoOffer {
    let messages = json!({"welcome": "Hello.", "agent_joined": "Joined.", "agent_left": "Left.",
        "closed_by_agent": "Bye.", "closed_by_consumer": "Bye."});
    let messages = AutoMessages::new(serde_json::from_value(messages).unwrap()).unwrap();
    AutoOffer { messages: Arc::new(messages), controller: user(8) }
}

fn play(acts: Vec<Act>) -> Talk {
    let mut talk = Talk::begin_with(vec!["AUTO_MESSAGES".to_owned()]);
    talk.words = Some(words());
    for act in acts {
        match act {
            Act::Publish { by, in_survey, event, private } => {
                let dialog = if in_survey { DialogId::survey_of(id()) } else { DialogId::Main(id()) };
                let audience = if private { Audience::AgentsAndManagers } else { Audience::All };
                let by = if in_survey && by > 2 { 9 } else { by };
                talk.publish(actor(by), dialog, event, audience);
            }
            Act::Change { by, change } => talk.change(actor(by), change),
            Act::Accept { by } => talk.try_run(actor(by), Command::AcceptRing),
            Act::BeginSurvey => talk.begin_survey(),
            Act::Type(words) => talk.types(words),
            Act::Click(question, reply) => talk.clicks(question, reply, "clicked"),
            Act::Wait(millis) => talk.wait(millis),
        }
    }
    talk
}

/// The changes that connectors were told.
fn told(talk: &Talk) -> Vec<Value> {
    let for_connectors = talk.log.iter().filter(|entry| notification::is_for_connectors(entry));
    let body = |entry: &LogEntry| {
        let entry = TailEntry {
            position: LogPosition(entry.version),
            previous: LogPosition::START,
            account: talk.state.account.clone(),
            conversation: id(),
            consumer: consumer_id(),
            entry: entry.clone(),
        };
        let body: Value = serde_json::from_str(&notification::body(&entry)).unwrap();
        body["body"]["changes"][0].clone()
    };
    for_connectors.map(body).collect()
}

proptest! {
    #[test]
    fn the_history_of_any_conversation_is_what_its_webhooks_said(
        acts in prop::collection::vec(act(), 0..80),
    ) {
        let talk = play(acts);
        let (record, told) = (talk.record(), told(&talk));
        let info = &record["info"];
        let of_kind = |kinds: &'static [&str]| {
            told.iter().filter(|change| change["event"]["type"].as_str().is_some_and(|kind| kinds.contains(&kind)))
        };

        // Messages, without those that only the brand's side may read.
        let public = list(&record["messageRecords"]).iter().filter(|record| record["audience"] == "ALL");
        let webhooks: Vec<_> = of_kind(&["ContentEvent", "RichContentEvent"]).map(message).collect();
        prop_assert_eq!(public.map(shown).collect::<Vec<_>>(), webhooks);
        let private = talk.log.iter().filter(|entry| matches!(&entry.body,
            EntryBody::Event(event) if event.audience != Audience::All && event.event.as_str().contains("ontent")));
        let hidden = list(&record["messageRecords"]).iter().filter(|record| record["audience"] != "ALL");
        prop_assert_eq!(hidden.count(), private.count());

        // Receipts: one status for each number, without those of the brand's side and its private messages.
        let shown_statuses: Vec<_> = list(&record["messageStatuses"]).iter().map(|status| json!([status["dialogId"],
            status["seq"], status["participantId"], status["timeL"], status["messageDeliveryStatus"]])).collect();
        let is_told = is_told(&talk);
        prop_assert_eq!(shown_statuses.len(), is_told.len());
        let for_connectors = shown_statuses.into_iter().zip(is_told).filter_map(|(status, told)| told.then_some(status));
        prop_assert_eq!(for_connectors.collect::<Vec<_>>(), told_statuses(of_kind(&["AcceptStatusEvent"])));

        // The last state that was told.
        let results: Vec<_> = told.iter().filter_map(|change| change.get("result")).collect();
        let states: Vec<_> = results.iter().map(|result| &result["conversationDetails"]).collect();
        let (result, state) = (*results.last().unwrap(), *states.last().unwrap());
        let or_undefined = |value: &Value| if value.is_null() { json!("undefined") } else { value.clone() };
        let or_none = |value: &Value| if value.is_null() { json!(-1) } else { value.clone() };
        prop_assert_eq!(&info["conversationId"], &result["convId"]);
        prop_assert_eq!(&info["status"], &state["state"]);
        prop_assert_eq!(&info["fullDialogStatus"], &state["stage"]);
        prop_assert_eq!(&info["closeReason"], &or_undefined(&state["closeReason"]));
        prop_assert_eq!(&info["startTimeL"], &state["startTs"]);
        prop_assert_eq!(&info["fullDialogEndTimeL"], &or_none(&state["endTs"]));
        prop_assert_eq!(info["latestSkillId"].to_string(), state["skillId"].as_str().unwrap());
        prop_assert_eq!(info["csatRate"].as_u64(), state["csat"]["csatRate"].as_u64());
        let dialogs: Vec<_> = list(&state["dialogs"]).iter().map(|dialog| json!([dialog["dialogId"], dialog["state"],
            dialog["dialogType"], dialog["creationTs"], or_none(&dialog["endTs"]), or_undefined(&dialog["closedBy"])])).collect();
        let shown_dialogs: Vec<_> = list(&record["dialogs"]).iter().map(|dialog| json!([dialog["dialogId"], dialog["status"],
            dialog["dialogType"], dialog["startTimeL"], dialog["endTimeL"], dialog["closeReason"]])).collect();
        prop_assert_eq!(shown_dialogs, dialogs);

        // Whoever takes part in a dialog now: whoever joined and did not leave.
        let mut present: Vec<_> = list(&state["dialogs"]).iter().flat_map(|dialog| {
            list(&dialog["participantsDetails"]).iter().filter(|who| who["role"] != "CONSUMER")
                .map(|who| json!([dialog["dialogId"], who["id"], who["role"]]).to_string())
        }).collect();
        let places = |name: &str| -> Vec<String> {
            list(&record[name]).iter().map(|who| json!([who["dialogId"], who["agentPid"], who["permission"]]).to_string()).collect()
        };
        let mut active = places("agentParticipantsActive");
        present.sort();
        active.sort();
        prop_assert_eq!(&active, &present);
        let mut counted = places("agentParticipantsLeave");
        counted.extend(active);
        counted.sort();
        let mut joined = places("agentParticipants");
        joined.sort();
        prop_assert_eq!(joined, counted);

        prop_assert_eq!(shown_movements(&record), movements(&states));
        check_survey(&record, &states);
    }
}
