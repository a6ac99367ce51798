//! Surveys that begin and end, for whoever ends them in time.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

/// What happens to the survey of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SurveyChange {
    /// It is about to begin. Noted before it is stored: whoever is interrupted after that has noted it all the same.
    Begins {
        account: AccountId,
        conversation: ConversationId,
        /// When it ends if nothing is said in it.
        ends_at: EpochMillis,
    },
    /// It has ended, for good. Noted after that is stored; one that goes unnoted is found over when its time is.
    Ended(ConversationId),
}

/// Surveys that begin and end in this process. Following the log for them would cost every message something.
#[derive(Debug, Default)]
pub(crate) struct SurveyChanges {
    /// Taken as soon as somebody is there to take them; no more than the requests that began or ended one.
    waiting: Mutex<Vec<SurveyChange>>,
    came: Notify,
}

impl SurveyChanges {
    pub(super) fn note(&self, change: SurveyChange) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(change);
        self.came.notify_one();
    }

    /// Waits until there are some, and takes them. Nothing is lost when the wait is given up.
    pub(crate) async fn take(&self) -> Vec<SurveyChange> {
        loop {
            let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if !taken.is_empty() {
                return taken;
            }
            self.came.notified().await;
        }
    }
}
