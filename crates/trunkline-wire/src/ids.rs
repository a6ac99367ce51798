//! Identifiers. Each is its own type with one door in (`parse`), so that no id can stand where another belongs.

use std::fmt;
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Says which identifier was expected and what shape it has. The offending text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be {shape}")]
pub struct IdError {
    name: &'static str,
    shape: &'static str,
}

impl IdError {
    /// For identifiers that have a module of their own.
    pub(crate) const fn new(name: &'static str, shape: &'static str) -> Self {
        Self { name, shape }
    }
}

/// Gives a type with `parse` and `Display` its text form in serde, `FromStr` and `TryFrom`.
macro_rules! text_form {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($name::SHAPE)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::parse(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            const SHAPE: &'static str = "a lower-case UUID";

            /// Wraps a UUID made elsewhere.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Parses the hyphenated lower-case form.
            ///
            /// # Errors
            /// Any other form, upper case included.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                parse_uuid(text).map(Self).ok_or(IdError { name: stringify!($name), shape: Self::SHAPE })
            }

            /// The UUID itself.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        text_form!($name);
    };
}

fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Uuid::try_parse(text).ok()
}

macro_rules! shared_text_id {
    ($(#[$doc:meta])* $name:ident, $shape:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            const SHAPE: &'static str = $shape;

            /// Parses the text form.
            ///
            /// # Errors
            /// Text of another shape.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(IdError { name: stringify!($name), shape: Self::SHAPE })
                }
            }

            /// The text form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        text_form!($name);
    };
}

shared_text_id! {
    /// A tenant; also called brand or site. Digits in production, `le…` and `qa…` prefixes in test zones. Source: spec 00 §1.
    AccountId, "1 to 32 characters of a-z, A-Z, 0-9, _ and -",
    |text| (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

shared_text_id! {
    /// The connector's own name for a consumer: free text, case sensitive, never normalised. Source: spec 04 §4.
    ExternalConsumerId, "1 to 256 characters",
    |text| !text.is_empty() && (text.len() <= 256 || text.chars().count() <= 256)
}

shared_text_id! {
    /// The `appKey` of an API key, which names the key but does not sign in by itself. Source: spec 20 §3.
    AppKey, "32 lower-case hex characters",
    |text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

uuid_id! {
    /// A conversation. Its main dialog carries the same id. Source: spec 00 §2.
    ///
    /// New ids are time-ordered (UUIDv7), so that conversations of one hour lie together in the store.
    ConversationId
}

uuid_id! {
    /// An app installation; the `client_id` and `id` of spec 02 are this value.
    AppInstallationId
}

uuid_id! {
    /// An agent, manager or bot in its new form ("PID"), stable for the life of the user. Source: spec 20 §1.
    AgentId
}

/// A consumer as the platform names it (`lp_consumer_id`). Shape: 64 lower-case hex characters. Source: spec 04 §4.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId([u8; 32]);

impl ConsumerId {
    const SHAPE: &'static str = "64 lower-case hex characters";

    /// Wraps the 256 bits.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses the text form.
    ///
    /// # Errors
    /// Another length, upper case, or characters that are no hex digits.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 32];
        let error = IdError { name: "ConsumerId", shape: Self::SHAPE };
        if text.len() != 64 {
            return Err(error);
        }
        HEXLOWER.decode_mut(text.as_bytes(), &mut bytes).map_err(|_| error)?;
        Ok(Self(bytes))
    }

    /// The 256 bits.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        HEXLOWER.encode_mut(&self.0, &mut text);
        f.write_str(std::str::from_utf8(&text).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsumerId({self})")
    }
}

text_form!(ConsumerId);

/// A dialog of a conversation. The main dialog is named like its conversation; every further one has 22 characters of
/// base64url (16 bytes). Source: spec 00 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DialogId {
    /// The main dialog of this conversation.
    Main(ConversationId),
    /// A further dialog, such as a survey.
    Further([u8; 16]),
}

impl DialogId {
    const SHAPE: &'static str = "a lower-case UUID or 22 characters of base64url";
    /// Keeps the id of a survey from looking like that of its conversation.
    const SURVEY: [u8; 16] = *b"survey of dialog";

    /// The survey dialog of a conversation. There is one at most, so its id needs no table: requests that name the dialog
    /// alone lead to the conversation ([`DialogId::conversation`]).
    pub fn survey_of(conversation: ConversationId) -> Self {
        let mut bytes = *conversation.as_uuid().as_bytes();
        for (byte, mask) in bytes.iter_mut().zip(Self::SURVEY) {
            *byte ^= mask;
        }
        Self::Further(bytes)
    }

    /// The conversation that the dialog is in.
    pub fn conversation(self) -> ConversationId {
        match self {
            Self::Main(conversation) => conversation,
            Self::Further(mut bytes) => {
                for (byte, mask) in bytes.iter_mut().zip(Self::SURVEY) {
                    *byte ^= mask;
                }
                ConversationId::from_uuid(Uuid::from_bytes(bytes))
            }
        }
    }

    /// Parses either text form.
    ///
    /// # Errors
    /// Text that is neither.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = IdError { name: "DialogId", shape: Self::SHAPE };
        match text.len() {
            36 => ConversationId::parse(text).map(Self::Main).map_err(|_| error),
            22 => {
                let mut bytes = [0; 16];
                BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut bytes).map_err(|_| error)?;
                Ok(Self::Further(bytes))
            }
            _ => Err(error),
        }
    }
}

impl fmt::Display for DialogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main(conversation) => conversation.fmt(f),
            Self::Further(bytes) => f.write_str(&BASE64URL_NOPAD.encode(bytes)),
        }
    }
}

text_form!(DialogId);

/// Somebody who takes part in a conversation: its consumer, or an agent, manager, bot or system participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParticipantId {
    /// The consumer.
    Consumer(ConsumerId),
    /// Anybody on the brand's side.
    Agent(AgentId),
}

impl ParticipantId {
    const SHAPE: &'static str = "64 lower-case hex characters or a lower-case UUID";

    /// Parses either text form.
    ///
    /// # Errors
    /// Text that is neither.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = IdError { name: "ParticipantId", shape: Self::SHAPE };
        match text.len() {
            64 => ConsumerId::parse(text).map(Self::Consumer).map_err(|_| error),
            _ => AgentId::parse(text).map(Self::Agent).map_err(|_| error),
        }
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consumer(consumer) => consumer.fmt(f),
            Self::Agent(agent) => agent.fmt(f),
        }
    }
}

text_form!(ParticipantId);

/// A user of an account by number, unique inside the account. Shape: decimal digits. Source: spec 20 §1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(i64);

impl UserId {
    const SHAPE: &'static str = "1 to 18 decimal digits";

    /// Wraps a number handed out by the store; negative numbers become 0.
    pub const fn from_number(number: i64) -> Self {
        Self(if number < 0 { 0 } else { number })
    }

    /// Parses decimal digits.
    ///
    /// # Errors
    /// Anything else, more than 18 digits included.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let digits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        number.map(Self).ok_or(IdError { name: "UserId", shape: Self::SHAPE })
    }

    /// The number.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_form!(UserId);

/// One attempt to deliver a webhook, unique inside an app and growing with time. Shape: decimal digits, below 2^53 so that
/// it is exact as a JavaScript number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(u64);

impl DeliveryId {
    const SHAPE: &'static str = "1 to 16 decimal digits, below 2^53";
    const LIMIT: u64 = 1 << 53;

    /// Wraps a number; larger ones become the largest.
    pub const fn from_number(number: u64) -> Self {
        Self(if number < Self::LIMIT { number } else { Self::LIMIT - 1 })
    }

    /// Parses decimal digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let digits = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok().filter(|number| *number < Self::LIMIT) } else { None };
        number.map(Self).ok_or(IdError { name: "DeliveryId", shape: Self::SHAPE })
    }

    /// The number.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_form!(DeliveryId);

/// A skill. Shape: at most 10 digits, or `-1` for none. Written as a string; read from strings and numbers, because the
/// official sample sends the number −1 (spec 10 §3 S1). Source: spec 05 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillId(i64);

impl SkillId {
    /// No skill: any agent may answer.
    pub const UNASSIGNED: Self = Self(-1);

    /// Wraps a number.
    ///
    /// # Errors
    /// Below −1 or longer than 10 digits.
    pub fn from_number(number: i64) -> Result<Self, IdError> {
        if (-1..=9_999_999_999).contains(&number) {
            Ok(Self(number))
        } else {
            Err(IdError { name: "SkillId", shape: "at most 10 digits, or -1" })
        }
    }

    /// Parses the text form.
    ///
    /// # Errors
    /// Anything but at most 10 digits or `-1`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let error = IdError { name: "SkillId", shape: "at most 10 digits, or -1" };
        if text != "-1" && !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error);
        }
        text.parse().map_err(|_| error).and_then(Self::from_number)
    }

    /// The number, −1 for none.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for SkillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for SkillId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SkillId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl serde::de::Visitor<'_> for TextOrNumber {
            type Value = SkillId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a skill id: at most 10 digits, or -1")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SkillId, E> {
                SkillId::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<SkillId, E> {
                SkillId::from_number(number).map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<SkillId, E> {
                i64::try_from(number).map_err(E::custom).and_then(|number| self.visit_i64(number))
            }
        }
        deserializer.deserialize_any(TextOrNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialog_leads_to_its_conversation() {
        let conversation = ConversationId::parse("b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57").unwrap();
        let survey = DialogId::survey_of(conversation);
        assert_eq!(survey.to_string().len(), 22);
        assert_eq!(DialogId::parse(&survey.to_string()), Ok(survey));
        assert_eq!(survey.conversation(), conversation);
        assert_eq!(DialogId::Main(conversation).conversation(), conversation);
    }
}
