//! Dialogs: the parts of a conversation that hold messages.

use serde::{Deserialize, Serialize};
use trunkline_wire::conversations::{CloseReason, DialogType, ParticipantState};
use trunkline_wire::{DialogId, EpochMillis, JsonText};

use super::{Participant, PrivateSequences};

/// A dialog. Messages and receipts are numbered per dialog, from 0. Source: spec 05 §5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dialog {
    /// Its id.
    pub id: DialogId,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: DialogType,
    /// Who takes part in it.
    pub participants: Vec<Participant>,
    /// Open or closed.
    pub state: DialogState,
    /// When it was opened.
    pub created_at: EpochMillis,
    /// When it last changed.
    pub updated_at: EpochMillis,
    /// The sequence that the next stored event gets.
    pub next_sequence: u64,
    /// Facts about the dialog itself, such as the app that runs a survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta_data: Option<JsonText>,
    /// Its messages that consumers may not read.
    #[serde(default, skip_serializing_if = "PrivateSequences::is_empty")]
    pub private: PrivateSequences,
}

/// Whether a dialog takes messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum DialogState {
    /// It does.
    Open,
    /// It does not, and never will again.
    Closed {
        /// When it was closed.
        at: EpochMillis,
        /// By whom.
        by: CloseReason,
        /// The reason in words, if one was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
}

impl Dialog {
    /// True while it takes messages.
    pub fn is_open(&self) -> bool {
        self.state == DialogState::Open
    }

    /// Who closed it, in the words that dialogs have for it: a time-out is the platform's doing. Source: spec 22 §1.1
    /// `closedBy`.
    pub fn closed_by(&self) -> Option<CloseReason> {
        match self.state {
            DialogState::Open => None,
            DialogState::Closed { by: CloseReason::Timeout, .. } => Some(CloseReason::System),
            DialogState::Closed { by, .. } => Some(by),
        }
    }

    /// Closes the dialog; a closed one stays as it is. Whoever was only proposed will not come any more.
    pub(super) fn close(&mut self, at: EpochMillis, by: CloseReason, cause: Option<String>) {
        if self.is_open() {
            self.state = DialogState::Closed { at, by, cause };
            self.updated_at = at;
            self.participants.retain(|known| known.state == ParticipantState::Active);
        }
    }
}
