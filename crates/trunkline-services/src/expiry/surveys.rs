//! Ending surveys that nobody answers.
//!
//! The task follows the log and remembers every conversation whose survey is on with the moment at which it would end if
//! nothing happened. That moment moves with each answer; it is found out when it comes, so answers cost nothing here. At
//! start the surveys that are on are found by their mark in the index.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::conversation::{Conversation, TailEntry};
use trunkline_model::{LogPosition, PageRequest, Timer};
use trunkline_wire::conversations::DialogType;
use trunkline_wire::{AccountId, DialogId, EpochMillis};

use super::deadlines::Deadlines;
use super::{AFTER_FAILURE, Ending, ExpiryParts};
use crate::Error;

/// Entries of the log read at once.
const ENTRIES: usize = 512;
/// Surveys looked at at once.
const BATCH: usize = 64;
/// Accounts and conversations read at once.
const PAGE: usize = 500;
/// A survey that was to be ended is looked at again after so long; by then the log has told of its end.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a survey may be quiet.
pub(super) const QUIET: Duration = Duration::from_hours(24);

/// The dialog of a survey that is on, and the moment at which it ends if nothing more happens.
fn survey_expiry(state: &Conversation) -> Option<(DialogId, EpochMillis)> {
    let is_survey = |dialog: &&trunkline_model::conversation::Dialog| {
        dialog.kind == DialogType::PostSurvey && dialog.is_open()
    };
    let survey = state.dialogs.iter().find(is_survey)?;
    Some((survey.id, state.last_activity().plus(QUIET)))
}

/// Works for ever.
pub(super) async fn run(parts: Arc<ExpiryParts>, timer: Arc<dyn Timer>) {
    let mut tail = parts.storage.tail();
    // Before searching: what happens meanwhile is met in the log.
    let position = *tail.borrow();
    let mut surveys = Surveys { parts, timer, position, deadlines: Deadlines::default() };
    while let Err(error) = surveys.find().await {
        surveys.failed(&error).await;
    }
    loop {
        let end = *tail.borrow_and_update();
        let done = surveys.step(end).await;
        match done {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                surveys.failed(&error).await;
                continue;
            }
        }
        let next = surveys.deadlines.next();
        let timer = Arc::clone(&surveys.timer);
        let wake = async move {
            match next {
                Some(next) => timer.sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = tail.changed() => if changed.is_err() {
                // The store is gone.
                return;
            },
            () = wake => {}
        }
    }
}

struct Surveys {
    parts: Arc<ExpiryParts>,
    timer: Arc<dyn Timer>,
    /// Every entry up to here was taken into account.
    position: LogPosition,
    deadlines: Deadlines,
}

impl Surveys {
    /// Finds all surveys that are on. When they end is found out one after the other.
    async fn find(&mut self) -> Result<(), Error> {
        let mut page = PageRequest::first(PAGE);
        loop {
            let accounts = self.parts.storage.accounts(page).await?;
            for account in accounts.items {
                self.find_in(&account.id).await?;
            }
            let Some(after) = accounts.next else { return Ok(()) };
            page = PageRequest { after: Some(after), limit: PAGE };
        }
    }

    async fn find_in(&mut self, account: &AccountId) -> Result<(), Error> {
        let mut page = PageRequest::first(PAGE);
        loop {
            let found = self.parts.storage.conversations_in_survey(account, page).await?;
            for conversation in found.items {
                self.deadlines.set(conversation, account.clone(), self.timer.now());
            }
            let Some(after) = found.next else { return Ok(()) };
            page = PageRequest { after: Some(after), limit: PAGE };
        }
    }

    /// Does a bounded piece of work. False when there is nothing to do now.
    async fn step(&mut self, end: LogPosition) -> Result<bool, Error> {
        let mut has_worked = false;
        if self.position < end {
            let entries = self.parts.storage.tail_after(self.position, ENTRIES).await?;
            has_worked = !entries.is_empty();
            for entry in &entries {
                self.take(entry);
            }
        }
        let due = self.deadlines.due(self.timer.now(), BATCH);
        has_worked |= !due.is_empty();
        let mut endings = Vec::new();
        for (conversation, account) in due {
            let state = self.parts.storage.conversation(&account, conversation).await?;
            let now = self.timer.now();
            match state.as_ref().and_then(|state| Some((state, survey_expiry(state)?))) {
                None => self.deadlines.remove(conversation),
                Some((_, (_, at))) if at > now => self.deadlines.set(conversation, account, at),
                Some((state, (dialog, _))) => {
                    let (dialog, quiet_since) = (Some(dialog), state.last_activity());
                    self.deadlines.set(conversation, account.clone(), now.plus(AGAIN));
                    endings.push(Ending { account, conversation, dialog, quiet_since });
                }
            }
        }
        self.parts.end(endings).await?;
        Ok(has_worked)
    }

    fn take(&mut self, entry: &TailEntry) {
        self.position = entry.position;
        let Some(state) = &entry.entry.state else { return };
        match survey_expiry(state) {
            Some((_, at)) => self.deadlines.set(entry.conversation, entry.account.clone(), at),
            None => self.deadlines.remove(entry.conversation),
        }
    }

    /// Reports trouble with the store and waits a moment.
    async fn failed(&self, error: &Error) {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "cannot see to the time-outs of surveys: trying again"
        );
        self.timer.sleep_until(self.timer.now().plus(AFTER_FAILURE)).await;
    }
}
