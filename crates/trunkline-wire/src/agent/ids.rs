//! Ids that only sockets know.

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{AccountId, ConversationId, EpochMillis};

/// A subscription of one socket; it ends with the socket. Shape: lower-case UUID, as all captures have it (spec 22 §1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(Uuid);

impl SubscriptionId {
    /// Wraps a UUID made elsewhere.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// Writes the hyphenated form.
    pub(super) fn encode<'b>(&self, buffer: &'b mut [u8]) -> &'b str {
        self.0.as_hyphenated().encode_lower(buffer)
    }

    /// Parses the hyphenated form; `None` for text that no subscription has.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 36 { Uuid::try_parse(text).ok().map(Self) } else { None }
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encode(&mut Uuid::encode_buffer()))
    }
}

impl Serialize for SubscriptionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The offer of a conversation to one agent. Opaque to clients. Shape: 1 to 128 bytes; those made here read
/// `{convId}_{accountId}_{epoch ms}`, as in the samples. Source: spec 22 §2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RingId(Box<str>);

impl RingId {
    /// The longest id that is looked at, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The id of a ring that begins now.
    pub fn new(conversation: ConversationId, account: &AccountId, at: EpochMillis) -> Self {
        Self(format!("{conversation}_{account}_{}", at.0).into())
    }

    /// Takes what a client sent; `None` when it is empty or too long to be an id of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::MAX_BYTES;
        fits.then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_named_as_in_the_samples() {
        let conversation = ConversationId::parse("220d3639-ae23-4c90-83e8-455e3bb2cf13").unwrap();
        let account = AccountId::parse("1234567").unwrap();
        let ring = RingId::new(conversation, &account, EpochMillis(1_700_000_827_442));
        assert_eq!(ring.as_str(), "220d3639-ae23-4c90-83e8-455e3bb2cf13_1234567_1700000827442");
        assert_eq!(RingId::parse(ring.as_str()), Some(ring));
    }

    #[test]
    fn the_longest_ring_is_read_back() {
        let conversation = ConversationId::from_uuid(Uuid::max());
        let account = AccountId::parse(&"a".repeat(32)).unwrap();
        let ring = RingId::new(conversation, &account, EpochMillis(i64::MAX));
        assert_eq!(RingId::parse(ring.as_str()), Some(ring));
    }

    #[test]
    fn foreign_text_names_nothing() {
        assert_eq!(RingId::parse(""), None);
        assert_eq!(RingId::parse(&"x".repeat(129)), None);
        for text in
            ["", "sub-conv", "0a9d6c1e52b74f3a8e10c4b7d2f61a35", "{0a9d6c1e-52b7-4f3a-8e10-c4b7d2f61a3}"]
        {
            assert_eq!(SubscriptionId::parse(text), None, "{text}");
        }
    }
}
