//! Every frame that agents' clients were seen to send. Source: spec 21 §7, 23.

use super::people::*;
use crate::agent::{
    AgentRequest, Aid, Availability, Family, FieldKind, FieldsUpdated, ParticipantChange, Reference, Request,
    RingAnswer, States, UserRef,
};
use crate::conversations::event::EventKind;
use crate::conversations::{Audience, ParticipantRole};
use crate::{AgentId, SkillId, UserId};

/// Reads a frame that must be readable, in the wire family.
pub(super) fn read(text: &str) -> Request {
    Request::parse(text, 5000).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Reads a request of this name and body, id `7`.
pub(super) fn request(name: &str, body: &str) -> AgentRequest {
    read(&format!(r#"{{"kind":"req","id":"7","type":"{name}","body":{body}}}"#)).what
}

fn aid(user: i64) -> UserRef {
    UserRef::Aid(Aid { account: account(), user: UserId::from_number(user) })
}

const ME: i64 = 282_467_514;

/// Spec 23 §4: what the sample bot sends at once after the handshake.
#[test]
fn the_first_frames_of_the_sample_bot() {
    let frame = read(
        r#"{"kind":"req","id":"20684118-a64f-4101-8c2f-6287b796cca4","type":".ams.routing.SetAgentState","body":{"availability":"ONLINE","channels":["MESSAGING"],"agentUserId":"1234567.282467514"}}"#,
    );
    assert_eq!(frame.id, "20684118-a64f-4101-8c2f-6287b796cca4");
    assert_eq!(frame.family, Family::Wire);
    let AgentRequest::SetAgentState(state) = frame.what else { panic!("{frame:?}") };
    assert_eq!((state.availability, state.agent), (Availability::Online, Some(aid(ME))));

    let frame = read(
        r#"{"kind":"req","id":"99faa127-6a89-424b-b101-bc278c181d38","type":".ams.aam.SubscribeExConversations","body":{"agentIds":["1234567.282467514"],"convState":["OPEN"]}}"#,
    );
    let AgentRequest::SubscribeExConversations(filter) = frame.what else { panic!("{frame:?}") };
    assert_eq!(filter.agents, Some(vec![aid(ME)]));
    assert_eq!(filter.state, Some(States { open: true, closed: false }));
    assert_eq!(filter.stage, None);

    let frame = read(
        r#"{"kind":"req","id":"a5f92cf3-1be9-4f93-b17d-c8e9fc80ec1e","type":".ams.routing.SubscribeRoutingTasks","body":{"channelType":"MESSAGING","agentId":"1234567.282467514","brandId":"1234567"}}"#,
    );
    let AgentRequest::SubscribeRoutingTasks(filter) = frame.what else { panic!("{frame:?}") };
    assert_eq!((filter.agent, filter.brand.as_deref()), (Some(aid(ME)), Some("1234567")));
}

#[test]
fn other_first_frames() {
    assert!(matches!(request(".GetClock", "{}"), AgentRequest::GetClock));
    let followed = request(
        ".ams.routing.SubscribeAgentsState",
        r#"{"brandId":"1234567","agentId":"1234567.282467514"}"#,
    );
    let AgentRequest::SubscribeAgentsState(filter) = followed else { panic!("{followed:?}") };
    assert_eq!((filter.agent, filter.brand.as_deref()), (Some(aid(ME)), Some("1234567")));
    // Greeting bot: away, and account-wide. Survey bot: by stage.
    let AgentRequest::SetAgentState(state) = request(
        ".ams.routing.SetAgentState",
        r#"{"availability":"AWAY","channels":["MESSAGING"],"agentUserId":"1234567.282467514"}"#,
    ) else {
        panic!()
    };
    assert_eq!(state.availability, Availability::Away);
    for (body, state, stage) in [
        (r#"{"convState":["OPEN"]}"#, Some(States { open: true, closed: false }), None),
        (r#"{"stage":["OPEN"]}"#, None, Some(States { open: true, closed: false })),
    ] {
        let AgentRequest::SubscribeExConversations(filter) =
            request(".ams.aam.SubscribeExConversations", body)
        else {
            panic!()
        };
        assert_eq!((filter.state, filter.stage, filter.agents), (state, stage, None));
    }
}

/// Spec 23 §5: a manager joins.
#[test]
fn a_manager_joins() {
    let update = request(
        ".ams.cm.UpdateConversationField",
        r#"{"conversationId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","conversationField":[{"field":"ParticipantsChange","type":"ADD","role":"MANAGER","userId":"1234567.282467514"}]}"#,
    );
    let AgentRequest::UpdateConversationField(update) = update else { panic!("{update:?}") };
    assert_eq!(update.conversation, Reference::To(conversation()));
    let [change] = update.changes.as_slice() else { panic!("{update:?}") };
    let FieldKind::Participants(change) = &change.kind else { panic!("{change:?}") };
    assert_eq!(change.change, ParticipantChange::Add);
    assert_eq!((change.role, &change.user), (ParticipantRole::Manager, &Some(aid(ME))));
    assert_eq!(update.done(), FieldsUpdated::AgentAdded);
}

/// Spec 23 §6.
#[test]
fn a_ring_is_accepted() {
    let update = request(
        ".ams.routing.UpdateRingState",
        r#"{"ringId":"220d3639-ae23-4c90-83e8-455e3bb2cf13_1234567_1517000827442","ringState":"ACCEPTED"}"#,
    );
    let AgentRequest::UpdateRingState(update) = update else { panic!("{update:?}") };
    assert_eq!(update.answer, RingAnswer::Accept);
    let ring = update.ring.id().unwrap();
    assert_eq!(ring.as_str(), "220d3639-ae23-4c90-83e8-455e3bb2cf13_1234567_1517000827442");
}

/// Spec 23 §7, 21 §7.3.
#[test]
fn messages_are_asked_for() {
    for (body, dialog, from) in [
        (
            r#"{"dialogId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","newerThanSequence":0}"#,
            Reference::To(main_dialog()),
            0,
        ),
        (r#"{"dialogId":"C","fromSeq":7,"newerThanSequence":7}"#, Reference::ToNothing, 7),
        (r#"{"dialogId":"C","fromSeq":5}"#, Reference::ToNothing, 5),
    ] {
        let AgentRequest::QueryMessages(query) = request(".ams.ms.QueryMessages", body) else { panic!() };
        assert_eq!((query.dialog, query.from), (dialog, from));
        assert_eq!((query.before, query.limit), (None, None));
    }
}

#[test]
fn events_are_published() {
    let dialog = CONVERSATION;
    for (event, more, kind, relayed, audience) in [
        (
            r#"{"type":"ContentEvent","contentType":"text/plain","message":"echo : hello from consumer"}"#,
            "",
            EventKind::Content,
            r#"{"type":"ContentEvent","message":"echo : hello from consumer","contentType":"text/plain"}"#,
            Audience::All,
        ),
        (
            r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[1]}"#,
            "",
            EventKind::AcceptStatus,
            r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[1]}"#,
            Audience::All,
        ),
        (
            r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#,
            "",
            EventKind::ChatState,
            r#"{"type":"ChatStateEvent","chatState":"COMPOSING"}"#,
            Audience::All,
        ),
        (
            r#"{"type":"ContentEvent","contentType":"text/plain","message":"hi"}"#,
            r#","messageAudience":"AGENTS_AND_MANAGERS""#,
            EventKind::Content,
            r#"{"type":"ContentEvent","message":"hi","contentType":"text/plain"}"#,
            Audience::AgentsAndManagers,
        ),
        (
            r#"{"type":"RichContentEvent","message":{"type":"vertical"}}"#,
            "",
            EventKind::RichContent,
            r#"{"type":"RichContentEvent","content":{"type":"vertical"}}"#,
            Audience::All,
        ),
    ] {
        let body = format!(r#"{{"dialogId":"{dialog}","event":{event}{more}}}"#);
        let AgentRequest::PublishEvent(publish) = request(".ams.ms.PublishEvent", &body) else { panic!() };
        assert_eq!(publish.dialog, Reference::To(main_dialog()));
        assert_eq!((publish.event.kind, publish.audience), (kind, audience));
        assert_eq!(publish.event.json.as_str(), relayed);
    }
}

/// Spec 21 §7.3: with metadata, and null for the rest.
#[test]
fn metadata_comes_along() {
    let frame = read(
        r#"{"kind":"req","id":"m","type":".ams.ms.PublishEvent","body":{"dialogId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","event":{"type":"ContentEvent","contentType":"text/plain","message":"hi"}},"headers":null,"metadata":[{"type":"ExternalId","id":"CARD"}],"encodedMetadata":null}"#,
    );
    assert_eq!(frame.metadata.unwrap().as_str(), r#"[{"type":"ExternalId","id":"CARD"}]"#);
    assert_eq!(frame.encoded_metadata, None);
}

/// Spec 23 §8: parts in any order, either id, the skill as text or number.
#[test]
fn transfers() {
    let pid = || UserRef::Pid(AgentId::parse(PID).unwrap());
    for (body, expected) in [
        (
            r#"{"conversationId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","conversationField":[
                {"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"1234567.282467514"},
                {"field":"ParticipantsChange","type":"SUGGEST","userId":"1234567.999","role":"ASSIGNED_AGENT"},
                {"field":"Skill","type":"UPDATE","skill":4242}]}"#,
            vec![
                (Some(ParticipantChange::Remove), Some(aid(ME)), None),
                (Some(ParticipantChange::Suggest), Some(aid(999)), None),
                (None, None, Some(4242)),
            ],
        ),
        (
            r#"{"conversationId":"C","dialogId":"C","conversationField":[
                {"field":"ParticipantsChange","type":"SUGGEST","userId":"1234567.999","role":"ASSIGNED_AGENT"},
                {"field":"ParticipantsChange","type":"REMOVE","userId":"393c6873-756d-54af-86e1-8795d57eba14","role":"ASSIGNED_AGENT"},
                {"field":"Skill","type":"UPDATE","skill":"7"}]}"#,
            vec![
                (Some(ParticipantChange::Suggest), Some(aid(999)), None),
                (Some(ParticipantChange::Remove), Some(pid()), None),
                (None, None, Some(7)),
            ],
        ),
        (
            r#"{"conversationId":"C","conversationField":[
                {"field":"ParticipantsChange","type":"REMOVE","role":"ASSIGNED_AGENT","userId":"1234567.282467514"},
                {"field":"Skill","type":"UPDATE","skill":"4242"}]}"#,
            vec![(Some(ParticipantChange::Remove), Some(aid(ME)), None), (None, None, Some(4242))],
        ),
    ] {
        let AgentRequest::UpdateConversationField(update) = request(".ams.cm.UpdateConversationField", body)
        else {
            panic!()
        };
        let parts: Vec<_> = update
            .changes
            .iter()
            .map(|change| match &change.kind {
                FieldKind::Participants(change) => (Some(change.change), change.user.clone(), None),
                FieldKind::Skill(skill) => (None, None, Some(skill.number())),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(parts, expected);
        assert_eq!(update.done(), FieldsUpdated::AgentRemoved);
    }
}

/// Spec 23 §9.
#[test]
fn closing_and_leaving() {
    for field in [
        r#"[{"field":"ConversationStateField","conversationState":"CLOSE"}]"#,
        r#"{"field":"ConversationStateField","conversationState":"CLOSE"}"#,
        r#"[{"field":"Stage","conversationState":"CLOSE"}]"#,
    ] {
        let body = format!(r#"{{"conversationId":"{CONVERSATION}","conversationField":{field}}}"#);
        let AgentRequest::UpdateConversationField(update) = request(".ams.cm.UpdateConversationField", &body)
        else {
            panic!()
        };
        assert_eq!(update.changes[0].kind, FieldKind::CloseConversation);
        assert_eq!(update.done(), FieldsUpdated::Closed);
    }
    let unsubscribed = request(".ams.aam.UnsubscribeExConversations", r#"{"subscriptionId":"sub-conv"}"#);
    assert!(matches!(unsubscribed, AgentRequest::UnsubscribeExConversations(Reference::ToNothing)));
    let unsubscribed = request(
        ".ams.aam.UnsubscribeExConversations",
        r#"{"subscriptionId":"0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35"}"#,
    );
    assert!(matches!(unsubscribed, AgentRequest::UnsubscribeExConversations(Reference::To(_))));
}

/// Spec 21 §7.6, §7.7.
#[test]
fn conversations_profiles_and_files() {
    let consumer = consumer_id();
    let asked = request(
        ".ams.cm.AgentRequestConversation",
        &format!(
            r#"{{"consumerId":"{consumer}","channelType":"MESSAGING","skillId":7,"conversationContext":{{"type":"ProactiveContext","originConversationId":"x"}}}}"#
        ),
    );
    let AgentRequest::AgentRequestConversation(asked) = asked else { panic!("{asked:?}") };
    assert_eq!(asked.consumer, Reference::To(consumer));
    assert_eq!(asked.request.skill, Some(SkillId::from_number(7).unwrap()));
    assert_eq!(
        asked.request.context.unwrap().as_str(),
        r#"{"type":"ProactiveContext","originConversationId":"x"}"#
    );

    for (body, whose) in [
        (format!(r#""{consumer}""#), Some(UserRef::Consumer(consumer))),
        (format!(r#""{THEIR_CONSUMER}""#), Some(UserRef::Pid(AgentId::parse(THEIR_CONSUMER).unwrap()))),
        (format!(r#"{{"userId":"{consumer}"}}"#), Some(UserRef::Consumer(consumer))),
        ("{}".to_owned(), None),
        ("null".to_owned(), None),
        (r#""""#.to_owned(), None),
    ] {
        let AgentRequest::GetUserProfile(asked) = request(".ams.userprofile.GetUserProfile", &body) else {
            panic!()
        };
        assert_eq!(asked, whose, "{body}");
    }

    for size in ["5020", r#""5020""#] {
        let body = format!(r#"{{"fileSize":{size},"fileType":"JPEG"}}"#);
        let AgentRequest::GenerateUrlForUploadFile(upload) =
            request(".ams.ms.GenerateURLForUploadFile", &body)
        else {
            panic!()
        };
        assert_eq!((upload.size, upload.file_type.as_str()), (5020, "JPEG"));
    }
    let download = request(".ams.ms.GenerateURLForDownloadFile", r#"{"relativePath":"/v1/x"}"#);
    assert!(matches!(download, AgentRequest::GenerateUrlForDownloadFile(path) if &*path == "/v1/x"));
}

#[test]
fn what_nobody_knows_is_unknown() {
    for name in [".ams.ms.token.GenerateDownloadToken", "toString", ""] {
        assert!(matches!(request(name, r#""x""#), AgentRequest::Unknown), "{name}");
    }
}
