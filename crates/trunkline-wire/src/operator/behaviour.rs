//! `/operator/v1/accounts/{account}/behaviour`: how an account wants its conversations to behave.

use http::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AccountId, Auth, Endpoint};

/// Where it is shown and changed.
pub const PATH: &str = "/operator/v1/accounts/{account}/behaviour";

/// When a new conversation is offered to agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Offer {
    /// At once.
    Creation,
    /// With its first message.
    FirstMessage,
}

impl Offer {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::FirstMessage => "first_message",
        }
    }
}

/// How conversations of an account behave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BehaviourInfo {
    /// The account.
    pub account: AccountId,
    /// After how many seconds without a message or change an open conversation is closed.
    pub close_after_seconds: u32,
    /// When a new conversation is offered to agents.
    pub offer: Offer,
    /// Within how many seconds the brand should answer an `URGENT` conversation.
    pub ttr_urgent_seconds: u32,
    /// The same for `PRIORITIZED`, the target of conversations that name none.
    pub ttr_prioritized_seconds: u32,
    /// The same for `NORMAL`.
    pub ttr_normal_seconds: u32,
    /// Whether anybody may become a consumer, as a web chat needs it.
    #[serde(default)]
    pub web_chat: bool,
}

/// What becomes of a setting: absent, `null` or a value on the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken back: what the server is configured to counts.
    Reset,
    /// It is set.
    Set(T),
}

impl<T> Change<T> {
    /// True when nothing changes.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Changes what is set.
    pub fn apply(self, setting: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Reset => *setting = None,
            Self::Set(value) => *setting = Some(value),
        }
    }

    /// The change to something made of the value.
    ///
    /// # Errors
    /// What `make` says of the value.
    pub fn try_map<U, E>(self, make: impl FnOnce(T) -> Result<U, E>) -> Result<Change<U>, E> {
        Ok(match self {
            Self::Keep => Change::Keep,
            Self::Reset => Change::Reset,
            Self::Set(value) => Change::Set(make(value)?),
        })
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Reset => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Reset, Self::Set))
    }
}

/// Shows how conversations behave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowBehaviour {}

impl Endpoint for ShowBehaviour {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = BehaviourInfo;
}

/// Changes how conversations behave; what is absent stays as it is, what is `null` is taken back. At least one member is
/// needed. Times are 1 to 315360000 seconds (ten years).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeBehaviour {
    /// After how many seconds without a message or change an open conversation is closed.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub close_after_seconds: Change<u32>,
    /// When a new conversation is offered to agents. Counts for conversations that are opened afterwards.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub offer: Change<Offer>,
    /// Within how many seconds the brand should answer an `URGENT` conversation. Like the next two, it counts for targets
    /// that are set from then on.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub ttr_urgent_seconds: Change<u32>,
    /// The same for `PRIORITIZED`, the target of conversations that name none.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub ttr_prioritized_seconds: Change<u32>,
    /// The same for `NORMAL`.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub ttr_normal_seconds: Change<u32>,
    /// Whether anybody may become a consumer. The server's `consumers.anonymous` counts for accounts that never set it.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub web_chat: Change<bool>,
}

impl Endpoint for ChangeBehaviour {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = BehaviourInfo;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_takes_a_setting_back_and_absence_leaves_it() {
        let offer = ChangeBehaviour { offer: Change::Reset, ..ChangeBehaviour::default() };
        let target = ChangeBehaviour { ttr_urgent_seconds: Change::Set(60), ..ChangeBehaviour::default() };
        for (text, expected) in [
            ("{}", ChangeBehaviour::default()),
            (r#"{"offer":null}"#, offer),
            (r#"{"ttr_urgent_seconds":60}"#, target),
        ] {
            assert_eq!(serde_json::from_str::<ChangeBehaviour>(text).unwrap(), expected);
            assert_eq!(serde_json::to_string(&expected).unwrap(), text);
        }
    }
}
