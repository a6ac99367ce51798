//! Reading a conversation's log as an operator.

use trunkline_model::conversation::LogEntry;
use trunkline_wire::ConversationId;

use super::Conversations;
use crate::Error;
use crate::auth::AccountAdmin;

/// A page of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    /// Entries in version order.
    pub entries: Vec<LogEntry>,
    /// The version after which the next page starts; `None` at the end.
    pub next: Option<u64>,
}

/// The most entries of one page.
const MAX_PAGE: usize = 1000;

impl Conversations {
    /// The entries of a conversation after a version.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account has no such conversation.
    pub async fn log(
        &self,
        admin: &AccountAdmin,
        id: ConversationId,
        after: u64,
        limit: usize,
    ) -> Result<LogPage, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        let entries = self.storage.log_after(admin.account(), id, after, limit).await?;
        let Some(last) = entries.last().map(|entry| entry.version) else {
            let known = self.storage.conversation(admin.account(), id).await?;
            return known.map(|_| LogPage { entries, next: None }).ok_or(Error::NotFound("conversation"));
        };
        // A page may be short although there is more.
        let is_last = self.storage.log_after(admin.account(), id, last, 1).await?.is_empty();
        Ok(LogPage { entries, next: (!is_last).then_some(last) })
    }
}
