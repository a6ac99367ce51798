//! Whatever a client sends: no panic, an answer whenever somebody can be answered, and nothing of it repeated.

use proptest::prelude::*;
use serde_json::Value;

use crate::agent::{Family, Request, RequestName};

/// Names of members that some request looks at.
const MEMBERS: [&str; 34] = [
    "availability",
    "agentUserId",
    "reason",
    "agentId",
    "brandId",
    "channelType",
    "skillId",
    "conversationId",
    "subscriptionId",
    "ringId",
    "ringState",
    "convState",
    "stage",
    "agentIds",
    "consumerId",
    "dialogId",
    "newerThanSequence",
    "event",
    "type",
    "contentType",
    "message",
    "messageAudience",
    "conversationField",
    "field",
    "role",
    "userId",
    "skill",
    "conversationState",
    "dialog",
    "state",
    "note",
    "fileSize",
    "fileType",
    "jwt",
];

/// Values that mean something somewhere.
const WORDS: [&str; 22] = [
    "ONLINE",
    "OPEN",
    "CLOSE",
    "ACCEPTED",
    "MESSAGING",
    "220d3639-ae23-4c90-83e8-455e3bb2cf13",
    "1234567.282467514",
    "ContentEvent",
    "RichContentEvent",
    "AcceptStatusEvent",
    "ChatStateEvent",
    "text/plain",
    "ParticipantsChange",
    "SUGGEST",
    "REMOVE",
    "ASSIGNED_AGENT",
    "Skill",
    "DialogChange",
    "TTRField",
    "CSATRate",
    "-1",
    "MARKER",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        prop::sample::select(&WORDS).prop_map(Value::from),
        any::<String>().prop_map(|text| Value::from(format!("MARKER{text}"))),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof![
            9 => prop::sample::select(&MEMBERS).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name, inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known = (prop::sample::select(RequestName::ALL), any::<bool>())
        .prop_map(|(name, wire)| name.as_str(if wire { Family::Wire } else { Family::Public }).to_owned());
    prop_oneof![19 => known, 1 => any::<String>()]
}

/// What must hold of any frame.
fn check(text: &str, id: Option<&str>) {
    match Request::parse(text, 5000) {
        Ok(request) => assert!(id.is_none_or(|id| request.id == id)),
        Err(unreadable) => {
            if let Some(id) = id {
                assert_eq!(unreadable.id.as_deref(), Some(id));
            }
            assert!(!unreadable.reason.contains("MARKER"), "{}", unreadable.reason);
            if let Some(response) = unreadable.response() {
                let response: Value = serde_json::from_str(&response).unwrap();
                assert_eq!(response["code"], 400);
                assert_eq!(response["reqId"].as_str(), unreadable.id.as_deref());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_body_of_any_request(name in name(), body in value(), rest in value()) {
        let mut frame = serde_json::json!({"kind": "req", "id": "q", "type": name, "body": body});
        for member in ["headers", "metadata", "encodedMetadata"] {
            if let Some(value) = rest.get(member) {
                frame[member] = value.clone();
            }
        }
        check(&frame.to_string(), Some("q"));
    }

    #[test]
    fn any_headers(headers in value()) {
        check(&serde_json::json!({"id": "q", "type": "InitConnection", "headers": headers}).to_string(), Some("q"));
    }

    #[test]
    fn any_envelope(members in prop::collection::hash_map(
        prop::sample::select(&["kind", "id", "type", "body", "headers", "metadata", "encodedMetadata"]), value(), 0..7,
    )) {
        let frame: Value = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        check(&frame.to_string(), None);
    }

    #[test]
    fn any_json(value in value()) {
        check(&value.to_string(), None);
    }

    #[test]
    fn any_text(text: String) {
        check(&text, None);
    }

    #[test]
    fn any_cut_of_a_frame(at in 0_usize..180) {
        let frame = r#"{"kind":"req","id":"q","type":".ams.ms.PublishEvent","body":{"dialogId":"220d3639-ae23-4c90-83e8-455e3bb2cf13","event":{"type":"ContentEvent","contentType":"text/plain","message":"hi \u00fc"}}}"#;
        check(frame.get(..at).unwrap_or(frame), None);
    }
}
