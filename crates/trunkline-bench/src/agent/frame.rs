//! What the server sends, as far as it is looked at. Source: spec 21 §2, 22.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A frame.
#[derive(Debug)]
pub enum Frame {
    /// The answer to a request.
    Answer(Answer),
    /// Conversations entered, changed or left a subscription.
    Conversations(Vec<Change<Conversations>>),
    /// Rings of this agent.
    Rings(Vec<Change<Rings>>),
    /// Somebody published something.
    Event(Event),
    /// Anything else.
    Other,
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    /// The request's id.
    pub request: u64,
    /// As in HTTP.
    pub code: u16,
    body: Box<RawValue>,
}

impl Answer {
    /// The body as the type that belongs to the request.
    ///
    /// # Errors
    /// When it is another.
    pub fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.body.get())
    }

    /// Code and body, for messages.
    pub fn summary(&self) -> String {
        let body: String = self.body.get().chars().take(300).collect();
        format!("{} {body}", self.code)
    }
}

/// One change of a subscription.
#[derive(Debug, Deserialize)]
pub struct Change<T> {
    #[serde(rename = "type")]
    kind: String,
    /// What changed, after the change.
    pub result: T,
}

impl<T> Change<T> {
    /// Whether it matches the subscription now.
    pub fn is_upsert(&self) -> bool {
        self.kind == "UPSERT"
    }
}

/// A conversation. Source: spec 22 §1.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversations {
    /// Its id, which is its main dialog's id too.
    pub conv_id: String,
    conversation_details: Details,
}

#[derive(Debug, Deserialize)]
struct Details {
    participants: HashMap<String, Vec<String>>,
    state: String,
}

impl Conversations {
    /// Whether its main dialog is open.
    pub fn is_open(&self) -> bool {
        self.conversation_details.state == "OPEN"
    }

    /// The assigned agents, by their old ids; the contract allows one.
    pub fn assigned(&self) -> &[String] {
        self.conversation_details.participants.get("ASSIGNED_AGENT").map_or(&[], Vec::as_slice)
    }
}

/// A conversation that waits for an agent. Source: spec 22 §2.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rings {
    /// The conversation.
    pub conversation_id: String,
    rings_details: Vec<Ring>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ring {
    ring_id: String,
    ring_state: String,
}

impl Rings {
    /// The ring that waits for an answer, if one does.
    pub fn waiting(&self) -> Option<&str> {
        let ring = self.rings_details.iter().find(|ring| ring.ring_state == "WAITING")?;
        Some(&ring.ring_id)
    }
}

/// Something published in a dialog. Source: spec 22 §4.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The dialog.
    pub dialog_id: String,
    /// Its number; stored events only.
    pub sequence: Option<u64>,
    originator_metadata: Originator,
    #[serde(rename = "event")]
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Originator {
    id: String,
    role: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Content {
    #[serde(rename = "type")]
    kind: String,
    message: Option<String>,
}

impl Event {
    /// Whether the consumer published it.
    pub fn is_of_consumer(&self) -> bool {
        self.originator_metadata.role == "CONSUMER"
    }

    /// Who published it, by the id that consumers see too.
    pub fn originator(&self) -> &str {
        &self.originator_metadata.id
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        &self.content.kind
    }

    /// Its text, if it has one.
    pub fn text(&self) -> Option<&str> {
        self.content.message.as_deref()
    }
}

#[derive(Deserialize)]
struct Changes<T> {
    changes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(rename = "type")]
    name: String,
    req_id: Option<String>,
    code: Option<u16>,
    #[serde(borrow)]
    body: &'a RawValue,
}

impl Frame {
    /// Reads a frame.
    ///
    /// # Errors
    /// When it is not what the contract says.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let frame: Envelope<'_> = serde_json::from_str(text)?;
        if let (Some(request), Some(code)) = (frame.req_id, frame.code) {
            // Ids that nobody here sends are nobody's.
            let answer = |request| Self::Answer(Answer { request, code, body: frame.body.to_owned() });
            return Ok(request.parse().map_or(Self::Other, answer));
        }
        let body = frame.body.get();
        Ok(match &*frame.name {
            ".ams.aam.ExConversationChangeNotification" => {
                Self::Conversations(serde_json::from_str::<Changes<_>>(body)?.changes)
            }
            ".ams.routing.RoutingTaskNotification" => {
                Self::Rings(serde_json::from_str::<Changes<_>>(body)?.changes)
            }
            ".ams.ms.OnlineEventDistribution" => Self::Event(serde_json::from_str(body)?),
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_by_its_request() {
        let text = r#"{"kind":"resp","reqId":"7","code":200,"body":{"sequence":3},"type":".ams.ms.PublishEvent$Response"}"#;
        let Ok(Frame::Answer(answer)) = Frame::read(text) else { panic!("no answer") };
        assert_eq!((answer.request, answer.code), (7, 200));
        assert_eq!(answer.body::<serde_json::Value>().unwrap()["sequence"], 3);
    }

    #[test]
    fn a_change_names_who_is_assigned() {
        let text = r#"{"kind":"notification","type":".ams.aam.ExConversationChangeNotification","body":{"subscriptionId":"s","changes":[{"type":"UPSERT","result":{"convId":"c","conversationDetails":{"participants":{"CONSUMER":["x"],"ASSIGNED_AGENT":["1.2"]},"state":"OPEN"}}}]}}"#;
        let Ok(Frame::Conversations(changes)) = Frame::read(text) else { panic!("no change") };
        let change = changes.first().unwrap();
        assert!(change.is_upsert() && change.result.is_open());
        assert_eq!(change.result.assigned(), ["1.2"]);
    }

    #[test]
    fn a_ring_waits_until_it_does_not() {
        for (state, waiting) in [("WAITING", Some("r")), ("EXPIRED", None)] {
            let text = format!(
                r#"{{"kind":"notification","type":".ams.routing.RoutingTaskNotification","body":{{"subscriptionId":"s","changes":[{{"type":"UPSERT","result":{{"conversationId":"c","ringsDetails":[{{"ringId":"r","ringState":"{state}"}}]}}}}]}}}}"#
            );
            let Ok(Frame::Rings(changes)) = Frame::read(&text) else { panic!("no ring") };
            assert_eq!(changes.first().unwrap().result.waiting(), waiting);
        }
    }

    #[test]
    fn an_event_has_its_number_and_originator() {
        let text = r#"{"kind":"notification","type":".ams.ms.OnlineEventDistribution","body":{"sequence":4,"originatorId":"x","originatorMetadata":{"id":"x","role":"CONSUMER"},"event":{"type":"ContentEvent","contentType":"text/plain","message":"hi"},"dialogId":"c"}}"#;
        let Ok(Frame::Event(event)) = Frame::read(text) else { panic!("no event") };
        assert!(event.is_of_consumer());
        assert_eq!((event.sequence, event.text(), event.kind()), (Some(4), Some("hi"), "ContentEvent"));
        assert_eq!(event.originator(), "x");
    }
}
