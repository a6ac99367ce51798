//! Records in the documented form. Source: spec 08 §2, §2.1.

use trunkline_model::conversation::{CloseDialog, Membership};
use trunkline_wire::conversations::event::EventKind;

use super::*;
use crate::history::reader::cost;

const TEXT: &str = r#"{"type":"ContentEvent","contentType":"text/plain","message":"Is the shop open?"}"#;

fn main() -> DialogId {
    DialogId::Main(id())
}

/// The documented example: a text, a receipt of an agent, a file.
fn example() -> Talk {
    let mut talk = Talk::begin();
    talk.wait(5_000);
    talk.publish(consumer(), main(), TEXT, Audience::All);
    talk.try_run(agent(1), Command::AcceptRing);
    talk.wait(5_123);
    let read = r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[0]}"#;
    talk.publish(agent(1), main(), read, Audience::All);
    talk.wait(4_877);
    let file = r#"{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"Receipt","relativePath":"/v1/AUTH_async-images/10020030/x.PNG","fileType":"PNG","preview":"data:image/png;base64,iVBORw0KGgo="}}"#;
    talk.publish(consumer(), main(), file, Audience::All);
    talk
}

#[test]
fn an_open_conversation_is_shown_as_documented() {
    let record = example().record();
    let agent = user(1).to_string();
    let consumer = consumer_id().to_string();
    assert_eq!(
        record["messageRecords"][0],
        json!({"type": "TEXT_PLAIN", "messageData": {"msg": {"text": "Is the shop open?"}},
            "messageId": format!("ms::dialog:{}::msg:0", id()), "audience": "ALL", "seq": 0, "dialogId": id(),
            "participantId": consumer, "source": "APP", "time": "2023-11-14 22:13:25.000+0000",
            "timeL": 1_700_000_005_000_i64, "device": "undefined", "sentBy": "Consumer"})
    );
    let file = &record["messageRecords"][1];
    assert_eq!((&file["type"], &file["seq"]), (&json!("HOSTED_FILE"), &json!(2)));
    assert_eq!(
        file["messageData"],
        json!({"file": {"caption": "Receipt", "relativePath": "/v1/AUTH_async-images/10020030/x.PNG",
            "fileType": "PNG", "preview": "data:image/png;base64,iVBORw0KGgo="}})
    );
    assert_eq!(
        record["messageStatuses"],
        json!([{"messageId": format!("ms::dialog:{}::msg:0", id()), "seq": 0,
            "time": "2023-11-14 22:13:30.123+0000", "timeL": 1_700_000_010_123_i64, "participantId": agent,
            "participantType": "Agent", "messageDeliveryStatus": "READ", "dialogId": id(),
            "contextData": {"rawMetadata": "[{\"type\":\"ExternalId\",\"id\":\"1\"}]",
                "structuredMetadata": [{"externalId": {"id": "1"}}]}}])
    );
    let info = &record["info"];
    for (name, value) in [
        ("startTime", json!("2023-11-14 22:13:20.000+0000")),
        ("startTimeL", json!(1_700_000_000_000_i64)),
        ("endTime", json!("undefined")),
        ("endTimeL", json!(-1)),
        ("duration", json!(15_000)),
        ("brandId", json!("10020030")),
        ("latestAgentId", json!(agent)),
        ("latestSkillId", json!(-1)),
        ("latestSkillName", json!("Unassigned")),
        ("source", json!("APP")),
        ("status", json!("OPEN")),
        ("fullDialogStatus", json!("OPEN")),
        ("device", json!("undefined")),
        ("latestQueueState", json!("ACTIVE")),
        ("isPartial", json!(false)),
        ("closeReason", json!("undefined")),
    ] {
        assert_eq!(info[name], value, "{name}");
    }
    assert_eq!(record["messageScores"], json!([]));
    assert_eq!(record["interactions"][0]["interactiveSequence"], 1);
    assert_eq!(record["dialogs"][0]["dialogChannelType"], "MESSAGING");
}

/// Agents publish content of types that consumers cannot: what reads histories looks for a text in it. Source: spec 08 §2.1.
#[test]
fn other_content_of_agents_has_a_text() {
    let mut talk = Talk::begin();
    talk.try_run(agent(1), Command::AcceptRing);
    for (content_type, message) in [
        ("text/html", json!("<b>Until eight.</b>")),
        ("text/x-card", json!("Map")),
        ("application/x-order", json!({"items": ["tea"], "number": 17})),
    ] {
        let event = json!({"type": "ContentEvent", "message": message, "contentType": content_type});
        // As the requests of agents make it.
        let json = JsonText::normalise(&event.to_string()).unwrap();
        let event = Event { kind: EventKind::Content, json, preview_characters: 0, file: None };
        let publish = Publish {
            dialog: main(),
            conversation: None,
            event,
            metadata: None,
            encoded_metadata: None,
            audience: Audience::All,
        };
        talk.try_run(agent(1), Command::Publish(publish));
    }
    let record = talk.record();
    let messages = record["messageRecords"].as_array().unwrap();
    let shown: Vec<_> = messages.iter().map(|message| (&message["type"], &message["messageData"])).collect();
    assert_eq!(
        shown,
        [
            (&json!("TEXT_HTML"), &json!({"msg": {"text": "<b>Until eight.</b>"}})),
            (&json!("TEXT_PLAIN"), &json!({"msg": {"text": "Map"}})),
            (&json!("TEXT_PLAIN"), &json!({"msg": {"text": r#"{"items":["tea"],"number":17}"#}})),
        ]
    );
}

/// A short receipt may name a thousand messages, and come with metadata of some thousand characters.
#[test]
fn a_long_receipt_does_not_multiply_what_came_with_it() {
    let mut talk = Talk::begin();
    let text = "x".repeat(2_000);
    let metadata = JsonText::normalise(&format!(r#"[{{"type":"ExternalId","id":"{text}"}}]"#)).unwrap();
    let list = vec!["7,8"; 600].join(",");
    let read = format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":[{list}]}}"#);
    talk.publish_with(consumer(), main(), &read, Audience::All, Some(metadata));
    let record = talk.record();
    let statuses = record["messageStatuses"].as_array().unwrap();
    let numbers: Vec<_> = statuses.iter().map(|status| &status["seq"]).collect();
    assert_eq!(numbers, [7, 8]);
    assert!(statuses[0]["contextData"]["rawMetadata"].is_string());
    assert!(statuses[1].get("contextData").is_none());
}

/// What an answer is counted by is not much less than what is printed.
#[test]
fn a_record_is_about_as_long_as_its_log_was_counted() {
    let mut talk = Talk::begin();
    let quotes = r#"\""#.repeat(900);
    let metadata = JsonText::normalise(&format!(r#"[{{"type":"ExternalId","id":"{quotes}"}}]"#)).unwrap();
    let list = (0..800).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let read = format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":[{list}]}}"#);
    for _ in 0..20 {
        talk.publish_with(consumer(), main(), &read, Audience::All, Some(metadata.clone()));
        talk.publish_with(consumer(), main(), TEXT, Audience::All, Some(metadata.clone()));
    }
    let counted: usize = talk.log.iter().map(cost).sum();
    let printed = talk.record().to_string().len();
    assert!(printed < 2 * counted, "{printed} bytes were counted as {counted}");
}

#[test]
fn a_closed_conversation_says_when_by_whom_and_why() {
    let mut talk = example();
    let cause = Some("Closed by consumer".to_owned());
    talk.change(consumer(), FieldChange::CloseDialog(CloseDialog { dialog: Some(main()), cause }));
    let record = talk.record();
    let info = &record["info"];
    assert_eq!((&info["status"], &info["fullDialogStatus"]), (&json!("CLOSE"), &json!("CLOSE")));
    assert_eq!(info["endTime"], "2023-11-14 22:13:35.000+0000");
    assert_eq!(info["closeReason"], "CONSUMER");
    assert_eq!(info["closeReasonDescription"], "Closed by consumer");
    assert_eq!(info["duration"], 15_000);
    let mut talk = example();
    talk.change(agent(1), FieldChange::CloseConversation);
    assert_eq!(talk.record()["info"]["closeReasonDescription"], "MANUAL_CLOSE");
}

/// While a survey is on, its conversation is over and all of it is not.
#[test]
fn a_survey_is_a_dialog_of_its_own() {
    let mut talk = example();
    talk.begin_survey();
    talk.publish(agent(9), DialogId::survey_of(id()), TEXT, Audience::All);
    let record = talk.record();
    let info = &record["info"];
    assert_eq!((&info["status"], &info["fullDialogStatus"]), (&json!("CLOSE"), &json!("OPEN")));
    assert_eq!(info["fullDialogEndTimeL"], -1);
    let survey = DialogId::survey_of(id()).to_string();
    let question = &record["messageRecords"][2];
    assert_eq!((&question["seq"], &question["dialogId"]), (&json!(0), &json!(survey)));
    assert_eq!(question["sentBy"], "Agent");
    assert_eq!(record["dialogs"][1]["dialogType"], "POST_SURVEY");
    assert_eq!(record["consumerParticipants"][1]["dialogId"], json!(survey));
    let bot = &record["agentParticipants"][1];
    assert_eq!((&bot["permission"], &bot["dialogId"]), (&json!("AGENT"), &json!(survey)));
}

#[test]
fn what_is_for_the_brands_side_says_so() {
    let mut talk = example();
    talk.publish(agent(1), main(), TEXT, Audience::AgentsAndManagers);
    assert_eq!(talk.record()["messageRecords"][2]["audience"], "AGENTS_AND_MANAGERS");
}

#[test]
fn a_transfer_names_both_sides() {
    let mut talk = example();
    let leaving = Membership { agent: user(1), role: ParticipantRole::AssignedAgent, dialog: None };
    talk.change(agent(1), FieldChange::Leave(leaving));
    let transfer = &talk.record()["transfers"][0];
    assert_eq!((&transfer["reason"], &transfer["assignedAgentId"]), (&json!("back2Q"), &json!("null")));
    assert_eq!((&transfer["sourceAgentId"], &transfer["by"]), (&json!(user(1)), &json!(user(1))));
    assert_eq!(talk.record()["info"]["latestQueueState"], "IN_QUEUE");
}

#[test]
fn parts_that_nobody_wants_are_absent() {
    let talk = example();
    let transcript = Transcript::of(talk.log.clone()).unwrap();
    let source = Source {
        transcript: &transcript,
        names: &Names::default(),
        profile: None,
        is_first: false,
        is_partial: false,
        now: talk.now,
        style: Style::default(),
    };
    let contents: Contents = serde_json::from_str(r#"["messageStatuses"]"#).unwrap();
    let record = serde_json::to_value(source.record(&contents)).unwrap();
    let members: Vec<_> = record.as_object().unwrap().keys().collect();
    assert_eq!(members, ["info", "messageStatuses"]);
}
