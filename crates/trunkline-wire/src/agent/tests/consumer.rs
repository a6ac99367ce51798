//! Frames of consumers. Source: spec 24 §3, §5.

use super::frames::{read, request};
use super::people::*;
use crate::agent::{
    AgentRequest, ConsumerToken, CsatChange, DialogOutcome, Family, FieldKind, FieldsUpdated, Reference,
    Request, States, TtrChange,
};
use crate::conversations::{CsatStatus, TtrType};

#[test]
fn credentials_come_in_headers() {
    let frame = read(
        r#"{"kind":"req","id":"0","type":"InitConnection","headers":[
            {"type":".ams.headers.ClientProperties","deviceFamily":"DESKTOP","os":"WINDOWS","features":["RICH_CONTENT","MULTI_DIALOG"]},
            {"type":".ams.headers.ConsumerAuthentication","jwt":"a.b.c"}]}"#,
    );
    assert!(matches!(frame.what, AgentRequest::InitConnection));
    assert_eq!(frame.family, Family::Public);
    assert_eq!(frame.headers.token.as_ref().map(ConsumerToken::as_str), Some("a.b.c"));
    assert_eq!(frame.headers.client_properties.as_ref().unwrap().features, ["RICH_CONTENT", "MULTI_DIALOG"]);
    assert!(!format!("{frame:?}").contains("a.b.c"));

    // The Java client sends the token alone.
    let alone = read(
        r#"{"type":"InitConnection","kind":"req","id":"d5c3","headers":[{"type":".ams.headers.ConsumerAuthentication","jwt":"a.b.c"}]}"#,
    );
    assert_eq!(alone.headers.client_properties, None);
    let without = Request::parse(r#"{"kind":"req","id":"0","type":"InitConnection"}"#, 5000).unwrap_err();
    assert_eq!((without.id.as_deref(), &*without.reason), (Some("0"), "headers is missing"));
}

#[test]
fn headers_mean_nothing_elsewhere() {
    for headers in ["7", r#"[{"type":".ams.headers.ConsumerAuthentication","jwt":"a"}]"#, "[null]"] {
        let frame = read(&format!(r#"{{"id":1,"type":"GetClock","headers":{headers}}}"#));
        assert_eq!(frame.headers, crate::agent::Headers::default());
    }
}

/// Spec 24 §1, §3.2: bodies are absent where nothing is allowed.
#[test]
fn the_documented_frames_are_read() {
    assert!(matches!(read(r#"{"kind":"req","id":"1","type":"GetClock"}"#).what, AgentRequest::GetClock));
    assert!(matches!(read(r#"{"kind":"req","id":"1","type":"KeepAlive"}"#).what, AgentRequest::KeepAlive));

    let opened = read(r#"{"kind":"req","id":1,"type":"cm.ConsumerRequestConversation"}"#);
    assert_eq!(opened.id, "1");
    let AgentRequest::ConsumerRequestConversation(opened) = opened.what else { panic!() };
    assert_eq!((opened.brand_id, opened.ttr, opened.skill), (None, None, None));

    let subscribed = read(
        r#"{"kind":"req","id":"3","type":"cqm.SubscribeExConversations","body":{"stage":["OPEN","CLOSE"],"convState":["OPEN","CLOSE"]}}"#,
    );
    let AgentRequest::SubscribeExConversations(filter) = subscribed.what else { panic!() };
    let both = Some(States { open: true, closed: true });
    assert_eq!((filter.stage, filter.state), (both, both));

    let followed =
        request("ms.SubscribeMessagingEvents", &format!(r#"{{"dialogId":"{CONVERSATION}","fromSeq":0}}"#));
    let AgentRequest::SubscribeMessagingEvents(followed) = followed else { panic!() };
    assert_eq!(
        (followed.dialog, followed.conversation, followed.from),
        (Reference::To(main_dialog()), None, 0)
    );

    let published = read(&format!(
        r#"{{"kind":"req","id":2,"type":"ms.PublishEvent","body":{{"dialogId":"{CONVERSATION}","event":{{"type":"ContentEvent","contentType":"text/plain","message":"My first message"}}}}}}"#
    ));
    assert_eq!(published.id, "2");
    assert!(matches!(published.what, AgentRequest::PublishEvent(_)));
}

#[test]
fn a_profile_is_set() {
    let set = request("userprofile.SetUserProfile", r#"{"firstName":"Ada"}"#);
    let AgentRequest::SetUserProfile(profile) = set else { panic!() };
    assert!(profile.into_members().get("firstName").is_some());
}

/// Spec 24 §3.7.
#[test]
fn fields_of_consumers() {
    let field = |field: &str| {
        let body = format!(r#"{{"conversationId":"{CONVERSATION}","conversationField":{field}}}"#);
        let AgentRequest::UpdateConversationField(update) = request("cm.UpdateConversationField", &body)
        else {
            panic!()
        };
        update
    };
    let closed = field(&format!(
        r#"{{"field":"DialogChange","type":"UPDATE","dialog":{{"dialogId":"{CONVERSATION}","state":"CLOSE","closedCause":"Closed by consumer"}}}}"#
    ));
    assert_eq!(closed.changes[0].dialog, Some(Reference::To(main_dialog())));
    assert_eq!(
        closed.changes[0].kind,
        FieldKind::Dialog(DialogOutcome::Close(Some("Closed by consumer".into())))
    );
    assert_eq!(closed.done(), FieldsUpdated::Closed);

    let rated =
        field(r#"{"field":"CSATRate","csatRate":5,"csatResolutionConfirmation":true,"status":"FILLED"}"#);
    let csat = CsatChange { rate: Some(5), resolved: Some(true), status: CsatStatus::Filled };
    assert_eq!(rated.changes[0].kind, FieldKind::Csat(csat));
    assert_eq!(rated.done(), FieldsUpdated::Changed);

    let urgent = field(r#"{"field":"TTRField","ttrType":"URGENT","value":300}"#);
    let ttr = TtrChange { kind: TtrType::Urgent, seconds: Some(300) };
    assert_eq!(urgent.changes[0].kind, FieldKind::Ttr(ttr));
}

fn publish(event: &str) -> String {
    format!(
        r#"{{"id":"7","type":"ms.PublishEvent","body":{{"dialogId":"{CONVERSATION}","event":{{"type":"ContentEvent",{event}}}}}}}"#
    )
}

/// Spec 24 §3.6, 05 §4.2: what the Send API refuses, and what agents may publish.
#[test]
fn consumers_publish_the_content_of_the_send_api() {
    let file = r#""message":{"relativePath":"/v1/x","fileType":"PNG","preview":"javascript:alert(1)"}"#;
    for event in [
        r#""contentType":"text/html","message":"<b>hello</b>""#.to_owned(),
        r#""contentType":"forms/other","message":{"a":1}"#.to_owned(),
        format!(r#""contentType":"HOSTED/FILE",{file}"#),
        format!(r#""contentType":"HostedFile",{file}"#),
    ] {
        let frame = publish(&event);
        let refused = Request::parse_of_consumer(&frame, 5000).unwrap_err();
        assert_eq!(refused.reason, "event.contentType is not a known content type", "{event}");
        assert!(Request::parse(&frame, 5000).is_ok(), "{event}");
    }
    let text = publish(r#""contentType":"text/plain","message":"<b>hello</b>""#);
    assert!(Request::parse_of_consumer(&text, 5000).is_ok());
}

/// Spec 05 §6.2: the limit is that of the request, metadata included.
#[test]
fn changes_of_consumers_are_bounded_like_messages() {
    let change = |characters: usize| {
        let metadata = format!(r#"[{{"type":"ExternalId","id":"{}"}}]"#, "x".repeat(characters));
        format!(
            r#"{{"id":"7","type":"cm.UpdateConversationField","metadata":{metadata},"body":{{"conversationId":"{CONVERSATION}","conversationField":{{"field":"TTRField","ttrType":"URGENT","value":300}}}}}}"#
        )
    };
    let around = change(0).chars().count();
    assert!(Request::parse_of_consumer(&change(5000 - around), 5000).is_ok());
    let refused = Request::parse_of_consumer(&change(5001 - around), 5000).unwrap_err();
    assert_eq!((refused.id.as_deref(), &*refused.reason), (Some("7"), "the request is too large"));
    assert!(Request::parse(&change(5001 - around), 5000).is_ok(), "agents' metadata has a limit of its own");
}
