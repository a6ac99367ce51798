//! When the brand owes its next answer. Source: spec 06 §3.1.

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::conversations::{Audience, ParticipantRole};
use trunkline_wire::{ConversationId, DialogId, EpochMillis};

use super::{Conversation, MessageEvent, Ttr};

/// What decides when an answer is due, for those who follow a conversation without its whole state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerClock {
    /// The conversation.
    pub conversation: ConversationId,
    /// How soon the brand should answer.
    pub ttr: Ttr,
    /// When it owes its next answer; `None` when it owes none.
    pub due: Option<EpochMillis>,
}

impl AnswerClock {
    /// When the next answer is due once `event` is stored: the consumer's first unanswered message starts the clock, an
    /// answer that the consumer can read stops it.
    pub fn after(&self, event: &MessageEvent, at: EpochMillis) -> Option<EpochMillis> {
        if !matches!(event.kind, EventKind::Content | EventKind::RichContent)
            || event.audience != Audience::All
            || event.dialog != DialogId::Main(self.conversation)
        {
            return self.due;
        }
        match event.role {
            ParticipantRole::Consumer => self.due.or_else(|| Some(at.plus(self.ttr.span()))),
            ParticipantRole::Reader | ParticipantRole::Controller => self.due,
            _ => None,
        }
    }
}

impl Conversation {
    /// What decides when the brand owes its next answer.
    pub fn answer_clock(&self) -> AnswerClock {
        AnswerClock { conversation: self.id, ttr: self.ttr, due: self.answer_due }
    }
}
