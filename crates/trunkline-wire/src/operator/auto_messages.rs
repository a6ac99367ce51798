//! `/operator/v1/accounts/{account}/auto-messages`: what the platform says in conversations by itself.
//!
//! The members are those of the file that `trunkline account messages set` takes.

use http::Method;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Auth, Endpoint};

/// Where the automatic messages of an account are shown, set and removed.
pub const PATH: &str = "/operator/v1/accounts/{account}/auto-messages";

/// The words for each occasion; about one that has none nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoMessages {
    /// After the consumer's first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome: Option<String>,
    /// When an agent begins to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_joined: Option<String>,
    /// When the agent leaves and the consumer waits for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_left: Option<String>,
    /// Before an agent closes the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by_agent: Option<String>,
    /// Before the consumer closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by_consumer: Option<String>,
    /// Before the platform closes it, because nothing happened in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by_system: Option<String>,
}

/// Shows the messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowAutoMessages {}

impl Endpoint for ShowAutoMessages {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AutoMessages;
}

/// Sets what is said from now on, in place of what was set before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetAutoMessages(pub AutoMessages);

impl Endpoint for SetAutoMessages {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = AutoMessages;
}

/// Removes the messages: nothing is said from now on. There need not be any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearAutoMessages {}

impl Endpoint for ClearAutoMessages {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}
