//! Conversations in the order in which they were started.

use async_trait::async_trait;
use trunkline_model::{Page, PageRequest};
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis};

use crate::Error;

/// Which conversations of an account are wanted. All conditions must hold; the default wants every one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChronologyFilter {
    /// Only those that are open as a whole (`true`) or closed (`false`).
    pub open: Option<bool>,
    /// Only those of this consumer.
    pub consumer: Option<ConsumerId>,
    /// Only those that were started at or after this moment.
    pub from: Option<EpochMillis>,
    /// Only those that were started at or before this moment.
    pub to: Option<EpochMillis>,
}

impl ChronologyFilter {
    /// How far the moment in a conversation's id may be from the one at which it was started.
    pub const ID_TOLERANCE_MILLIS: i64 = 10_000;

    /// True when a conversation like this is wanted.
    pub fn accepts(&self, open: bool, consumer: ConsumerId, started_at: EpochMillis) -> bool {
        self.open.is_none_or(|wanted| wanted == open)
            && self.consumer.is_none_or(|wanted| wanted == consumer)
            && self.from.is_none_or(|from| from <= started_at)
            && self.to.is_none_or(|to| started_at <= to)
    }
}

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChronologyOrder {
    /// The conversation that was started first comes first.
    OldestFirst,
    /// The conversation that was started last comes first.
    NewestFirst,
}

/// A conversation in a list: what is known of it without reading its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartedConversation {
    /// Which.
    pub id: ConversationId,
    /// Its consumer.
    pub consumer: ConsumerId,
    /// When it was started.
    pub started_at: EpochMillis,
    /// Whether it is open as a whole.
    pub open: bool,
}

/// Conversations in the order in which they were started.
#[async_trait]
pub trait Chronology: Send + Sync {
    /// The conversations of an account that a filter wants, in the order of their starts.
    ///
    /// The ids of conversations are UUIDs of version 7 and say when they were made: their order is the order, and
    /// [`PageRequest::after`] names the last conversation already seen. With a bound on the start, conversations are looked
    /// for among the ids made within [`ChronologyFilter::ID_TOLERANCE_MILLIS`] of it; whether one is wanted is then decided
    /// by when it was started.
    ///
    /// Every conversation that a filter wants from before the first page is asked for until after the last one is delivered
    /// comes exactly once; those that are started meanwhile do not move the others. A page may hold fewer than `limit`
    /// conversations, none included, before the end: only `next` tells whether there are more.
    async fn conversations_by_start(
        &self,
        account: &AccountId,
        filter: ChronologyFilter,
        order: ChronologyOrder,
        page: PageRequest<ConversationId>,
    ) -> Result<Page<StartedConversation, ConversationId>, Error>;
}
