//! Who gives commands to a conversation.

use trunkline_wire::conversations::CloseReason;
use trunkline_wire::{AgentId, ParticipantId};

/// Who gives a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The consumer, through a connector or an own socket.
    Consumer(ParticipantId),
    /// A user of the account: agent, bot, manager or admin.
    Agent {
        /// Who.
        id: AgentId,
        /// Whether the user has manager privilege: acts on conversations without taking part in them.
        manager: bool,
    },
    /// The platform itself: time-outs, rings nobody answered. It takes no part and publishes nothing.
    System,
}

impl Actor {
    /// Who it is; `None` for the platform.
    pub const fn participant(self) -> Option<ParticipantId> {
        match self {
            Self::Consumer(id) => Some(id),
            Self::Agent { id, .. } => Some(ParticipantId::Agent(id)),
            Self::System => None,
        }
    }

    /// Which user it is; `None` for the consumer and the platform.
    pub(super) const fn agent(self) -> Option<AgentId> {
        match self {
            Self::Agent { id, .. } => Some(id),
            Self::Consumer(_) | Self::System => None,
        }
    }

    /// True for whoever steers conversations without taking part in them.
    pub(super) const fn is_entitled(self) -> bool {
        matches!(self, Self::Agent { manager: true, .. } | Self::System)
    }

    /// What a dialog says that this actor closes. Source: spec 21 §7.4 rule 6.
    pub(super) const fn closes_as(self) -> CloseReason {
        match self {
            Self::Consumer(_) => CloseReason::Consumer,
            Self::Agent { .. } => CloseReason::Agent,
            Self::System => CloseReason::System,
        }
    }
}
