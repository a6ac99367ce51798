//! Following all conversations: from memory, else from the file.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use trunkline_model::LogPosition;
use trunkline_model::conversation::TailEntry;
use trunkline_storage::{Error, LogTail, TailPage};
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::{read, scan, times};
use crate::SqliteStorage;

#[async_trait]
impl LogTail for SqliteStorage {
    fn tail(&self) -> watch::Receiver<LogPosition> {
        self.ring().subscribe()
    }

    async fn tail_after(&self, after: LogPosition, limit: usize) -> Result<Vec<Arc<TailEntry>>, Error> {
        if let Some(entries) = self.ring().after(after, limit) {
            return Ok(entries);
        }
        let (heads, until) = (self.heads(), self.ring().last());
        self.read("tail_after", move |connection| scan::page(connection, &heads, after, until, limit)).await
    }

    async fn account_tail(
        &self,
        account: &AccountId,
        after: LogPosition,
        until: LogPosition,
        limit: usize,
    ) -> Result<TailPage, Error> {
        let until = until.min(self.ring().last());
        if let Some(entries) = self.ring().after(after, limit) {
            return Ok(own(account, &entries, after, until));
        }
        let (heads, account) = (self.heads(), account.clone());
        self.read("account_tail", move |connection| {
            scan::account_page(connection, &heads, &account, after, until, limit)
        })
        .await
    }

    async fn conversation_tail(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Arc<TailEntry>>, Error> {
        let (heads, account) = (self.heads(), account.clone());
        self.read("conversation_tail", move |connection| {
            read::tail(connection, &heads, &account, conversation, after, limit)
        })
        .await
    }

    async fn position_before(&self, at: EpochMillis) -> Result<LogPosition, Error> {
        // What is committed from now on lies after the place in any case.
        let end = self.ring().last();
        self.read("position_before", move |connection| times::position_before(connection, at, end)).await
    }
}

/// What one account has of entries that follow `after`.
fn own(account: &AccountId, entries: &[Arc<TailEntry>], after: LogPosition, until: LogPosition) -> TailPage {
    let within = entries.iter().take_while(|entry| entry.position <= until);
    TailPage {
        reached: within.clone().last().map_or(after, |entry| entry.position),
        entries: within.filter(|entry| entry.account == *account).cloned().collect(),
    }
}
