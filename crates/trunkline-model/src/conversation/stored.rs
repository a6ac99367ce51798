//! The stored form of an entry's body: JSON with short names that leaves out what its conversation says anyway.
//!
//! One of these is written per message, and the bytes of a commit are most of its cost: a consumer's text in the main
//! dialog names neither the dialog nor the consumer.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::{ConsumerId, ConversationId, DialogId, JsonText, ParticipantId};

use super::{EntryBody, MessageEvent, erasure};

#[derive(Serialize, Deserialize)]
enum Stored {
    #[serde(rename = "e")]
    Event(StoredEvent),
    #[serde(rename = "c")]
    Changed {
        #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
        by: Option<ParticipantId>,
        #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
        metadata: Option<JsonText>,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredEvent {
    /// Absent: the main dialog.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    dialog: Option<DialogId>,
    #[serde(rename = "s")]
    sequence: u64,
    /// Absent, together with the role: the consumer.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    originator: Option<ParticipantId>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    role: Option<ParticipantRole>,
    #[serde(rename = "k")]
    kind: StoredKind,
    /// Absent: an empty text, as what was erased becomes.
    #[serde(rename = "e", default = "erasure::nothing", skip_serializing_if = "erasure::is_nothing")]
    event: JsonText,
    /// Absent: everybody.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    audience: Option<Audience>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    metadata: Option<JsonText>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    encoded_metadata: Option<Box<str>>,
    /// Absent: the same as the event.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    public: Option<JsonText>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum StoredKind {
    #[serde(rename = "c")]
    Content,
    #[serde(rename = "r")]
    RichContent,
    #[serde(rename = "a")]
    AcceptStatus,
    #[serde(rename = "t")]
    ChatState,
}

impl EntryBody {
    /// Writes the stored form.
    ///
    /// # Errors
    /// None that the types allow; serde's signature asks for the result.
    pub fn to_stored(
        &self,
        conversation: ConversationId,
        consumer: ConsumerId,
    ) -> serde_json::Result<String> {
        let stored = match self {
            Self::Event(event) => {
                let stored = StoredEvent::of(event, conversation, consumer);
                if let Some(text) = stored.common() {
                    return Ok(text);
                }
                Stored::Event(stored)
            }
            Self::Changed { by, metadata } => Stored::Changed { by: *by, metadata: metadata.clone() },
        };
        serde_json::to_string(&stored)
    }

    /// Reads the stored form of an entry of this conversation of this consumer.
    ///
    /// # Errors
    /// Text of another form.
    pub fn from_stored(
        text: &str,
        conversation: ConversationId,
        consumer: ConsumerId,
    ) -> serde_json::Result<Self> {
        Ok(match serde_json::from_str(text)? {
            Stored::Event(event) => Self::Event(event.read(conversation, consumer)),
            Stored::Changed { by, metadata } => Self::Changed { by, metadata },
        })
    }
}

impl StoredEvent {
    fn of(event: &MessageEvent, conversation: ConversationId, consumer: ConsumerId) -> Self {
        let by_consumer =
            event.role == ParticipantRole::Consumer && event.originator == ParticipantId::Consumer(consumer);
        Self {
            dialog: Some(event.dialog).filter(|dialog| *dialog != DialogId::Main(conversation)),
            sequence: event.sequence,
            originator: Some(event.originator).filter(|_| !by_consumer),
            role: Some(event.role).filter(|_| !by_consumer),
            kind: match event.kind {
                EventKind::Content => StoredKind::Content,
                EventKind::RichContent => StoredKind::RichContent,
                EventKind::AcceptStatus => StoredKind::AcceptStatus,
                EventKind::ChatState => StoredKind::ChatState,
            },
            event: event.event.clone(),
            audience: Some(event.audience).filter(|audience| *audience != Audience::All),
            metadata: event.metadata.clone(),
            encoded_metadata: event.encoded_metadata.clone(),
            public: event.public.clone(),
        }
    }

    /// The text of the most frequent kind of entry, a consumer's plain message or receipt, put together by hand: the same
    /// text as serde's, without another look at the event.
    fn common(&self) -> Option<String> {
        let Self {
            dialog: None,
            sequence,
            originator: None,
            role: None,
            kind,
            event,
            audience: None,
            metadata: None,
            encoded_metadata: None,
            public: None,
        } = self
        else {
            return None;
        };
        if erasure::is_nothing(event) {
            return None;
        }
        let kind = match kind {
            StoredKind::Content => 'c',
            StoredKind::RichContent => 'r',
            StoredKind::AcceptStatus => 'a',
            StoredKind::ChatState => 't',
        };
        let event = event.as_str();
        let mut text = String::with_capacity(event.len() + 48);
        // Writing to a string cannot fail.
        let _ = write!(text, r#"{{"e":{{"s":{sequence},"k":"{kind}","e":"#);
        text.push_str(event);
        text.push_str("}}");
        Some(text)
    }

    fn read(self, conversation: ConversationId, consumer: ConsumerId) -> MessageEvent {
        MessageEvent {
            dialog: self.dialog.unwrap_or(DialogId::Main(conversation)),
            sequence: self.sequence,
            originator: self.originator.unwrap_or(ParticipantId::Consumer(consumer)),
            role: self.role.unwrap_or(ParticipantRole::Consumer),
            kind: match self.kind {
                StoredKind::Content => EventKind::Content,
                StoredKind::RichContent => EventKind::RichContent,
                StoredKind::AcceptStatus => EventKind::AcceptStatus,
                StoredKind::ChatState => EventKind::ChatState,
            },
            event: self.event,
            audience: self.audience.unwrap_or(Audience::All),
            metadata: self.metadata,
            encoded_metadata: self.encoded_metadata,
            public: self.public,
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_wire::AgentId;

    use super::*;

    fn conversation() -> ConversationId {
        ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap()
    }

    const CONSUMER: ConsumerId = ConsumerId::from_bytes([7; 32]);

    fn text() -> MessageEvent {
        MessageEvent {
            dialog: DialogId::Main(conversation()),
            sequence: 3,
            originator: ParticipantId::Consumer(CONSUMER),
            role: ParticipantRole::Consumer,
            kind: EventKind::Content,
            event: JsonText::normalise(
                r#"{"type":"ContentEvent","message":"hi","contentType":"text/plain"}"#,
            )
            .unwrap(),
            audience: Audience::All,
            metadata: None,
            encoded_metadata: None,
            public: None,
        }
    }

    #[test]
    fn a_consumers_text_names_neither_dialog_nor_consumer() {
        let stored = EntryBody::Event(text()).to_stored(conversation(), CONSUMER).unwrap();
        assert_eq!(
            stored,
            r#"{"e":{"s":3,"k":"c","e":{"type":"ContentEvent","message":"hi","contentType":"text/plain"}}}"#
        );
    }

    #[test]
    fn every_body_reads_back_as_it_was() {
        let agent = ParticipantId::Agent(AgentId::parse("6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36").unwrap());
        let metadata = Some(JsonText::normalise(r#"[{"type":"ExternalId","id":"1"}]"#).unwrap());
        let bodies = [
            EntryBody::Event(text()),
            EntryBody::Event(MessageEvent { dialog: DialogId::Further([9; 16]), ..text() }),
            EntryBody::Event(MessageEvent {
                originator: agent,
                role: ParticipantRole::AssignedAgent,
                ..text()
            }),
            EntryBody::Event(MessageEvent { role: ParticipantRole::Reader, ..text() }),
            EntryBody::Event(MessageEvent { audience: Audience::AgentsAndManagers, ..text() }),
            EntryBody::Event(MessageEvent {
                kind: EventKind::AcceptStatus,
                metadata: metadata.clone(),
                ..text()
            }),
            EntryBody::Event(MessageEvent { event: erasure::nothing(), ..text() }),
            EntryBody::Event(MessageEvent { encoded_metadata: Some("eyJ\"9".into()), ..text() }),
            EntryBody::Event(MessageEvent {
                kind: EventKind::AcceptStatus,
                public: Some(JsonText::normalise("{}").unwrap()),
                ..text()
            }),
            EntryBody::Changed { by: Some(agent), metadata },
            EntryBody::Changed { by: None, metadata: None },
        ];
        for body in bodies {
            let stored = body.to_stored(conversation(), CONSUMER).unwrap();
            if let EntryBody::Event(event) = &body {
                let by_serde = Stored::Event(StoredEvent::of(event, conversation(), CONSUMER));
                assert_eq!(stored, serde_json::to_string(&by_serde).unwrap());
            }
            assert_eq!(EntryBody::from_stored(&stored, conversation(), CONSUMER).unwrap(), body, "{stored}");
        }
    }
}
