//! What requests may look like, and what they may not. Source: spec 21 §2, 20 §1.

use super::frames::{read, request};
use super::people::*;
use crate::agent::{
    AgentRequest, Family, MAX_DEPTH, MAX_FRAME_BYTES, Reference, Request, RequestName, States, UserRef,
};
use crate::conversations::Audience;
use crate::conversations::event::EventKind;

fn unreadable(text: &str) -> (Option<String>, String) {
    let unreadable = Request::parse(text, 5000).map(|_| ()).unwrap_err();
    (unreadable.id, unreadable.reason.into_owned())
}

#[test]
fn both_spellings_mean_the_same_on_every_socket() {
    for &name in RequestName::ALL {
        for family in [Family::Wire, Family::Public] {
            // Not every body fits every request; the name is understood all the same.
            let frame = format!(r#"{{"id":1,"type":"{}","body":{{}}}}"#, name.as_str(family));
            match Request::parse(&frame, 5000) {
                Ok(request) => {
                    assert_eq!(request.family, family);
                    assert!(!matches!(request.what, AgentRequest::Unknown));
                }
                Err(unreadable) => assert_ne!(unreadable.reason, "Unknown request"),
            }
        }
    }
    let mixed = r#"{"id":1,"type":"ms.PublishEvent","body":{"dialogId":"C","event":{"type":"ChatStateEvent","chatState":"GONE"}}}"#;
    assert!(matches!(read(mixed).what, AgentRequest::PublishEvent(_)));
}

#[test]
fn envelopes_are_lenient() {
    for (text, id) in [
        (r#"{"id":"1","type":"GetClock"}"#, "1"),
        (r#"{"kind":"req","id":1,"type":"GetClock","body":{}}"#, "1"),
        (r#"{"kind":"req","id":1.0,"type":"GetClock","body":null}"#, "1"),
        (
            r#"{"kind":null,"id":"a","type":"GetClock","headers":null,"metadata":null,"encodedMetadata":null}"#,
            "a",
        ),
        (r#"{"id":"a","type":"GetClock","metadata":{"type":"x"},"headers":[],"more":[{}]}"#, "a"),
        (r#" { "type" : "\u0047etClock" , "id" : "\u0061" } "#, "a"),
    ] {
        let frame = read(text);
        assert!(matches!(frame.what, AgentRequest::GetClock), "{text}");
        assert_eq!(frame.id, id);
    }
    let frame = read(r#"{"id":1,"type":"GetClock","encodedMetadata":"eyJ9"}"#);
    assert_eq!(frame.encoded_metadata.as_deref(), Some("eyJ9"));
}

#[test]
fn frames_without_an_id_cannot_be_answered() {
    let long = format!(r#"{{"id":"{}","type":"GetClock"}}"#, "a".repeat(65));
    let huge = format!(r#"{{"id":1,"type":"GetClock","body":"{}"}}"#, "a".repeat(MAX_FRAME_BYTES));
    for text in [
        "",
        "7",
        "null",
        "[]",
        r#"[{"id":1,"type":"GetClock"}]"#,
        r#"{"id":1,"type":"GetClock"} {}"#,
        r#"{"type":"GetClock"}"#,
        r#"{"id":null,"type":"GetClock"}"#,
        r#"{"id":"","type":"GetClock"}"#,
        r#"{"id":{},"type":"GetClock"}"#,
        r#"{"kind":"resp","reqId":"1","code":200,"type":"x"}"#,
        &long,
        &huge,
    ] {
        assert_eq!(unreadable(text).0, None, "{text:.60}");
    }
}

#[test]
fn broken_envelopes_are_answered() {
    let deep = format!(
        r#"{{"id":"1","type":"GetClock","body":{}{}}}"#,
        "[".repeat(MAX_DEPTH),
        "]".repeat(MAX_DEPTH)
    );
    let deeper =
        format!(r#"{{"id":"1","type":"GetClock","body":{}1{}}}"#, "[".repeat(9999), "]".repeat(9999));
    let long = format!(r#"{{"id":"1","type":"GetClock","encodedMetadata":"{}"}}"#, "x".repeat(16_385));
    let many = format!(r#"{{"id":"1","type":"GetClock","metadata":[{{"x":"{}"}}]}}"#, "x".repeat(16_376));
    for (text, reason) in [
        (r#"{"id":"1"}"#, "type is missing"),
        (r#"{"id":"1","type":7}"#, "type is missing"),
        (r#"{"id":"1","type":"GetClock","metadata":[1]}"#, "metadata must be an array of objects"),
        (r#"{"id":"1","type":"GetClock","metadata":"x"}"#, "metadata must be an array of objects"),
        (r#"{"id":"1","type":"GetClock","encodedMetadata":{}}"#, "encodedMetadata must be a string"),
        (long.as_str(), "encodedMetadata is too long"),
        (many.as_str(), "metadata is too long"),
        (deep.as_str(), "the request is nested too deeply"),
        (deeper.as_str(), "the request is nested too deeply"),
    ] {
        assert_eq!(unreadable(text), (Some("1".to_owned()), reason.to_owned()), "{text:.60}");
    }
}

#[test]
fn bodies_of_the_wrong_shape_are_answered() {
    for (name, body, reason) in [
        (".ams.routing.SetAgentState", "[]", "body must be an object"),
        (".ams.routing.SetAgentState", r#""ONLINE""#, "body must be an object"),
        (".ams.routing.SetAgentState", r#""""#, "availability is missing"),
        (".ams.routing.SetAgentState", r#"{"availability":"HAPPY"}"#, "availability has no meaning here"),
        (".ams.routing.SetAgentState", r#"{"availability":["ONLINE"]}"#, "availability has no meaning here"),
        (".ams.routing.UpdateRingState", "{}", "ringId is missing"),
        (".ams.routing.UpdateRingState", r#"{"ringId":"r"}"#, "ringState is missing"),
        (
            ".ams.routing.UpdateRingState",
            r#"{"ringId":"r","ringState":"CANCELLED"}"#,
            "ringState must be ACCEPTED or REJECTED",
        ),
        (".ams.routing.SubscribeRoutingTasks", r#"{"channelType":"CHAT"}"#, "channelType must be MESSAGING"),
        (".ams.routing.SubscribeRoutingTasks", r#"{"brandId":[]}"#, "brandId must be a string or a number"),
        (
            ".ams.aam.SubscribeExConversations",
            r#"{"agentIds":[null]}"#,
            "agentIds must be an array of strings",
        ),
        (
            ".ams.aam.SubscribeExConversations",
            r#"{"convState":[7]}"#,
            "convState must be an array of strings",
        ),
        (
            ".ams.aam.SubscribeExConversations",
            r#"{"minLastUpdatedTime":"now"}"#,
            "minLastUpdatedTime must be a whole number",
        ),
        (".ams.aam.UnsubscribeExConversations", "{}", "subscriptionId is missing"),
        (".ams.ms.QueryMessages", "{}", "dialogId is missing"),
        (".ams.ms.PublishEvent", r#"{"dialogId":"C"}"#, "event is missing"),
        (
            ".ams.ms.PublishEvent",
            r#"{"dialogId":"C","event":{"type":"X"}}"#,
            "event.type is not a known event",
        ),
        (
            ".ams.ms.PublishEvent",
            r#"{"dialogId":"C","event":{"type":"ContentEvent","contentType":"text/plain","message":{}}}"#,
            "event.message must be a string",
        ),
        (
            ".ams.ms.PublishEvent",
            r#"{"dialogId":"C","messageAudience":"ME","event":{"type":"ChatStateEvent","chatState":"GONE"}}"#,
            "messageAudience has no meaning here",
        ),
        (".ams.cm.AgentRequestConversation", "{}", "consumerId is missing"),
        ("cm.ConsumerRequestConversation", r#"{"skillId":"x"}"#, "SkillId must be at most 10 digits, or -1"),
        (".ams.userprofile.GetUserProfile", "7", "body must be an object"),
        (".ams.ms.GenerateURLForUploadFile", r#"{"fileType":"PNG"}"#, "fileSize is missing"),
        (
            ".ams.ms.GenerateURLForUploadFile",
            r#"{"fileSize":-1,"fileType":"PNG"}"#,
            "fileSize must be a number of bytes",
        ),
        (
            ".ams.ms.GenerateURLForUploadFile",
            r#"{"fileSize":1,"fileType":"EXE"}"#,
            "fileType has no meaning here",
        ),
        (".ams.ms.GenerateURLForDownloadFile", r#"{"relativePath":""}"#, "relativePath is missing"),
    ] {
        let frame = format!(r#"{{"id":7,"type":"{name}","body":{body}}}"#);
        assert_eq!(unreadable(&frame), (Some("7".to_owned()), reason.to_owned()), "{frame}");
    }
}

/// Spec 21 §7.1: a bot that was configured with a numeric account id.
#[test]
fn numbers_stand_for_text() {
    let AgentRequest::SubscribeRoutingTasks(filter) = request(
        ".ams.routing.SubscribeRoutingTasks",
        r#"{"brandId":1234567,"skillId":42,"conversationId":7,"agentId":null}"#,
    ) else {
        panic!()
    };
    assert_eq!(filter.brand.as_deref(), Some("1234567"));
    assert_eq!(filter.skill.map(crate::SkillId::number), Some(42));
    assert_eq!((filter.conversation, filter.agent), (Some(Reference::ToNothing), None));
}

/// Spec 21 §2: one element stands for a list of one.
#[test]
fn one_element_stands_for_a_list() {
    let AgentRequest::SubscribeExConversations(filter) = request(
        ".ams.aam.SubscribeExConversations",
        r#"{"convState":"OPEN","stage":["LOCKED"],"agentIds":"undefined","minLastUpdatedTime":"5","maxETTR":9}"#,
    ) else {
        panic!()
    };
    assert_eq!(filter.state, Some(States { open: true, closed: false }));
    // A word of older clients lets nothing through, rather than everything.
    assert_eq!(filter.stage, Some(States::default()));
    assert!(!filter.stage.unwrap().lets_through(true) && !filter.stage.unwrap().lets_through(false));
    assert_eq!(filter.agents, Some(vec![UserRef::Nobody]));
    assert_eq!((filter.updated_from.map(|at| at.0), filter.due_to.map(|at| at.0)), (Some(5), Some(9)));
}

#[test]
fn subscriptions_name_a_bounded_number_of_users() {
    let filter = |count: usize| {
        let ids = vec![r#""1234567.1""#; count].join(",");
        Request::parse(
            &format!(
                r#"{{"id":7,"type":".ams.aam.SubscribeExConversations","body":{{"agentIds":[{ids}]}}}}"#
            ),
            5000,
        )
    };
    assert!(filter(1000).is_ok());
    assert_eq!(filter(1001).unwrap_err().reason, "agentIds names too many users");
}

/// Spec 21 §7.3: content of other types is relayed unchanged.
#[test]
fn agents_may_publish_other_content() {
    for message in [r#"{"a":1}"#, r#""text""#] {
        let body = format!(
            r#"{{"dialogId":"{CONVERSATION}","event":{{"type":"ContentEvent","contentType":"forms/other","message":{message},"more":2}}}}"#
        );
        let AgentRequest::PublishEvent(publish) = request(".ams.ms.PublishEvent", &body) else { panic!() };
        assert_eq!((publish.event.kind, publish.audience), (EventKind::Content, Audience::All));
        assert_eq!(
            publish.event.json.as_str(),
            format!(r#"{{"type":"ContentEvent","message":{message},"contentType":"forms/other","more":2}}"#)
        );
    }
    let without = r#"{"id":7,"type":"ms.PublishEvent","body":{"dialogId":"C","event":{"type":"ContentEvent","contentType":"forms/other"}}}"#;
    assert_eq!(unreadable(without).1, "event.message must be a string or an object");
}

/// Spec 21 §7.3, 05 §6.2: the same limit as for connectors.
#[test]
fn published_text_is_bounded() {
    let publish = |message: &str| {
        let text = format!(
            r#"{{"id":7,"type":"ms.PublishEvent","body":{{"dialogId":"C","event":{{"type":"ContentEvent","contentType":"text/plain","message":"{message}"}}}}}}"#
        );
        let characters = text.chars().count();
        (Request::parse(&text, 200), characters)
    };
    let (_, frame) = publish("");
    let (full, characters) = publish(&"ü".repeat(200 - frame));
    assert_eq!(characters, 200);
    assert!(full.is_ok());
    let (over, _) = publish(&"ü".repeat(201 - frame));
    assert_eq!(over.unwrap_err().reason, "the request is too large");
}

/// Spec 05 §6.2: previews have a limit of their own.
#[test]
fn previews_do_not_count() {
    let body = format!(
        r#"{{"dialogId":"C","event":{{"type":"ContentEvent","contentType":"hosted/file","message":{{"relativePath":"/v1/x","fileType":"PNG","preview":"data:image/png;base64,{}"}}}}}}"#,
        "a".repeat(20_000)
    );
    assert!(matches!(request(".ams.ms.PublishEvent", &body), AgentRequest::PublishEvent(_)));
}

#[test]
fn descriptions_are_bounded() {
    let state = |text: &str, name: &str| {
        let body = format!(r#"{{"availability":"AWAY","{name}":"{text}"}}"#);
        Request::parse(&format!(r#"{{"id":7,"type":"routing.SetAgentState","body":{body}}}"#), 5000)
    };
    for name in ["reason", "description"] {
        let Ok(Request { what: AgentRequest::SetAgentState(state), .. }) = state("lunch", name) else {
            panic!()
        };
        assert_eq!(state.description.as_deref(), Some("lunch"));
    }
    assert!(state(&"x".repeat(257), "reason").is_err());
}

#[test]
fn sequences_below_zero_are_the_beginning() {
    let AgentRequest::QueryMessages(query) = request(
        ".ams.ms.QueryMessages",
        r#"{"dialogId":"C","newerThanSequence":-1,"olderThanSequence":9,"maxQuantity":0}"#,
    ) else {
        panic!()
    };
    assert_eq!((query.from, query.before, query.limit), (0, Some(9), None));
}

/// An older client calls the context of a conversation `context` (spec 21 §7.6).
#[test]
fn an_agents_conversation_has_a_context_by_either_name() {
    for name in ["context", "conversationContext"] {
        let body =
            format!(r#"{{"consumerId":"C","ttrDefName":"URGENT","{name}":{{"type":"ProactiveContext"}}}}"#);
        let AgentRequest::AgentRequestConversation(asked) = request("cm.AgentRequestConversation", &body)
        else {
            panic!()
        };
        assert_eq!(asked.consumer, Reference::ToNothing);
        assert_eq!(asked.request.context.unwrap().as_str(), r#"{"type":"ProactiveContext"}"#);
    }
}
