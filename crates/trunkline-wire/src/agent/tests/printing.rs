//! Whatever is told is printed as JavaScript would print it.

use proptest::prelude::*;

use super::people::*;
use crate::JsonText;
use crate::agent::{
    AgentConversation, AgentVersion, Answer, ChangeKind, ErrorCode, Family, FlatEvent, ForAgents, Rendered,
    ShownClientProperties, SubscriptionId, changes, online_event, response,
};

proptest! {
    #[test]
    fn frames_are_fixed_points(note: String, topic: Option<String>, text: String, id: String, name in "[a-z0-9]{1,6}") {
        let account = account();
        let object = |value: &str| {
            let text = serde_json::json!({ name.clone(): value, "type": value }).to_string();
            json(&text)
        };
        let (event, context) = (object(&text), object(&note));
        let client = ShownClientProperties::of(&object(&text));
        let event = FlatEvent {
            client_properties: client.as_ref(),
            encoded_metadata: Some(&text),
            ..flat(&account, &event)
        };
        let conversation = AgentConversation {
            note: &note,
            topic: topic.as_deref(),
            context: Some(&context),
            client_properties: client.as_ref(),
            last_content: Some(event),
            unread: &[(consumer(), 1), (agent(), 0)],
            ..open(&account)
        };
        let rendered = Rendered::<ForAgents>::of(&conversation, AgentVersion::V2Dot1);
        let to = SubscriptionId::parse("0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a35").unwrap();
        for frame in [
            online_event(&event),
            changes(to, [(ChangeKind::Upsert, &rendered), (ChangeKind::Delete, &rendered)]),
            response(&id, Family::Wire, &Answer::Messages(&[event])),
            response(&id, Family::Public, &Answer::Refused { code: ErrorCode::NotFound, text: &text }),
        ] {
            let normal = JsonText::normalise(&frame).unwrap();
            prop_assert_eq!(normal.as_str(), frame);
        }
    }
}
