//! Raw conversations beyond the documented example. Source: spec 22 §1.1.

use serde_json::{Value, json as value};

use super::people::*;
use crate::agent::{
    AgentConversation, AgentDialog, AgentVersion, Delay, DelayKind, ForAgents, Identity, Member, Rendered,
};
use crate::conversations::{CloseReason, CsatStatus, DialogType, ParticipantRole, ParticipantState};
use crate::webhooks::{ClosedDialog, Csat};
use crate::{AgentId, DialogId, EpochMillis, UserId};

fn printed(conversation: &AgentConversation<'_>, version: AgentVersion) -> Value {
    let rendered = Rendered::<ForAgents>::of(conversation, version);
    serde_json::from_str(rendered.as_str()).unwrap()
}

fn other(number: i64) -> Identity {
    let pid = AgentId::parse(&format!("6d0b5c1e-93a4-5f27-8c41-{number:012}")).unwrap();
    Identity::Agent { pid, user: Some(UserId::from_number(number)) }
}

fn suggested(who: Identity) -> Member {
    Member { who, role: ParticipantRole::AssignedAgent, state: ParticipantState::Suggested }
}

#[test]
fn suggested_agents_are_in_the_dialog_alone_and_after_the_active_one() {
    let account = account();
    let mut conversation = open(&account);
    conversation.dialogs[0].participants.insert(0, suggested(other(999)));
    assert!(conversation.depends_on_version());

    let shown = printed(&conversation, AgentVersion::V2Dot1);
    let details = &shown["conversationDetails"];
    assert_eq!(details["participants"]["ASSIGNED_AGENT"], value!(["1234567.282467514"]));
    assert_eq!(details["participantsPId"]["ASSIGNED_AGENT"], value!([PID]));
    assert_eq!(
        details["dialogs"][0]["participantsDetails"],
        value!([
            {"id": consumer_id().to_string(), "role": "CONSUMER", "state": "ACTIVE"},
            {"id": "1234567.282467514", "role": "ASSIGNED_AGENT", "state": "ACTIVE"},
            {"id": "1234567.999", "role": "ASSIGNED_AGENT", "state": "SUGGESTED"},
        ])
    );
}

#[test]
fn version_2_is_not_told_of_suggested_agents() {
    let account = account();
    let mut conversation = open(&account);
    assert!(!conversation.depends_on_version());
    let without = printed(&conversation, AgentVersion::V2);
    assert_eq!(without, printed(&conversation, AgentVersion::V2Dot1));
    conversation.dialogs[0].participants.push(suggested(other(999)));
    assert_eq!(printed(&conversation, AgentVersion::V2), without);
}

#[test]
fn somebody_suggested_is_never_listed_as_a_participant() {
    let account = account();
    let mut conversation = open(&account);
    conversation.participants = vec![active(consumer(), ParticipantRole::Consumer), suggested(other(999))];
    let details = &printed(&conversation, AgentVersion::V2Dot1)["conversationDetails"];
    assert_eq!(details["participants"]["ASSIGNED_AGENT"], value!([]));
    assert_eq!(details["participantsPId"]["ASSIGNED_AGENT"], value!([]));
}

#[test]
fn a_closed_conversation_says_who_when_and_why() {
    let account = account();
    let mut conversation = open(&account);
    let end = EpochMillis(1_700_000_900_000);
    conversation.answer_due = None;
    conversation.close_reason = Some(CloseReason::Agent);
    conversation.ended_at = Some(end);
    conversation.csat = Some(Csat { rate: Some(4), resolved: Some(true), status: CsatStatus::Filled });
    conversation.dialogs[0].closed =
        Some(ClosedDialog { at: end, by: CloseReason::Agent, cause: Some("Completed") });
    let result = printed(&conversation, AgentVersion::V2Dot1);
    assert_eq!(result["effectiveTTR"], -1);
    let details = &result["conversationDetails"];
    for (member, expected) in [
        ("state", value!("CLOSE")),
        ("stage", value!("CLOSE")),
        ("closeReason", value!("AGENT")),
        ("endTs", value!(1_700_000_900_000_i64)),
        ("csatRate", value!(4)),
        ("csatResolutionConfirmation", value!(true)),
        ("csat", value!({"csatRate": 4, "csatResolutionConfirmation": true, "status": "FILLED"})),
    ] {
        assert_eq!(details[member], expected, "{member}");
    }
    let dialog = &details["dialogs"][0];
    for (member, expected) in [
        ("state", value!("CLOSE")),
        ("endTs", value!(1_700_000_900_000_i64)),
        ("closedBy", value!("AGENT")),
        ("closedCause", value!("Completed")),
    ] {
        assert_eq!(dialog[member], expected, "{member}");
    }
}

#[test]
fn a_survey_is_a_second_dialog_while_the_stage_is_open() {
    let account = account();
    let bot = active(other(5), ParticipantRole::Agent);
    let meta_data = json(r#"{"appInstallId":"9a1d6f30-47c2-4b8e-8e55-1f0c3d7a2b64"}"#);
    let mut conversation = open(&account);
    conversation.close_reason = Some(CloseReason::Consumer);
    conversation.dialogs[0].closed =
        Some(ClosedDialog { at: EpochMillis(5), by: CloseReason::Consumer, cause: None });
    conversation.participants.push(bot);
    conversation.dialogs.push(AgentDialog {
        id: DialogId::parse("Qk3vT0aPRy6n1sHfLw2d9g").unwrap(),
        participants: vec![bot, active(consumer(), ParticipantRole::Consumer)],
        kind: DialogType::PostSurvey,
        meta_data: Some(&meta_data),
        created_at: EpochMillis(6),
        closed: None,
        updated_at: EpochMillis(6),
    });
    let details = &printed(&conversation, AgentVersion::V2Dot1)["conversationDetails"];
    assert_eq!((&details["state"], &details["stage"]), (&value!("CLOSE"), &value!("OPEN")));
    assert_eq!(details["participants"]["AGENT"], value!(["1234567.5"]));
    let survey = &details["dialogs"][1];
    assert_eq!(survey["dialogType"], "POST_SURVEY");
    assert_eq!(survey["metaData"]["appInstallId"], "9a1d6f30-47c2-4b8e-8e55-1f0c3d7a2b64");
    assert_eq!(survey["participantsDetails"][0]["role"], "CONSUMER");
}

#[test]
fn optional_facts_are_printed_once_known() {
    let account = account();
    let conversation = AgentConversation {
        delay: Some(Delay { kind: DelayKind::Night, until: EpochMillis(-1) }),
        manual_answer_due: Some(EpochMillis(7)),
        note: "calls back",
        topic: Some("kettles"),
        is_first: true,
        ..open(&account)
    };
    let details = &printed(&conversation, AgentVersion::V2Dot1)["conversationDetails"];
    assert_eq!(details["delay"], value!({"type": "NIGHT", "tillWhen": -1}));
    assert_eq!(details["manualETTR"], 7);
    assert_eq!(details["note"], "calls back");
    assert_eq!(details["topic"], "kettles");
    assert_eq!(details["firstConversation"], true);
    let bare = &printed(&open(&account), AgentVersion::V2Dot1);
    for member in ["delay", "manualETTR", "topic", "csat", "context", "closeReason", "endTs"] {
        assert!(bare["conversationDetails"].get(member).is_none(), "{member}");
    }
    assert!(bare.get("numberOfunreadMessages").is_none());
}
