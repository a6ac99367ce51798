//! Which conversations were erased lately.

use std::collections::{HashSet, VecDeque};

use trunkline_wire::ConversationId;

/// The most that are known; more push out the oldest. What delivery holds of a conversation in memory is sent within
/// minutes, or read again from the store.
const KNOWN: usize = 16 * 1024;

/// The conversations that were erased last.
#[derive(Debug, Default)]
pub(super) struct Erased {
    known: HashSet<ConversationId>,
    order: VecDeque<ConversationId>,
}

impl Erased {
    pub(super) fn add(&mut self, conversation: ConversationId) {
        if !self.known.insert(conversation) {
            return;
        }
        self.order.push_back(conversation);
        if self.order.len() > KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    pub(super) fn has(&self, conversation: ConversationId) -> bool {
        self.known.contains(&conversation)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_newest_are_known() {
        let id = |number: usize| ConversationId::from_uuid(Uuid::from_u128(number as u128));
        let mut erased = Erased::default();
        (0..=KNOWN).for_each(|number| erased.add(id(number)));
        erased.add(id(KNOWN));
        assert!(!erased.has(id(0)));
        assert!(erased.has(id(1)) && erased.has(id(KNOWN)));
        assert_eq!((erased.known.len(), erased.order.len()), (KNOWN, KNOWN));
    }
}
