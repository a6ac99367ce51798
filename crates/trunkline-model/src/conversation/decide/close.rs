//! Closing dialogs and conversations.

use trunkline_wire::conversations::{CloseReason, DialogType};
use trunkline_wire::{DialogId, EpochMillis};

use crate::conversation::{Actor, Conversation, Dialog, Refusal, Stage};

impl Conversation {
    /// Closes one dialog. Closing the main dialog closes the conversation, since no survey is configured; so does closing
    /// the last open one.
    pub(super) fn close_dialog(
        &mut self,
        dialog: DialogId,
        by: CloseReason,
        at: EpochMillis,
        cause: Option<String>,
    ) -> Result<(), Refusal> {
        if self.open_dialog(Some(dialog))?.kind == DialogType::Main {
            self.close(by, at, cause);
            return Ok(());
        }
        self.open_dialog_mut(Some(dialog))?.close(at, by, cause);
        if !self.dialogs.iter().any(Dialog::is_open) {
            self.close(by, at, None);
        }
        Ok(())
    }

    /// Closes everything; the cause, if there is one, is the main dialog's.
    pub(super) fn close(&mut self, by: CloseReason, at: EpochMillis, mut cause: Option<String>) {
        for dialog in &mut self.dialogs {
            dialog.close(at, by, cause.take());
        }
        self.stage = Stage::Closed { at, reason: self.close_reason().unwrap_or(by) };
        self.answer_due = None;
    }

    /// The state after a time-out; the same state when something happened since.
    pub(super) fn expired(
        &self,
        actor: Actor,
        dialog: Option<DialogId>,
        quiet_since: EpochMillis,
        at: EpochMillis,
    ) -> Result<Self, Refusal> {
        if actor != Actor::System {
            return Err(Refusal::NotAllowed);
        }
        if !self.is_open() {
            return Err(Refusal::Closed);
        }
        let mut next = self.clone();
        if self.last_activity() <= quiet_since {
            match dialog {
                Some(dialog) => next.close_dialog(dialog, CloseReason::Timeout, at, None)?,
                None => next.close(CloseReason::Timeout, at, None),
            }
        }
        Ok(next)
    }
}
