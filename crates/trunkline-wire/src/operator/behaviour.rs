//! `/operator/v1/accounts/{account}/behaviour`: how an account wants its conversations to behave.

use http::Method;
use serde::{Deserialize, Serialize};

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
    /// Whether anybody may become a consumer, as a web chat needs it.
    #[serde(default)]
    pub web_chat: bool,
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

/// Changes how conversations behave; what is absent or `null` stays as it is. At least one member is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeBehaviour {
    /// After how many seconds without a message or change an open conversation is closed, 1 to 315360000 (ten years).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_after_seconds: Option<u32>,
    /// When a new conversation is offered to agents. Counts for conversations that are opened afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Whether anybody may become a consumer. The server's `consumers.anonymous` counts for accounts that never set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_chat: Option<bool>,
}

impl ChangeBehaviour {
    /// Changes what is given.
    pub fn new(close_after_seconds: Option<u32>, offer: Option<Offer>) -> Self {
        Self { close_after_seconds, offer, web_chat: None }
    }
}

impl Endpoint for ChangeBehaviour {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = BehaviourInfo;
}
