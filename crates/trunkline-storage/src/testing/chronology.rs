//! Conversations in the order of their starts.

use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::PageRequest;
use trunkline_model::conversation::Conversation;
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis};
use uuid::{Builder, Uuid};

use super::samples::{NOW, account_id, brand, closing, consumer, request};
use crate::{ChronologyFilter, ChronologyOrder, StartedConversation, Storage};

const EVERY: ChronologyFilter = ChronologyFilter { open: None, consumer: None, from: None, to: None };
const ORDERS: [ChronologyOrder; 2] = [ChronologyOrder::OldestFirst, ChronologyOrder::NewestFirst];

/// The id of a conversation that is started `seconds` after the beginning.
fn id(seconds: i64) -> ConversationId {
    let millis = u64::try_from(at(seconds).0).unwrap_or(0);
    ConversationId::from_uuid(Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid())
}

fn at(seconds: i64) -> EpochMillis {
    EpochMillis(NOW.0 + seconds * 1000)
}

async fn open_as(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    id: ConversationId,
    at: EpochMillis,
    who: ConsumerId,
) -> Conversation {
    let change = request(account, who).decide(id, at);
    let state = change.entries.iter().find_map(|entry| entry.state.as_deref()).expect("an opening").clone();
    storage.commit(change).await.expect("stored");
    state
}

async fn open(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    seconds: i64,
    who: ConsumerId,
) -> Conversation {
    open_as(storage, account, id(seconds), at(seconds), who).await
}

async fn close(storage: &Arc<dyn Storage>, state: &Conversation) {
    storage.commit(closing(state).0).await.expect("stored");
}

/// All pages of a list, each of at most `limit`.
async fn list(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    filter: ChronologyFilter,
    order: ChronologyOrder,
    limit: usize,
) -> Vec<StartedConversation> {
    let mut found: Vec<StartedConversation> = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest { after, limit };
        let page = storage.conversations_by_start(account, filter, order, request).await.expect("read");
        assert!(page.items.len() <= limit, "{} of {limit}", page.items.len());
        found.extend(page.items);
        assert!(page.next.is_none() || page.next != after, "pages go on");
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn ids(found: &[StartedConversation]) -> Vec<ConversationId> {
    found.iter().map(|found| found.id).collect()
}

/// Whatever the order of the commits, and whoever else has conversations.
pub async fn conversations_come_in_the_order_of_their_starts(storage: Arc<dyn Storage>) {
    for seconds in 0..30 {
        let seconds = seconds * 7 % 30;
        let who = consumer(u32::try_from(seconds).unwrap_or(0));
        open(&storage, &brand(), seconds, who).await;
        open(&storage, &account_id("other"), 100 + seconds, who).await;
    }
    let mut expected: Vec<_> = (0..30).map(id).collect();
    assert_eq!(ids(&list(&storage, &brand(), EVERY, ORDERS[0], 100).await), expected);
    expected.reverse();
    let found = list(&storage, &brand(), EVERY, ORDERS[1], 100).await;
    assert_eq!(ids(&found), expected);
    let first = StartedConversation { id: id(29), consumer: consumer(29), started_at: at(29), open: true };
    assert_eq!(found.first(), Some(&first));
    assert_eq!(list(&storage, &account_id("nobody"), EVERY, ORDERS[0], 10).await, []);
}

/// Whatever the size of a page: every conversation once.
pub async fn both_orders_are_paged_alike(storage: Arc<dyn Storage>) {
    for seconds in 0..25 {
        let state = open(&storage, &brand(), seconds, consumer(u32::try_from(seconds).unwrap_or(0))).await;
        if seconds % 3 == 0 {
            close(&storage, &state).await;
        }
    }
    for order in ORDERS {
        let whole = list(&storage, &brand(), EVERY, order, 1000).await;
        assert_eq!(whole.len(), 25);
        for limit in [1, 2, 7, 24, 25, 26] {
            assert_eq!(list(&storage, &brand(), EVERY, order, limit).await, whole, "{limit}");
        }
    }
}

/// `from` and `to` are moments of the range themselves.
pub async fn a_range_includes_its_ends(storage: Arc<dyn Storage>) {
    for seconds in 0..60 {
        open(&storage, &brand(), seconds, consumer(u32::try_from(seconds).unwrap_or(0))).await;
    }
    for (from, to) in
        [(Some(20), Some(40)), (None, Some(3)), (Some(58), None), (Some(70), None), (Some(5), Some(4))]
    {
        let filter = ChronologyFilter { from: from.map(at), to: to.map(at), ..EVERY };
        let expected: Vec<_> =
            (0..60).filter(|s| from.is_none_or(|from| from <= *s) && to.is_none_or(|to| *s <= to)).collect();
        let oldest: Vec<_> = expected.iter().copied().map(id).collect();
        let newest: Vec<_> = expected.iter().rev().copied().map(id).collect();
        for limit in [1, 3, 100] {
            assert_eq!(ids(&list(&storage, &brand(), filter, ORDERS[0], limit).await), oldest);
            assert_eq!(ids(&list(&storage, &brand(), filter, ORDERS[1], limit).await), newest);
        }
    }
}

/// All conditions must hold.
pub async fn chronologies_are_filtered(storage: Arc<dyn Storage>) {
    let mut states = Vec::new();
    for seconds in 0..30 {
        let who = consumer(u32::try_from(seconds % 4).unwrap_or(0));
        let state = open(&storage, &brand(), seconds, who).await;
        let closes = seconds < 26;
        if closes {
            close(&storage, &state).await;
        }
        states.push((state, !closes));
    }
    for open in [None, Some(true), Some(false)] {
        for who in [None, Some(consumer(2)), Some(consumer(99))] {
            for from in [None, Some(at(11))] {
                let filter = ChronologyFilter { open, consumer: who, from, to: Some(at(28)) };
                let expected: Vec<_> = states
                    .iter()
                    .filter(|(state, open)| filter.accepts(*open, state.consumer, state.started_at))
                    .map(|(state, _)| state.id)
                    .collect();
                for limit in [1, 4, 100] {
                    let found = list(&storage, &brand(), filter, ORDERS[0], limit).await;
                    assert_eq!(ids(&found), expected, "{filter:?} {limit}");
                    let found = list(&storage, &brand(), filter, ORDERS[1], limit).await;
                    assert_eq!(ids(&found).into_iter().rev().collect::<Vec<_>>(), expected, "{filter:?}");
                }
            }
        }
    }
}

/// An id may be some seconds older or younger than its conversation, and without a range any id will do.
pub async fn a_start_decides_over_an_id(storage: Arc<dyn Storage>) {
    let early = open_as(&storage, &brand(), id(10), at(12), consumer(1)).await;
    let late = open_as(&storage, &brand(), id(20), at(18), consumer(2)).await;
    let random = ConversationId::from_uuid(Uuid::from_u128(0xb0d7_f5a2_7c1e_4f9b_8a33_2e6c_1d9f_0a57));
    open_as(&storage, &brand(), random, at(15), consumer(3)).await;
    for (from, to, expected) in [
        (11, 19, vec![early.id, late.id]),
        (12, 18, vec![early.id, late.id]),
        (13, 17, vec![]),
        (10, 11, vec![]),
        (19, 21, vec![]),
    ] {
        let filter = ChronologyFilter { from: Some(at(from)), to: Some(at(to)), ..EVERY };
        assert_eq!(ids(&list(&storage, &brand(), filter, ORDERS[0], 10).await), expected, "{from} {to}");
    }
    assert_eq!(list(&storage, &brand(), EVERY, ORDERS[1], 10).await.len(), 3);
}

/// Somebody who reads page by page gets the same conversations, whatever is started in between.
pub async fn new_conversations_do_not_move_a_page(storage: Arc<dyn Storage>) {
    for seconds in 0..10 {
        open(&storage, &brand(), seconds, consumer(u32::try_from(seconds).unwrap_or(0))).await;
    }
    let request = PageRequest { after: None, limit: 4 };
    let first = storage.conversations_by_start(&brand(), EVERY, ORDERS[1], request).await.expect("read");
    for seconds in 10..15 {
        open(&storage, &brand(), seconds, consumer(u32::try_from(seconds).unwrap_or(0))).await;
    }
    let request = PageRequest { after: first.next, limit: 100 };
    let second = storage.conversations_by_start(&brand(), EVERY, ORDERS[1], request).await.expect("read");
    let found: Vec<_> = first.items.iter().chain(&second.items).map(|found| found.id).collect();
    assert_eq!(found, (0..10).rev().map(id).collect::<Vec<_>>());
}

/// Whatever the store does meanwhile with what was committed: a conversation is found as soon as it is started, open as
/// long as it is open, closed as soon as it is closed.
pub async fn a_chronology_is_present_at_once(storage: Arc<dyn Storage>) {
    let mut consumers = JoinSet::new();
    for number in 0..4_u32 {
        let storage = Arc::clone(&storage);
        consumers.spawn(async move {
            let who = consumer(number);
            let filter = |open| ChronologyFilter { open: Some(open), consumer: Some(who), ..EVERY };
            for round in 0..50_i64 {
                let state = open(&storage, &brand(), i64::from(number) * 1000 + round, who).await;
                let open_ones = list(&storage, &brand(), filter(true), ORDERS[1], 10).await;
                assert_eq!(ids(&open_ones), [state.id], "{number} {round}");
                close(&storage, &state).await;
                assert_eq!(list(&storage, &brand(), filter(true), ORDERS[1], 10).await, []);
                let closed = list(&storage, &brand(), filter(false), ORDERS[1], 7).await;
                assert_eq!(closed.first().map(|found| found.id), Some(state.id));
                assert_eq!(i64::try_from(closed.len()), Ok(round + 1));
            }
        });
    }
    consumers.join_all().await;
}
