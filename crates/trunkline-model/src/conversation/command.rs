//! Commands to a conversation, and why one may be refused.

use trunkline_wire::conversations::event::Event;
use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::{ConversationId, DialogId, JsonText, ParticipantId};

use super::{Csat, Ttr};

/// Who gives a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The consumer, through a connector.
    Consumer(ParticipantId),
}

impl Actor {
    /// Who it is.
    pub const fn participant(self) -> ParticipantId {
        match self {
            Self::Consumer(id) => id,
        }
    }

    /// The role that published events carry.
    pub const fn role(self) -> ParticipantRole {
        match self {
            Self::Consumer(_) => ParticipantRole::Consumer,
        }
    }
}

/// Something to do with an existing conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Publishes an event into a dialog.
    Publish(Publish),
    /// Changes fields of the conversation, all or none, in order.
    Update {
        /// The changes.
        changes: Vec<FieldChange>,
        /// `metadata` of the request.
        metadata: Option<JsonText>,
    },
}

/// `ms.PublishEvent`. Source: spec 05 §4.1.
#[derive(Debug, Clone, PartialEq)]
pub struct Publish {
    /// The dialog.
    pub dialog: DialogId,
    /// The conversation the caller believes the dialog to be in, if it said so.
    pub conversation: Option<ConversationId>,
    /// The event.
    pub event: Event,
    /// `metadata` of the request.
    pub metadata: Option<JsonText>,
    /// Who may read it.
    pub audience: Audience,
}

/// One change of `cm.UpdateConversationField`. Source: spec 05 §4.3.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldChange {
    /// `ConversationStateField` or `Stage` with `CLOSE`: closes the conversation and every dialog, without a survey.
    CloseConversation,
    /// `DialogChange` with state `CLOSE`.
    CloseDialog(CloseDialog),
    /// `CSATRate`.
    Csat(Csat),
    /// `TTRField`.
    Ttr(Ttr),
}

/// Which dialog to close and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseDialog {
    /// The dialog.
    pub dialog: DialogId,
    /// The reason in words.
    pub cause: Option<String>,
}

/// Why a command was refused. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The conversation has no such dialog, or it is not the caller's.
    #[error("the dialog is unknown")]
    UnknownDialog,
    /// The dialog or conversation is closed.
    #[error("the conversation is closed")]
    Closed,
    /// The caller does not take part.
    #[error("the caller does not take part in the conversation")]
    NotParticipant,
}
