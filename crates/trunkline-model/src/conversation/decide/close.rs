//! Closing dialogs and conversations.

use trunkline_wire::conversations::{CloseReason, DialogType};
use trunkline_wire::{DialogId, EpochMillis};

use crate::conversation::{Actor, Conversation, Dialog, Refusal, Stage, SurveyOffer};

/// What a survey says that nobody answered in time.
const TIMED_OUT: &str = "Timeout";

impl Conversation {
    /// Closes one dialog. Closing the main dialog begins the survey that is offered, if the client can show it, and closes the
    /// conversation otherwise; so does closing the last open one.
    pub(super) fn close_dialog(
        &mut self,
        dialog: Option<DialogId>,
        by: CloseReason,
        at: EpochMillis,
        cause: Option<String>,
        survey: Option<&SurveyOffer>,
    ) -> Result<(), Refusal> {
        let closing = self.open_dialog(dialog)?;
        if closing.kind != DialogType::Main {
            self.end_dialog(closing.id, by, at, cause);
        } else if let Some(offer) = survey.filter(|offer| offer.suits(&self.features)) {
            self.begin_survey(offer, by, at, cause.as_deref());
        } else {
            self.close(by, at, cause);
        }
        Ok(())
    }

    /// Closes an open dialog that is not the main one, and with the last one the conversation.
    pub(super) fn end_dialog(
        &mut self,
        dialog: DialogId,
        by: CloseReason,
        at: EpochMillis,
        cause: Option<String>,
    ) {
        if let Some(ending) = self.dialogs.iter_mut().find(|known| known.id == dialog) {
            ending.close(at, by, cause);
        }
        if !self.dialogs.iter().any(Dialog::is_open) {
            self.close(by, at, None);
        }
    }

    /// Closes everything; the cause, if there is one, is the main dialog's.
    pub(super) fn close(&mut self, by: CloseReason, at: EpochMillis, mut cause: Option<String>) {
        for dialog in &mut self.dialogs {
            dialog.close(at, by, cause.take());
        }
        self.settle_survey();
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
        let survey = dialog.and_then(|dialog| self.survey_expiry().filter(|survey| survey.dialog == dialog));
        if survey.map_or_else(|| self.last_activity(), |survey| survey.quiet_since) <= quiet_since {
            if let Some(dialog) = dialog {
                let is_main = dialog == DialogId::Main(self.id);
                let cause = (!is_main).then(|| TIMED_OUT.to_owned());
                next.close_dialog(Some(dialog), CloseReason::Timeout, at, cause, None)?;
            } else {
                for survey in next.dialogs.iter_mut().filter(|known| known.kind == DialogType::PostSurvey) {
                    survey.close(at, CloseReason::Timeout, Some(TIMED_OUT.to_owned()));
                }
                next.close(CloseReason::Timeout, at, None);
            }
        }
        Ok(next)
    }
}
