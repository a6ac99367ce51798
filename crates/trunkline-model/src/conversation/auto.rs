//! Whether and when the platform says something in a conversation by itself. Source: spec 05 §8 `AUTO_MESSAGES`.
//!
//! A client that wants it declares the feature with the CONVERSATION call and with every SEND, and sends the consumer's first
//! message soon. The words are the account's as they are when something happens; of all this the conversation keeps only
//! whether the first message came in time.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use trunkline_wire::conversations::CloseReason;
use trunkline_wire::{AgentId, EpochMillis};

use super::Conversation;
use crate::AutoMessages;

/// Within which time after its opening a conversation has its first message, or the platform says nothing in it. Source: spec
/// 05 §8.
const FIRST_MESSAGE: Duration = Duration::from_secs(10);

/// The feature of clients that want it.
const FEATURE: &str = "AUTO_MESSAGES";

/// Whether the platform says something in a conversation by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Automatic {
    /// It does not: the client did not declare the feature, or the consumer's first message came too late.
    #[default]
    Off,
    /// It does if the consumer's first message, which is still to come, comes in time.
    Awaiting,
    /// It does.
    On,
}

/// What the platform may say with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoOffer {
    /// The words.
    pub messages: Arc<AutoMessages>,
    /// Who says them.
    pub controller: AgentId,
}

/// Something about which the platform may say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The consumer said something for the first time.
    FirstMessage,
    /// An agent answers from now on.
    AgentJoined,
    /// The consumer waits for an agent again.
    AgentLeft,
    /// The main dialog ends.
    Closed(CloseReason),
}

impl Automatic {
    /// For a conversation that a client with these features opens.
    pub(super) fn begin(features: &[String]) -> Self {
        if Self::is_wanted(features) { Self::Awaiting } else { Self::Off }
    }

    /// Whether a client with these features wants it.
    pub fn is_wanted(features: &[String]) -> bool {
        features.iter().any(|feature| feature == FEATURE)
    }

    /// True where nothing will be said.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

impl AutoOffer {
    /// The words for an occasion.
    pub(super) fn words(&self, occasion: Occasion) -> Option<&str> {
        let messages = self.messages.definition();
        let words = match occasion {
            Occasion::FirstMessage => &messages.welcome,
            Occasion::AgentJoined => &messages.agent_joined,
            Occasion::AgentLeft => &messages.agent_left,
            Occasion::Closed(CloseReason::Agent) => &messages.closed_by_agent,
            Occasion::Closed(CloseReason::Consumer) => &messages.closed_by_consumer,
            Occasion::Closed(_) => &messages.closed_by_system,
        };
        words.as_deref()
    }
}

impl Occasion {
    /// What there is to say about a change of the conversation.
    pub(super) fn between(before: &Conversation, after: &Conversation) -> Option<Self> {
        if !before.main().is_open() {
            return None;
        }
        if let Some(reason) = after.close_reason() {
            return Some(Self::Closed(reason));
        }
        let (left, joined) = (before.assigned_agent(), after.assigned_agent());
        match joined {
            _ if left == joined => None,
            Some(_) => Some(Self::AgentJoined),
            None => Some(Self::AgentLeft),
        }
    }
}

impl Conversation {
    /// Whether the platform may say something now. Before the first message it may as long as that is not late.
    pub(super) fn is_automatic_at(&self, now: EpochMillis) -> bool {
        match self.automatic {
            Automatic::Off => false,
            Automatic::Awaiting => now <= self.started_at.plus(FIRST_MESSAGE),
            Automatic::On => true,
        }
    }
}
