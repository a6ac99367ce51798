//! A bounded cache of conversation states, each behind its own lock.

use std::sync::Arc;

use quick_cache::sync::Cache;
use tokio::sync::Mutex;
use trunkline_model::conversation::Conversation;
use trunkline_wire::ConversationId;

/// One conversation: its state, or nothing when it has to be read from the store again.
pub(super) type Slot = Arc<Mutex<Option<Conversation>>>;

#[derive(Debug)]
pub(super) struct Slots(Cache<ConversationId, Slot>);

impl Slots {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity.max(1)))
    }

    /// The slot of a conversation; one that is not cached is loaded first, and an unknown one gets no slot, so that
    /// guessing ids pushes nobody out.
    pub(super) async fn get_or_load<E>(
        &self,
        id: ConversationId,
        load: impl AsyncFnOnce() -> Result<Option<Conversation>, E>,
    ) -> Result<Option<Slot>, E> {
        if let Some(slot) = self.0.get(&id) {
            return Ok(Some(slot));
        }
        let Some(state) = load().await? else {
            return Ok(None);
        };
        // Two callers may load at once; the slot of the first is the one that both use.
        let slot = self.0.get_or_insert_with(&id, || Ok::<_, E>(Arc::new(Mutex::new(Some(state)))))?;
        Ok(Some(slot))
    }

    /// Makes a state known that was stored just now.
    pub(super) fn insert(&self, state: Conversation) {
        self.0.insert(state.id, Arc::new(Mutex::new(Some(state))));
    }

    /// Forgets what is known of a conversation.
    pub(super) fn remove(&self, id: ConversationId) {
        self.0.remove(&id);
    }
}
