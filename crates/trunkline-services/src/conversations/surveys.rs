//! Surveys that begin, for whoever ends them in time.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

/// A survey that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BegunSurvey {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    /// When it ends if nothing happens in it.
    pub(crate) ends_at: EpochMillis,
}

/// Surveys that begin in this process. Following the log for them would cost every message something.
#[derive(Debug, Default)]
pub(crate) struct BegunSurveys {
    /// Taken as soon as somebody is there to take them; no more than the requests that began one.
    waiting: Mutex<Vec<BegunSurvey>>,
    came: Notify,
}

impl BegunSurveys {
    /// Notes a survey before it is stored: whoever is interrupted after that has noted it all the same.
    pub(super) fn note(&self, survey: BegunSurvey) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(survey);
        self.came.notify_one();
    }

    /// Waits until there are some, and takes them. Nothing is lost when the wait is given up.
    pub(crate) async fn take(&self) -> Vec<BegunSurvey> {
        loop {
            let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if !taken.is_empty() {
                return taken;
            }
            self.came.notified().await;
        }
    }
}
