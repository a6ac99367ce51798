//! Erasing consumers, and conversations whose time is over.
//!
//! The log keeps its shape: entries become tombstones ([`LogEntry::erased`]), files and profiles go. Every step can be made
//! again, so an erasure that was interrupted is finished by asking for it once more; the audit trail, in which it is noted
//! before anything is done, shows that it is not over.
//!
//! [`LogEntry::erased`]: trunkline_model::conversation::LogEntry::erased

mod retention;
#[cfg(test)]
mod tests;
mod turns;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio_util::task::TaskTracker;
use trunkline_jose::consumer_id;
use trunkline_model::{AuditAction, Clock, PageRequest, Retention};
use trunkline_storage::{ConversationFilter, Storage};
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis, ExternalConsumerId};

use crate::Error;
use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::auth::AccountAdmin;
use crate::conversations::Conversations;
use crate::files::Files;
use crate::settings::Settings;
use crate::webhooks::Hub;

use self::turns::Turns;

pub use retention::RetentionProgress;

/// Conversations listed at once.
const PAGE: usize = 100;
/// So often it is looked whether the consumer has new conversations.
const ROUNDS: usize = 16;

/// What the service stands on.
pub(crate) struct ErasureParts {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) conversations: Arc<Conversations>,
    pub(crate) files: Arc<Files>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) hub: Arc<Hub>,
}

/// How long conversations keep their content where an account has not said so; the default is for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How long after their end; `None` for ever.
    pub retention: Option<Duration>,
}

/// The service that erases.
pub struct Erasure(Arc<Shared>);

struct Shared {
    parts: ErasureParts,
    options: Options,
    turns: Turns,
    tasks: TaskTracker,
}

/// What went. What had gone before is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Conversations.
    pub conversations: u64,
    /// Their log entries.
    pub entries: u64,
    /// Files.
    pub files: u64,
    /// Whether there was a profile.
    pub profile: bool,
}

/// The conversations of a consumer.
struct Had {
    all: Vec<ConversationId>,
    /// Those that are not erased, the newest first.
    left: Vec<ConversationId>,
}

impl Erasure {
    pub(crate) fn new(parts: ErasureParts, options: Options) -> Self {
        Self(Arc::new(Shared { parts, options, turns: Turns::default(), tasks: TaskTracker::new() }))
    }

    /// Who it is that a connector knows by this name.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn consumer(
        &self,
        admin: &AccountAdmin,
        external: &ExternalConsumerId,
    ) -> Result<ConsumerId, Error> {
        let secret = self.0.parts.accounts.consumer_secret(admin.account()).await?;
        Ok(consumer_id(secret.as_bytes(), external))
    }

    /// Erases everything of a consumer: content of conversations, of which an open one is closed first, files, profile. All
    /// of it is gone for good when this returns. What is begun is finished, also for a caller who has gone away.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when a backup or somebody else reads what was there before for too long, when the consumer has a
    /// new conversation again and again, or the server shuts down; the store's, that of bytes included. The same call goes on
    /// then.
    pub async fn erase_consumer(&self, admin: &AccountAdmin, consumer: ConsumerId) -> Result<Erased, Error> {
        let (shared, admin) = (Arc::clone(&self.0), admin.clone());
        let done = self.0.tasks.spawn(async move {
            let _turn = shared.turns.take(admin.account()).await;
            shared.erase_consumer(&admin, consumer).await
        });
        done.await.unwrap_or(Err(Error::Overloaded))
    }

    /// How long conversations of an account keep their content after their end; `None` for ever.
    ///
    /// # Errors
    /// The store's.
    pub async fn retention(&self, admin: &AccountAdmin) -> Result<Option<Duration>, Error> {
        self.0.retention(admin.account()).await
    }

    /// Sets how long conversations of an account keep their content; `None` leaves that to the server's configuration.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a time out of range; [`Error::NotFound`] for an unknown account.
    pub async fn set_retention(
        &self,
        admin: &AccountAdmin,
        retention: Option<Retention>,
    ) -> Result<(), Error> {
        self.0.parts.settings.set_retention(admin, retention).await?;
        let details = match retention {
            Some(Retention { content_seconds }) => json!({"content_seconds": content_seconds}),
            None => json!({"cleared": true}),
        };
        self.0.parts.audit.note(admin, AuditAction::RetentionChanged, None, &details).await?;
        Ok(())
    }
}

impl Shared {
    async fn erase_consumer(&self, admin: &AccountAdmin, consumer: ConsumerId) -> Result<Erased, Error> {
        let parts = &self.parts;
        let subject = || Some(consumer.to_string());
        let begun = parts.audit.note(admin, AuditAction::ErasureBegun, subject(), &json!({})).await?;
        let mut erased = self.erase_conversations_of(admin.account(), consumer).await?;
        erased.files += parts.files.erase(admin, consumer).await?;
        erased.profile = parts.conversations.profiles().erase(admin.account(), consumer).await?;
        // Texts first: the store of bytes may keep one waiting. Bytes also where somebody reads what the log had.
        let purged = parts.storage.purge().await;
        parts.files.delete_bytes(admin.account()).await?;
        purged?;
        let details = json!({
            "request": begun,
            "conversations": erased.conversations,
            "entries": erased.entries,
            "files": erased.files,
            "profile": erased.profile,
        });
        parts.audit.note(admin, AuditAction::ErasureDone, subject(), &details).await?;
        Ok(erased)
    }

    /// Erases the newest first: an agent who wants to speak to the consumer has what describes him from there. Until nothing is
    /// left, also of what was opened meanwhile.
    async fn erase_conversations_of(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<Erased, Error> {
        let parts = &self.parts;
        let mut erased = Erased::default();
        for round in 0..ROUNDS {
            if let Some(open) = parts.storage.open_conversation_of(account, consumer).await? {
                parts.conversations.close_for_platform(account, open).await?;
            }
            let Had { all, left } = self.conversations_of(account, consumer).await?;
            // Before, in case of an interruption, and at the end, because answers came in meanwhile.
            if (round == 0 || left.is_empty()) && !all.is_empty() {
                parts.storage.forget_answers(account, all).await?;
            }
            if left.is_empty() {
                return Ok(erased);
            }
            for id in left {
                self.erase_conversation(account, id, parts.clock.now(), &mut erased).await?;
                parts.hub.conversation_erased(id);
            }
        }
        Err(Error::Overloaded)
    }

    async fn conversations_of(&self, account: &AccountId, consumer: ConsumerId) -> Result<Had, Error> {
        let filter = ConversationFilter { open: None, consumer: Some(consumer) };
        let mut page = PageRequest::first(PAGE);
        let (mut all, mut left) = (Vec::new(), Vec::new());
        loop {
            let found = self.parts.storage.conversations(account, filter, page).await?;
            for state in found.items {
                all.push(state.id);
                if state.erased_at.is_none() {
                    left.push((state.started_at, state.id));
                }
            }
            let Some(after) = found.next else { break };
            page.after = Some(after);
        }
        left.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Had { all, left: left.into_iter().map(|(_, id)| id).collect() })
    }

    /// Erases what a closed conversation holds, and its files, whoever shared them.
    async fn erase_conversation(
        &self,
        account: &AccountId,
        id: ConversationId,
        now: EpochMillis,
        erased: &mut Erased,
    ) -> Result<(), Error> {
        // Last of all the entries: an erased conversation is not looked for again.
        erased.files += self.parts.files.erase_in(account, id).await?;
        let entries = self.parts.conversations.erase(account, id, now).await?;
        erased.conversations += u64::from(entries > 0);
        erased.entries += entries;
        Ok(())
    }

    async fn retention(&self, account: &AccountId) -> Result<Option<Duration>, Error> {
        let own = self.parts.settings.of(account).await?.retention;
        Ok(own.map_or(self.options.retention, Retention::content))
    }
}

impl fmt::Debug for Erasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Erasure").field("options", &self.0.options).finish_non_exhaustive()
    }
}
