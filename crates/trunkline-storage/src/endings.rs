//! Which conversations may be about to end by themselves.

use async_trait::async_trait;
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_wire::{AccountId, ConversationId};

use crate::Error;

/// Conversations that may be about to end by themselves, found without reading their states.
///
/// A list holds every conversation once for which its condition holds from before the first page is asked for until after
/// the last one is delivered. One for which it holds at times only may be listed or not: whoever acts on it looks again. One
/// call looks at a bounded number of conversations, so a page may hold fewer than `limit` of them, none included, before
/// the end: only `next` tells whether there are more.
#[async_trait]
pub trait Endings: Send + Sync {
    /// The conversations of an account, by id, that are open as a whole and have no entry after `until`.
    async fn quiet_conversations(
        &self,
        account: &AccountId,
        until: LogPosition,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<ConversationId, ConversationId>, Error>;

    /// The conversations of an account, by id, that are open as a whole although their main dialog is closed.
    async fn conversations_in_survey(
        &self,
        account: &AccountId,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<ConversationId, ConversationId>, Error>;
}
