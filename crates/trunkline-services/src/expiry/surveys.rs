//! Ending surveys that nobody answers.
//!
//! The task remembers every conversation whose survey is on with the moment at which it would end if nothing happened. That
//! moment moves with each answer; it is found out when it comes, so answers cost nothing here. Surveys that begin or end are
//! told by the conversations service; at start those that are on are found by their mark in the index.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::conversation::{Conversation, SurveyExpiry};
use trunkline_model::{PageRequest, Timer};
use trunkline_wire::{AccountId, ConversationId};

use super::deadlines::Deadlines;
use super::{AFTER_FAILURE, Ending, ExpiryParts};
use crate::Error;
use crate::conversations::SurveyChange;

/// Surveys looked at at once.
const BATCH: usize = 64;
/// Accounts and conversations read at once.
const PAGE: usize = 500;
/// A survey that was to be ended is looked at again after so long; by then it has ended, or somebody answered.
const AGAIN: Duration = Duration::from_secs(1);
/// A conversation that cannot be read or changed is tried again after so long.
const AFTER_TROUBLE: Duration = Duration::from_mins(1);

/// Works for ever.
pub(super) async fn run(parts: Arc<ExpiryParts>, timer: Arc<dyn Timer>) {
    let conversations = Arc::clone(&parts.conversations);
    let mut surveys = Surveys { parts, timer, deadlines: Deadlines::default() };
    // What begins meanwhile waits to be taken.
    while let Err(error) = surveys.find().await {
        surveys.failed(&error).await;
    }
    loop {
        match surveys.end_due().await {
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
            changes = conversations.surveys().take() => surveys.heed(changes),
            () = wake => {}
        }
    }
}

struct Surveys {
    parts: Arc<ExpiryParts>,
    timer: Arc<dyn Timer>,
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

    fn heed(&mut self, changes: Vec<SurveyChange>) {
        for change in changes {
            match change {
                SurveyChange::Begins { account, conversation, ends_at } => {
                    self.deadlines.set(conversation, account, ends_at);
                }
                SurveyChange::Ended(conversation) => self.deadlines.remove(conversation),
            }
        }
    }

    /// Ends a bounded number of those that are due. False when there is nothing to do now. One with which there is trouble
    /// is put off, and keeps no other waiting.
    async fn end_due(&mut self) -> Result<bool, Error> {
        let due = self.deadlines.due(self.timer.now(), BATCH);
        let has_worked = !due.is_empty();
        let mut endings = Vec::new();
        for (conversation, account) in due {
            match self.parts.storage.conversation(&account, conversation).await {
                Ok(state) => endings.extend(self.look_at(conversation, account, state.as_ref())),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(%account, %conversation, error, "cannot read a survey that is due: trying again later");
                    self.deadlines.put_off(conversation, self.timer.now().plus(AFTER_TROUBLE));
                }
            }
        }
        for conversation in self.parts.end(endings).await? {
            self.deadlines.put_off(conversation, self.timer.now().plus(AFTER_TROUBLE));
        }
        Ok(has_worked)
    }

    /// What is to be ended of a conversation that is due; nothing when its survey is over or was answered meanwhile.
    fn look_at(
        &mut self,
        conversation: ConversationId,
        account: AccountId,
        state: Option<&Conversation>,
    ) -> Option<Ending> {
        let now = self.timer.now();
        let Some(survey) = state.and_then(Conversation::survey_expiry) else {
            self.deadlines.remove(conversation);
            return None;
        };
        if survey.at > now {
            self.deadlines.set(conversation, account, survey.at);
            return None;
        }
        self.deadlines.set(conversation, account.clone(), now.plus(AGAIN));
        let SurveyExpiry { dialog, quiet_since, .. } = survey;
        Some(Ending { account, conversation, dialog: Some(dialog), quiet_since })
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
