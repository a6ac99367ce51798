//! What a notification is about, read off its bytes.
//!
//! The member order of spec 06 §3 is fixed, so the first bytes tell the kind; a text inside a message cannot look like
//! a member, because its quotes are escaped.

use super::places::{first_text, last_text, number, text};

const MESSAGE: &[u8] = br#"{"kind":"notification","body":{"changes":[{"sequence":"#;
const CHAT_STATE: &[u8] = br#"{"kind":"notification","body":{"changes":[{"originatorId":"#;
const CONVERSATION: &[u8] =
    br#"{"kind":"notification","body":{"changes":[{"type":"UPSERT","result":{"convId":""#;

/// A conversation's id as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationKey(pub u128);

impl ConversationKey {
    /// Reads a lower-case UUID.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let shape = text.len() == 36
            && text.iter().enumerate().all(|(place, byte)| {
                matches!(place, 8 | 13 | 18 | 23) == (*byte == b'-')
                    && matches!(byte, b'-' | b'0'..=b'9' | b'a'..=b'f')
            });
        shape.then(|| {
            let digits = text.iter().filter(|byte| **byte != b'-');
            Self(digits.fold(0, |value, digit| {
                value << 4 | u128::from(if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 })
            }))
        })
    }
}

impl std::fmt::Display for ConversationKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:032x}", self.0);
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or_default());
        formatter.write_str(&parts.join("-"))
    }
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification<'a> {
    /// A message event that is stored.
    Message {
        /// The conversation.
        conversation: ConversationKey,
        /// Its number in the dialog.
        sequence: u64,
        /// The text of a text message.
        text: Option<&'a [u8]>,
    },
    /// Somebody is typing, or stopped.
    ChatState {
        /// The conversation.
        conversation: ConversationKey,
    },
    /// The conversation changed.
    Conversation {
        /// The conversation.
        conversation: ConversationKey,
    },
}

impl<'a> Notification<'a> {
    /// Reads a body; `None` when it is none of spec 06 §3.
    pub fn read(body: &'a [u8]) -> Option<Self> {
        if let Some(rest) = body.strip_prefix(MESSAGE) {
            let conversation = conversation_of(rest)?;
            let text = first_text(rest, br#""event":{"type":"ContentEvent","message":""#);
            return Some(Self::Message { conversation, sequence: number(rest)?, text });
        }
        if let Some(rest) = body.strip_prefix(CONVERSATION) {
            return Some(Self::Conversation { conversation: ConversationKey::parse(text(rest)?)? });
        }
        let rest = body.strip_prefix(CHAT_STATE)?;
        Some(Self::ChatState { conversation: conversation_of(rest)? })
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationKey {
        match *self {
            Self::Message { conversation, .. }
            | Self::ChatState { conversation }
            | Self::Conversation { conversation } => conversation,
        }
    }
}

/// The member stands behind the event, near the end.
fn conversation_of(bytes: &[u8]) -> Option<ConversationKey> {
    ConversationKey::parse(last_text(bytes, br#""conversationId":""#)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::receiver) const ID: &str = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";

    /// A text message as spec 06 §3.4 shows it.
    pub(in crate::receiver) fn message(sequence: u64, text: &str) -> String {
        format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"sequence":{sequence},"originatorId":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","originatorMetadata":{{"id":"6d0b5c1e-93a4-5f27-8c41-7be2d90a1f36","role":"ASSIGNED_AGENT"}},"serverTimestamp":1700000020456,"event":{{"type":"ContentEvent","message":"{text}","contentType":"text/plain"}},"conversationId":"{ID}","dialogId":"{ID}","messageAudience":"ALL"}}]}},"type":"ms.MessagingEventNotification"}}"#
        )
    }

    fn key() -> ConversationKey {
        ConversationKey::parse(ID.as_bytes()).unwrap()
    }

    #[test]
    fn a_key_is_the_id() {
        assert_eq!(key().to_string(), ID);
        assert_eq!(key().0, 0xb0d7_f5a2_7c1e_4f9b_8a33_2e6c_1d9f_0a57);
        for wrong in ["", &ID[1..], &ID.to_uppercase(), &ID.replace('-', "0"), &format!("-{}", &ID[1..])] {
            assert_eq!(ConversationKey::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_message_says_where_it_belongs() {
        let body = message(12, r#"\"conversationId\":\"x\""#);
        let text = Some(&br"\"[..]);
        let expected = Notification::Message { conversation: key(), sequence: 12, text };
        assert_eq!(Notification::read(body.as_bytes()), Some(expected));
        let body = message(0, "m-1-2");
        let Some(Notification::Message { text, .. }) = Notification::read(body.as_bytes()) else { panic!() };
        assert_eq!(text, Some(&b"m-1-2"[..]));
    }

    #[test]
    fn the_other_kinds_are_told_apart() {
        let change = format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"type":"UPSERT","result":{{"convId":"{ID}","effectiveTTR":-1}}}}]}},"type":"cqm.ExConversationChangeNotification"}}"#
        );
        assert_eq!(
            Notification::read(change.as_bytes()),
            Some(Notification::Conversation { conversation: key() })
        );
        let typing = format!(
            r#"{{"kind":"notification","body":{{"changes":[{{"originatorId":"a","originatorMetadata":{{"id":"a","role":"CONSUMER"}},"event":{{"type":"ChatStateEvent","chatState":"COMPOSING"}},"conversationId":"{ID}","dialogId":"{ID}"}}]}},"type":"ms.MessagingEventNotification"}}"#
        );
        assert_eq!(
            Notification::read(typing.as_bytes()),
            Some(Notification::ChatState { conversation: key() })
        );
        assert_eq!(Notification::read(b"{}"), None);
        assert_eq!(Notification::read(message(1, "x").replace(ID, "y").as_bytes()), None);
    }
}
