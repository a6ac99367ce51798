//! What messages change of a state.

use serde::{Deserialize, Serialize};
use trunkline_wire::EpochMillis;

use super::{Conversation, MessageEvent};

/// The most dialogs of a conversation whose tally is kept: the main one and a survey.
const DIALOGS: usize = 2;

/// Whatever message events change of a state: the newest stored state and the tally after the last entry are the present
/// state, without the entries in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// [`Conversation::answer_due`].
    #[serde(rename = "due", default, skip_serializing_if = "Option::is_none")]
    pub answer_due: Option<EpochMillis>,
    /// [`Conversation::is_silent`].
    #[serde(rename = "silent", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_silent: bool,
    /// [`Conversation::event_at`].
    #[serde(rename = "at", default, skip_serializing_if = "Option::is_none")]
    pub event_at: Option<EpochMillis>,
    /// The next number of each dialog in their order; 0 where there is no dialog.
    #[serde(rename = "next")]
    pub next_sequences: [u64; DIALOGS],
}

impl Conversation {
    /// The tally of this state; `None` when it has more dialogs than are kept.
    pub fn tally(&self) -> Option<Tally> {
        let mut next_sequences = [0; DIALOGS];
        for (index, dialog) in self.dialogs.iter().enumerate() {
            *next_sequences.get_mut(index)? = dialog.next_sequence;
        }
        let is_silent = self.is_silent;
        Some(Tally { answer_due: self.answer_due, is_silent, event_at: self.event_at, next_sequences })
    }

    /// The tally after an event that follows this state, which stays as it is.
    pub(super) fn tally_after(&self, event: &MessageEvent, at: EpochMillis) -> Option<Tally> {
        let mut tally = self.tally()?;
        tally.answer_due = self.answer_clock().after(event, at);
        tally.is_silent = self.is_silent_after(event);
        tally.event_at = Some(self.event_after(at));
        if let Some(index) = self.dialogs.iter().position(|dialog| dialog.id == event.dialog) {
            tally.next_sequences[index] = event.sequence + 1;
        }
        Some(tally)
    }

    /// Brings a stored state up to the entry of this version, after which this was the tally; no entry in between carries a
    /// state.
    pub fn bring_up(&mut self, version: u64, tally: &Tally) {
        self.version = version;
        self.answer_due = tally.answer_due;
        self.is_silent = tally.is_silent;
        self.event_at = tally.event_at;
        for (dialog, next) in self.dialogs.iter_mut().zip(tally.next_sequences) {
            dialog.next_sequence = next;
        }
    }

    /// Whether the consumer's first message is still to come once this event is stored.
    pub(super) fn is_silent_after(&self, event: &MessageEvent) -> bool {
        self.is_silent && !event.is_word_of_consumer()
    }

    /// When the last event was stored, once one is stored at this time.
    pub(super) fn event_after(&self, at: EpochMillis) -> EpochMillis {
        self.event_at.map_or(at, |last| last.max(at))
    }
}
