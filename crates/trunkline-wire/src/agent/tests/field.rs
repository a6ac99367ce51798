//! Changes of conversations: every field, and what is illegal. Source: spec 21 §7.4.

use super::people::*;
use crate::agent::{
    AgentRequest, Delay, DelayKind, DialogOutcome, FieldChange, FieldKind, ParticipantChange, Reference,
    Request, TtrChange, UpdateConversationField,
};
use crate::conversations::{ParticipantRole, TtrType};
use crate::{DialogId, EpochMillis};

fn update(body: &str) -> Result<UpdateConversationField, String> {
    let frame = format!(r#"{{"id":"7","type":".ams.cm.UpdateConversationField","body":{body}}}"#);
    match Request::parse(&frame, 5000) {
        Ok(Request { what: AgentRequest::UpdateConversationField(update), .. }) => Ok(update),
        Ok(other) => panic!("{other:?}"),
        Err(unreadable) => {
            assert_eq!(unreadable.id.as_deref(), Some("7"));
            Err(unreadable.reason.into_owned())
        }
    }
}

fn one(field: &str) -> Result<FieldChange, String> {
    update(&format!(r#"{{"conversationId":"{CONVERSATION}","conversationField":{field}}}"#))
        .map(|mut update| update.changes.remove(0))
}

#[test]
fn every_field_is_read() {
    let delay = Delay { kind: DelayKind::Weekend, until: EpochMillis(-1) };
    let ttr = |kind, seconds| FieldKind::Ttr(TtrChange { kind, seconds });
    for (field, expected) in [
        (r#"{"field":"TTRField","ttrType":"CUSTOM","value":1800}"#, ttr(TtrType::Custom, Some(1800))),
        (r#"{"field":"TTRField","ttrType":"NORMAL"}"#, ttr(TtrType::Normal, None)),
        (
            r#"{"field":"ManualETTR","time":1700000000000}"#,
            FieldKind::ManualAnswerDue(Some(EpochMillis(1_700_000_000_000))),
        ),
        (r#"{"field":"ManualETTR","time":null}"#, FieldKind::ManualAnswerDue(None)),
        (r#"{"field":"Note","note":"calls back"}"#, FieldKind::Note("calls back".into())),
        (r#"{"field":"Note"}"#, FieldKind::Note("".into())),
        (r#"{"field":"TopicField","topic":"kettles"}"#, FieldKind::Topic("kettles".into())),
        (r#"{"field":"TopicField","note":"kettles"}"#, FieldKind::Topic("kettles".into())),
        (r#"{"field":"DelayField","type":"WEEKEND","tillWhen":-1}"#, FieldKind::Delay(delay)),
        (r#"{"field":"Stage","conversationState":"CLOSE"}"#, FieldKind::CloseConversation),
        (
            r#"{"field":"DialogChange","type":"UPDATE","dialog":{"state":"CLOSE"}}"#,
            FieldKind::Dialog(DialogOutcome::Close(None)),
        ),
        // Who closed is derived from who asks (rule 6).
        (
            r#"{"field":"DialogChange","type":"UPDATE","dialog":{"state":"CLOSE","closedBy":"SYSTEM"}}"#,
            FieldKind::Dialog(DialogOutcome::Close(None)),
        ),
        (
            r#"{"field":"DialogChange","type":"UPDATE","dialog":{"dialogId":"C"}}"#,
            FieldKind::Dialog(DialogOutcome::AttachMetadata),
        ),
    ] {
        assert_eq!(one(field).unwrap().kind, expected, "{field}");
    }
}

#[test]
fn a_participant_who_is_not_named_is_the_caller() {
    let FieldKind::Participants(change) =
        one(r#"{"field":"ParticipantsChange","type":"REMOVE","role":"READER","userId":null}"#).unwrap().kind
    else {
        panic!()
    };
    assert_eq!(
        (change.change, change.role, change.user),
        (ParticipantChange::Remove, ParticipantRole::Reader, None)
    );
}

#[test]
fn the_dialog_is_named_in_the_change_or_in_the_request() {
    let survey = Some(Reference::To(DialogId::parse("Qk3vT0aPRy6n1sHfLw2d9g").unwrap()));
    for (inside, expected) in [
        (r#""conversationField":{"field":"Note","note":"x"}"#, None),
        (r#""dialogId":"C","conversationField":{"field":"Note","note":"x"}"#, Some(Reference::ToNothing)),
        (
            r#""dialogId":"C","conversationField":{"field":"Note","note":"x","dialogId":"Qk3vT0aPRy6n1sHfLw2d9g"}"#,
            survey,
        ),
        (
            r#""dialogId":"C","conversationField":{"field":"DialogChange","type":"UPDATE","dialogId":"C","dialog":{"dialogId":"Qk3vT0aPRy6n1sHfLw2d9g","state":"CLOSE"}}"#,
            survey,
        ),
        (
            r#""dialogId":"Qk3vT0aPRy6n1sHfLw2d9g","conversationField":{"field":"DialogChange","type":"UPDATE","dialog":{"state":"CLOSE"}}"#,
            survey,
        ),
    ] {
        let update = update(&format!(r#"{{"conversationId":"{CONVERSATION}",{inside}}}"#)).unwrap();
        assert_eq!(update.changes[0].dialog, expected, "{inside}");
    }
}

#[test]
fn illegal_changes_name_the_rule() {
    let long_note = format!(r#"{{"field":"Note","note":"{}"}}"#, "x".repeat(2001));
    let long_cause = format!(
        r#"{{"field":"DialogChange","type":"UPDATE","dialog":{{"state":"CLOSE","closedCause":"{}"}}}}"#,
        "x".repeat(1025)
    );
    for (field, rule) in [
        ("7", "conversationField must be an object or an array of objects"),
        ("[]", "conversationField is missing"),
        ("null", "conversationField is missing"),
        ("{}", "field of conversationField is missing"),
        (r#"{"field":"Nonsense"}"#, "field of conversationField is not known"),
        (
            r#"{"field":"ParticipantsChange","type":"UPDATE","role":"READER"}"#,
            "ParticipantsChange does not know the type UPDATE",
        ),
        (
            r#"{"field":"ParticipantsChange","role":"READER"}"#,
            "type of ParticipantsChange must be ADD, REMOVE or SUGGEST",
        ),
        (r#"{"field":"ParticipantsChange","type":"ADD"}"#, "role is missing"),
        (r#"{"field":"ParticipantsChange","type":"ADD","role":"KING"}"#, "role has no meaning here"),
        (
            r#"{"field":"ParticipantsChange","type":"ADD","role":"CONSUMER"}"#,
            "a conversation keeps its one consumer",
        ),
        (
            r#"{"field":"ParticipantsChange","type":"SUGGEST","role":"ASSIGNED_AGENT"}"#,
            "SUGGEST needs a userId",
        ),
        (
            r#"{"field":"ParticipantsChange","type":"SUGGEST","role":"MANAGER","userId":"1234567.1"}"#,
            "SUGGEST is for the role ASSIGNED_AGENT",
        ),
        (
            r#"{"field":"ParticipantsChange","type":"ADD","role":"READER","userId":[]}"#,
            "userId must be a string or a number",
        ),
        (r#"{"field":"Skill","type":"UPDATE"}"#, "skill is missing"),
        (r#"{"field":"Skill","type":"ADD","skill":1}"#, "type of Skill must be UPDATE"),
        (
            r#"{"field":"Skill","type":"UPDATE","skill":"x"}"#,
            "skill: SkillId must be at most 10 digits, or -1",
        ),
        (
            r#"{"field":"ConversationStateField","conversationState":"OPEN"}"#,
            "conversationState must be CLOSE",
        ),
        (r#"{"field":"Stage"}"#, "conversationState must be CLOSE"),
        (r#"{"field":"DialogChange","type":"CREATE","dialog":{}}"#, "DialogChange cannot CREATE a dialog"),
        (r#"{"field":"DialogChange","type":"UPDATE"}"#, "dialog of DialogChange must be an object"),
        (
            r#"{"field":"DialogChange","type":"UPDATE","dialog":{"state":"OPEN"}}"#,
            "state of a dialog can only be set to CLOSE",
        ),
        (&long_cause, "closedCause must have at most 1024 characters"),
        (r#"{"field":"TTRField"}"#, "ttrType is missing"),
        (r#"{"field":"TTRField","ttrType":"CUSTOM"}"#, "the ttrType CUSTOM needs a value"),
        (r#"{"field":"TTRField","ttrType":"URGENT","value":-1}"#, "value must be a number of seconds from 0"),
        (r#"{"field":"TTRField","ttrType":"URGENT","value":1.5}"#, "value must be a whole number"),
        (r#"{"field":"CSATRate","csatRate":6}"#, "csatRate must be 1 to 5"),
        (r#"{"field":"CSATRate","csatRate":0}"#, "csatRate must be 1 to 5"),
        (r#"{"field":"CSATRate"}"#, "csatRate is missing"),
        (
            r#"{"field":"CSATRate","csatRate":1,"csatResolutionConfirmation":"yes"}"#,
            "csatResolutionConfirmation must be true or false",
        ),
        (&long_note, "note must have at most 2000 characters"),
        (r#"{"field":"TopicField"}"#, "topic is missing"),
        (r#"{"field":"DelayField","type":"NIGHT"}"#, "tillWhen is missing"),
        (r#"{"field":"DelayField","type":"SIESTA","tillWhen":0}"#, "type has no meaning here"),
        (r#"{"field":"ManualETTR","time":"soon"}"#, "time must be a whole number"),
    ] {
        assert_eq!(one(field).unwrap_err(), rule, "{field:.80}");
    }
    let many = format!("[{}]", vec![r#"{"field":"Note","note":"x"}"#; 33].join(","));
    assert_eq!(one(&many).unwrap_err(), "conversationField holds too many changes");
    assert_eq!(update("{}").unwrap_err(), "conversationId is missing");
}

/// Atomic lists: one illegal change spoils the request.
#[test]
fn one_illegal_change_spoils_all() {
    assert!(one(r#"[{"field":"Note","note":"x"},{"field":"Nonsense"}]"#).is_err());
}
