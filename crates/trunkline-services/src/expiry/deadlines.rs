//! When which survey is looked at. Pure.

use std::collections::{BTreeSet, HashMap};

use trunkline_wire::{AccountId, ConversationId, EpochMillis};

/// Conversations in a survey, by the moment at which they may have to end.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    known: HashMap<ConversationId, (EpochMillis, AccountId)>,
    order: BTreeSet<(EpochMillis, ConversationId)>,
}

impl Deadlines {
    /// Has a conversation looked at then and not before.
    pub(super) fn set(&mut self, conversation: ConversationId, account: AccountId, at: EpochMillis) {
        if let Some((earlier, _)) = self.known.insert(conversation, (at, account)) {
            self.order.remove(&(earlier, conversation));
        }
        self.order.insert((at, conversation));
    }

    /// Has a conversation that is known looked at then and not before.
    pub(super) fn put_off(&mut self, conversation: ConversationId, at: EpochMillis) {
        if let Some((_, account)) = self.known.get(&conversation) {
            self.set(conversation, account.clone(), at);
        }
    }

    /// Forgets a conversation.
    pub(super) fn remove(&mut self, conversation: ConversationId) {
        if let Some((at, _)) = self.known.remove(&conversation) {
            self.order.remove(&(at, conversation));
        }
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<EpochMillis> {
        self.order.first().map(|(at, _)| *at)
    }

    /// The first `limit` that are due. They stay due until they are set or removed.
    pub(super) fn due(&self, now: EpochMillis, limit: usize) -> Vec<(ConversationId, AccountId)> {
        let due = self.order.iter().take_while(|(at, _)| *at <= now).take(limit);
        due.filter_map(|(_, id)| self.known.get(id).map(|(_, account)| (*id, account.clone()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> ConversationId {
        ConversationId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn each_is_due_at_its_latest_moment() {
        let account = AccountId::parse("a").unwrap();
        let mut deadlines = Deadlines::default();
        for (number, at) in [(1, 10), (2, 20), (3, 30), (1, 25), (4, 5)] {
            deadlines.set(id(number), account.clone(), EpochMillis(at));
        }
        deadlines.remove(id(4));
        deadlines.remove(id(5));
        deadlines.put_off(id(5), EpochMillis(1));
        assert_eq!(deadlines.next(), Some(EpochMillis(20)));
        let due = |now, limit| -> Vec<_> {
            deadlines.due(EpochMillis(now), limit).into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(due(19, 9), []);
        assert_eq!(due(25, 9), [id(2), id(1)]);
        assert_eq!(due(99, 2), [id(2), id(1)]);
        assert_eq!(due(99, 9), [id(2), id(1), id(3)]);
        deadlines.put_off(id(2), EpochMillis(40));
        assert_eq!(deadlines.next(), Some(EpochMillis(25)));
    }
}
