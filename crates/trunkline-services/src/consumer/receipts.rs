//! Receipts as the consumer may see them: not for messages that are not for consumers. Source: spec 22 §6.

use std::borrow::Cow;
use std::collections::HashSet;

use trunkline_model::conversation::MessageEvent;
use trunkline_wire::DialogId;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::json::JsValue;

/// The events of a conversation that consumers may not read.
pub(super) type Private = HashSet<(DialogId, u64)>;

/// The event without the numbers of private messages; `None` when nothing is left of it.
pub(super) fn for_consumer<'a>(event: &'a MessageEvent, private: &Private) -> Option<Cow<'a, MessageEvent>> {
    if event.kind != EventKind::AcceptStatus || private.is_empty() {
        return Some(Cow::Borrowed(event));
    }
    let Ok(JsValue::Object(mut members)) = JsValue::parse(event.event.as_str()) else {
        return Some(Cow::Borrowed(event));
    };
    let mut list = match members.take("sequenceList") {
        Some(JsValue::Array(list)) => list,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let before = list.len();
    list.retain(|number| {
        let sequence = number.as_integer().and_then(|number| u64::try_from(number).ok());
        sequence.is_none_or(|sequence| !private.contains(&(event.dialog, sequence)))
    });
    if list.len() == before {
        return Some(Cow::Borrowed(event));
    }
    if list.is_empty() {
        return None;
    }
    members.set("sequenceList", JsValue::Array(list));
    members.lead_with(&["type", "status", "sequenceList"]);
    Some(Cow::Owned(MessageEvent { event: JsValue::Object(members).to_json(), ..event.clone() }))
}

#[cfg(test)]
mod tests {
    use trunkline_wire::conversations::{Audience, ParticipantRole};
    use trunkline_wire::{AgentId, ConversationId, JsonText, ParticipantId};

    use super::*;

    const DIALOG: &str = "220d3639-ae23-4c90-83e8-455e3bb2cf13";

    fn receipt(list: &str) -> MessageEvent {
        let event = format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":{list}}}"#);
        MessageEvent {
            dialog: DialogId::Main(ConversationId::parse(DIALOG).unwrap()),
            sequence: 9,
            originator: ParticipantId::Agent(AgentId::parse("6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36").unwrap()),
            role: ParticipantRole::AssignedAgent,
            kind: EventKind::AcceptStatus,
            event: JsonText::normalise(&event).unwrap(),
            audience: Audience::All,
            metadata: None,
            encoded_metadata: None,
            public: None,
        }
    }

    fn shown(list: &str) -> Option<String> {
        let receipt = receipt(list);
        let private: Private = [2, 4].map(|sequence| (receipt.dialog, sequence)).into();
        for_consumer(&receipt, &private).map(|event| event.event.as_str().to_owned())
    }

    #[test]
    fn numbers_of_private_messages_are_left_out() {
        let with =
            |list| Some(format!(r#"{{"type":"AcceptStatusEvent","status":"READ","sequenceList":{list}}}"#));
        assert_eq!(shown("[1,2,3,4]"), with("[1,3]"));
        assert_eq!(shown("[1,3]"), with("[1,3]"));
        assert_eq!(shown("[]"), with("[]"));
        assert_eq!(shown("[2,4]"), None);
        assert_eq!(shown("2"), None);
    }
}
