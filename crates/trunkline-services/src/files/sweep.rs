//! What is removed in the course of time, in small steps.

use std::collections::HashMap;
use std::time::Duration;

use trunkline_model::PageRequest;
use trunkline_model::conversation::{EntryBody, MessageEvent, Stage};
use trunkline_storage::{self as storage, UnconfirmedFile};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::files::FilePath;
use trunkline_wire::json::JsValue;
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis, ParticipantId};

use super::Files;
use super::deletion::AT_ONCE;
use crate::Error;
use crate::auth::AccountAdmin;

/// The most rows of each kind that one step looks at.
pub(super) const STEP: usize = 100;

/// Where a round of the sweep is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepProgress {
    /// When the round began: bytes that were due by then are deleted, each once.
    began: Option<EpochMillis>,
    after: Option<u64>,
    /// Bytes that could not be deleted. After as many as are tried at once, the round leaves the rest to the next one.
    failures: usize,
}

impl Files {
    /// Makes one step: finds out what became of files that were bound to a conversation and not confirmed, removes files
    /// that were not published in time and files whose conversation was closed long enough ago, and deletes bytes that
    /// nothing needs any more. Returns whether the round goes on.
    ///
    /// # Errors
    /// Trouble with the store; whatever was not removed is found again.
    pub async fn sweep(&self, progress: &mut SweepProgress) -> Result<bool, Error> {
        let now = self.parts.clock.now();
        let waiting = before(now, self.options.waiting_life);
        let settled = self.settle(waiting).await?;
        let removed = self.parts.storage.remove_waiting_files(waiting, now, STEP).await?;
        if let Some(retention) = self.options.retention {
            progress.after = self.remove_outdated(progress.after, before(now, retention), now).await?;
        }
        let more_due = self.delete_due(progress, now).await?;
        Ok(settled == STEP || removed == STEP || more_due || progress.after.is_some())
    }

    /// Removes all files that a consumer uploaded; returns how many. Their bytes are due to be deleted.
    ///
    /// # Errors
    /// Trouble with the store; some may be removed already.
    pub async fn erase(&self, admin: &AccountAdmin, consumer: ConsumerId) -> Result<u64, Error> {
        let (owner, now) = (ParticipantId::Consumer(consumer), self.parts.clock.now());
        in_steps(|| self.parts.storage.remove_files_of(admin.account(), owner, now, STEP)).await
    }

    /// Removes all files that are bound to a conversation, whoever uploaded them; returns how many.
    pub(crate) async fn erase_in(
        &self,
        account: &AccountId,
        conversation: ConversationId,
    ) -> Result<u64, Error> {
        let now = self.parts.clock.now();
        in_steps(|| self.parts.storage.remove_files_in(account, conversation, now, STEP)).await
    }

    /// Looks in the log for the messages with files that were bound before `before` and not confirmed, as when the server
    /// ended in between; returns how many there were.
    async fn settle(&self, before: EpochMillis) -> Result<usize, Error> {
        let storage = &self.parts.storage;
        let unconfirmed = storage.unconfirmed_files(before, STEP).await?;
        let count = unconfirmed.len();
        for UnconfirmedFile { path, conversation, shared_at } in unconfirmed {
            match self.publication(&path, conversation).await? {
                Some(Publication { at, for_consumer }) => {
                    let done = storage.confirm_shared_file(&path, conversation, for_consumer, at).await;
                    if !matches!(done, Err(storage::Error::NotFound)) {
                        done?;
                    }
                }
                None => storage.unshare_file(&path, conversation, shared_at).await?,
            }
        }
        Ok(count)
    }

    /// The messages with a file in a conversation; `None` when there are none.
    async fn publication(
        &self,
        path: &FilePath,
        conversation: ConversationId,
    ) -> Result<Option<Publication>, Error> {
        let mut found: Option<Publication> = None;
        let mut after = 0;
        loop {
            let entries = self.parts.storage.log_after(path.account(), conversation, after, STEP).await?;
            let Some(last) = entries.last() else { return Ok(found) };
            after = last.version;
            for entry in &entries {
                let EntryBody::Event(event) = &entry.body else { continue };
                if names(event, path) {
                    let publication = found.get_or_insert(Publication { at: entry.at, for_consumer: false });
                    publication.for_consumer |= event.audience == Audience::All;
                }
            }
        }
    }

    /// Looks at the next shared files and removes those whose conversation was closed before `closed_before`; returns
    /// where to go on.
    async fn remove_outdated(
        &self,
        after: Option<u64>,
        closed_before: EpochMillis,
        now: EpochMillis,
    ) -> Result<Option<u64>, Error> {
        // A conversation ends after its files were created: younger ones need no look.
        let page = PageRequest { after, limit: STEP };
        let found = self.parts.storage.shared_files(closed_before, page).await?;
        let mut outdated = Vec::new();
        let mut known = HashMap::new();
        for file in found.items {
            let is_outdated = if let Some(is_outdated) = known.get(&file.conversation) {
                *is_outdated
            } else {
                let ended = self.ended_before(file.path.account(), file.conversation, closed_before);
                *known.entry(file.conversation).or_insert(ended.await?)
            };
            if is_outdated {
                outdated.push(file.path);
            }
        }
        if !outdated.is_empty() {
            self.parts.storage.remove_files(outdated, now).await?;
        }
        Ok(found.next)
    }

    async fn ended_before(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        moment: EpochMillis,
    ) -> Result<bool, Error> {
        let state = self.parts.storage.conversation(account, conversation).await?;
        Ok(match state.map(|state| state.stage) {
            Some(Stage::Open) => false,
            Some(Stage::Closed { at, .. }) => at <= moment,
            // A message that was to be the first of a conversation that never was.
            None => true,
        })
    }

    /// Deletes bytes that were due when the round began, a step of them; returns whether there may be more.
    async fn delete_due(&self, progress: &mut SweepProgress, now: EpochMillis) -> Result<bool, Error> {
        let patience = AT_ONCE.saturating_sub(progress.failures);
        if patience == 0 {
            return Ok(false);
        }
        let began = *progress.began.get_or_insert(now);
        let due = self.parts.storage.due_blobs(began, STEP).await?;
        let is_full = due.len() == STEP;
        progress.failures += self.delete(due, began, patience).await?.len();
        Ok(is_full && progress.failures < AT_ONCE)
    }
}

/// Removes rows, at most [`STEP`] with each call, until there are no more; returns how many.
async fn in_steps<F>(mut remove: impl FnMut() -> F) -> Result<u64, Error>
where
    F: Future<Output = Result<usize, storage::Error>>,
{
    let mut removed = 0;
    loop {
        let step = remove().await?;
        removed += step as u64;
        if step < STEP {
            return Ok(removed);
        }
    }
}

/// What the log says about a file.
#[derive(Debug, Clone, Copy)]
struct Publication {
    /// When the first message with it was stored.
    at: EpochMillis,
    /// Whether one of the messages is for the consumer.
    for_consumer: bool,
}

/// Whether an event is a message with this file.
fn names(event: &MessageEvent, path: &FilePath) -> bool {
    let text = event.event.as_str();
    if event.kind != EventKind::Content || !text.contains(path.as_str()) {
        return false;
    }
    let parsed = JsValue::parse(text).ok();
    let message = parsed.as_ref().and_then(|event| event.as_object()?.get("message")?.as_object());
    let named = message.and_then(|message| message.get("relativePath")?.as_text());
    named == Some(path.as_str())
}

/// The moment that was `span` ago.
pub(super) fn before(now: EpochMillis, span: Duration) -> EpochMillis {
    EpochMillis(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
