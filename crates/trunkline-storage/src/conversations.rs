//! Lists of conversations.

use async_trait::async_trait;
use trunkline_model::conversation::Conversation;
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use crate::Error;

/// Which conversations of an account are wanted. All conditions must hold; the default wants every one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only those that are open as a whole (`true`) or closed (`false`): the `stage` of the wire.
    pub open: Option<bool>,
    /// Only those of this consumer.
    pub consumer: Option<ConsumerId>,
}

impl ConversationFilter {
    /// True when a conversation in this state is wanted.
    pub fn accepts(&self, open: bool, consumer: ConsumerId) -> bool {
        self.open.is_none_or(|wanted| wanted == open) && self.consumer.is_none_or(|wanted| wanted == consumer)
    }
}

/// A conversation, and where its state is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedConversation {
    /// The state after its last entry.
    pub conversation: Conversation,
    /// The place of its newest entry that carries a state: what [`Conversations::states_at`] reads.
    pub state_at: LogPosition,
}

/// Lists of conversations.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The conversations of an account that a filter wants, by id, each in its state after its last entry.
    ///
    /// Every conversation that a filter wants from before the first page is asked for until after the last one is
    /// delivered comes exactly once; one that changes in between may be missing. A page may hold fewer than `limit`
    /// conversations, none included, before the end: only `next` tells whether there are more.
    async fn conversations(
        &self,
        account: &AccountId,
        filter: ConversationFilter,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<Conversation, ConversationId>, Error>;

    /// As [`Conversations::conversations`], and where each one's state is stored.
    async fn placed_conversations(
        &self,
        account: &AccountId,
        filter: ConversationFilter,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<PlacedConversation, ConversationId>, Error>;

    /// The states that the entries at these places carry, in the order of the places: for those who know from following
    /// the log what changed since, so that nothing needs to be replayed. A place without an entry of the account that
    /// carries a state is passed over.
    async fn states_at(
        &self,
        account: &AccountId,
        places: Vec<LogPosition>,
    ) -> Result<Vec<Conversation>, Error>;
}
