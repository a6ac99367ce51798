//! What the server sends, as far as a bot reads it (spec 21 §2, 22), and the frames a bot sends.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use trunkline_wire::SkillId;
use trunkline_wire::agent::{Family, RequestName};

/// A frame of the server.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// The answer to a request.
    Answer(Answer),
    /// Conversations entered, changed or left a subscription.
    Conversations(Vec<ConversationChange>),
    /// Rings of this agent.
    Rings(Vec<RingChange>),
    /// Somebody said or did something.
    Event(Event),
    /// Nothing a bot needs.
    Other,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The id of the request.
    pub(crate) request: u64,
    /// As in HTTP.
    pub(crate) code: u16,
    body: Box<RawValue>,
}

impl Answer {
    /// The body as the type that belongs to the request.
    pub(crate) fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.body.get())
    }

    /// The events of a history, without those that cannot be read.
    pub(crate) fn events(&self) -> Result<Vec<Event>, serde_json::Error> {
        let events: Vec<Box<RawValue>> = self.body()?;
        Ok(events.iter().filter_map(|event| Event::of(event)).collect())
    }

    /// What the server says about an error.
    pub(crate) fn reason(&self) -> String {
        self.body::<String>().unwrap_or_default()
    }
}

/// One change of a subscription to conversations.
#[derive(Debug, Deserialize)]
pub(crate) struct ConversationChange {
    #[serde(rename = "type")]
    pub(crate) kind: Change,
    pub(crate) result: Conversation,
}

/// How something stands to the filter of a subscription now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Change {
    Upsert,
    Delete,
}

/// A conversation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conversation {
    pub(crate) conv_id: String,
    conversation_details: Details,
}

#[derive(Debug, Deserialize)]
struct Details {
    participants: HashMap<String, Vec<String>>,
    state: String,
}

impl Conversation {
    /// Whether it is open and this agent answers it.
    pub(crate) fn is_assigned_to(&self, aid: &str) -> bool {
        let assigned = self.conversation_details.participants.get("ASSIGNED_AGENT");
        self.conversation_details.state == "OPEN"
            && assigned.is_some_and(|agents| agents.iter().any(|agent| agent == aid))
    }
}

/// One change of a subscription to rings.
#[derive(Debug, Deserialize)]
pub(crate) struct RingChange {
    #[serde(rename = "type")]
    pub(crate) kind: Change,
    pub(crate) result: Task,
}

/// A conversation that waits for an agent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Task {
    pub(crate) conversation_id: String,
    pub(crate) skill_id: Option<SkillId>,
    pub(crate) rings_details: Vec<Ring>,
}

/// An offer of a conversation to this agent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ring {
    pub(crate) ring_id: String,
    ring_state: String,
}

impl Ring {
    /// Whether it waits for an answer.
    pub(crate) fn waits(&self) -> bool {
        self.ring_state == "WAITING"
    }
}

/// Something said or done in a dialog.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) dialog_id: String,
    /// Of stored events only.
    pub(crate) sequence: Option<u64>,
    /// The old form of an agent's id, or a consumer's id.
    pub(crate) originator_id: String,
    originator_metadata: Originator,
    #[serde(rename = "event", deserialize_with = "content")]
    content: Content,
}

#[derive(Debug, Clone, Deserialize)]
struct Originator {
    role: String,
}

/// What was said or done, as far as it is what the contract says: its members are its author's, and servers relay those
/// that they do not know.
#[derive(Debug, Clone, Default)]
struct Content {
    kind: String,
    media: Option<String>,
    message: Option<String>,
    status: Option<String>,
    sequence_list: Vec<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    content_type: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    sequence_list: Option<&'a RawValue>,
}

impl Content {
    fn of(event: &RawValue) -> Self {
        let members: Members<'_> = serde_json::from_str(event.get()).unwrap_or_default();
        let text = |member: Option<&RawValue>| serde_json::from_str(member?.get()).ok();
        let list = members.sequence_list.and_then(|list| serde_json::from_str::<Vec<Value>>(list.get()).ok());
        Self {
            kind: text(members.kind).unwrap_or_default(),
            media: text(members.content_type),
            message: text(members.message),
            status: text(members.status),
            sequence_list: list.unwrap_or_default().iter().filter_map(Value::as_u64).collect(),
        }
    }
}

fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Content, D::Error> {
    Ok(Content::of(&Box::<RawValue>::deserialize(deserializer)?))
}

impl Event {
    /// Reads an event. One that cannot be read is passed over, for it comes again with every history of its conversation.
    fn of(event: &RawValue) -> Option<Self> {
        serde_json::from_str(event.get())
            .inspect_err(|error| tracing::warn!(%error, "an event cannot be read"))
            .ok()
    }

    /// Whether it is something said: text, a file, structured content.
    pub(crate) fn is_content(&self) -> bool {
        matches!(&*self.content.kind, "ContentEvent" | "RichContentEvent")
    }

    /// Whether the consumer did it.
    pub(crate) fn is_of_consumer(&self) -> bool {
        self.originator_metadata.role == "CONSUMER"
    }

    /// Whether a person or a bot of the brand did it; the system's own messages answer nobody.
    pub(crate) fn is_of_brand(&self) -> bool {
        !matches!(&*self.originator_metadata.role, "CONSUMER" | "CONTROLLER")
    }

    /// The text, if it is plain text.
    pub(crate) fn text(&self) -> Option<&str> {
        if self.content.kind != "ContentEvent" || self.content.media.as_deref() != Some("text/plain") {
            return None;
        }
        self.content.message.as_deref()
    }

    /// What it says was read.
    pub(crate) fn read(&self) -> &[u64] {
        if self.content.status.as_deref() == Some("READ") { &self.content.sequence_list } else { &[] }
    }
}

#[derive(Deserialize)]
struct Changes<T> {
    changes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    kind: String,
    #[serde(rename = "type", default)]
    name: String,
    req_id: Option<String>,
    code: Option<u16>,
    body: Option<Box<RawValue>>,
}

/// Reads a frame.
///
/// # Errors
/// It is not what the contract says.
pub(crate) fn read(text: &str) -> Result<Incoming, serde_json::Error> {
    let frame: Frame = serde_json::from_str(text)?;
    let body = frame.body.unwrap_or_default();
    if frame.kind == "resp" {
        // Answers to ids that no bot sends are nobody's.
        let request = frame.req_id.and_then(|id| id.parse().ok());
        let code = frame.code.unwrap_or(200);
        return Ok(
            request.map_or(Incoming::Other, |request| Incoming::Answer(Answer { request, code, body }))
        );
    }
    Ok(match &*frame.name {
        ".ams.aam.ExConversationChangeNotification" => {
            Incoming::Conversations(serde_json::from_str::<Changes<_>>(body.get())?.changes)
        }
        ".ams.routing.RoutingTaskNotification" => {
            Incoming::Rings(serde_json::from_str::<Changes<_>>(body.get())?.changes)
        }
        ".ams.ms.OnlineEventDistribution" => Event::of(&body).map_or(Incoming::Other, Incoming::Event),
        _ => Incoming::Other,
    })
}

/// A request as text.
pub(crate) fn request(id: u64, name: RequestName, body: &Value) -> String {
    let name = name.as_str(Family::Wire);
    serde_json::json!({"kind": "req", "id": id.to_string(), "type": name, "body": body}).to_string()
}
