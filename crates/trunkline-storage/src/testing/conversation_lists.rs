//! Lists of conversations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;
use trunkline_model::conversation::Conversation;
use trunkline_model::{LogPosition, PageRequest};
use trunkline_wire::{AccountId, ConsumerId, ConversationId};

use super::samples::{account_id, brand, closing, consumer, conversation_id, note, notes, opened, opening};
use crate::{ConversationFilter, Storage};

const EVERY: ConversationFilter = ConversationFilter { open: None, consumer: None };
const OPEN: ConversationFilter = ConversationFilter { open: Some(true), consumer: None };

/// All pages of a list, each of at most `limit`.
async fn list(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    filter: ConversationFilter,
    limit: usize,
) -> Vec<Conversation> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest { after, limit };
        let page = storage.conversations(account, filter, request).await.expect("read");
        assert!(page.items.len() <= limit, "{} of {limit}", page.items.len());
        assert!(page.items.iter().all(|item| after.is_none_or(|after| item.id > after)));
        assert!(page.items.iter().all(|item| page.next.is_none_or(|next| item.id <= next)));
        assert!(page.next.is_none_or(|next| after.is_none_or(|after| next > after)), "pages go on");
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            assert!(found.is_sorted_by(|one, other| one.id < other.id));
            return found;
        }
    }
}

fn ids(conversations: &[Conversation]) -> Vec<ConversationId> {
    conversations.iter().map(|conversation| conversation.id).collect()
}

async fn open(storage: &Arc<dyn Storage>, account: &AccountId, number: u32, who: ConsumerId) -> Conversation {
    let change = opening(account, number, who);
    let state = opened(&change);
    storage.commit(change).await.expect("stored");
    state
}

async fn close(storage: &Arc<dyn Storage>, state: &Conversation) -> Conversation {
    let (change, closed) = closing(state);
    storage.commit(change).await.expect("stored");
    closed
}

/// An account without conversations has an empty list.
pub async fn an_empty_list_has_no_next(storage: Arc<dyn Storage>) {
    open(&storage, &account_id("other"), 1, consumer(1)).await;
    for filter in [EVERY, OPEN, ConversationFilter { consumer: Some(consumer(1)), ..EVERY }] {
        let page = storage.conversations(&brand(), filter, PageRequest::first(10)).await.expect("read");
        assert_eq!((page.items, page.next), (Vec::new(), None));
    }
}

/// Whatever the size of a page: every conversation of the account once, by id.
pub async fn conversations_are_listed_by_id_in_pages(storage: Arc<dyn Storage>) {
    for number in 0..40_u32 {
        let account = if number % 3 == 0 { account_id("other") } else { brand() };
        // Ids do not come in the order of opening.
        open(&storage, &account, number * 7 % 40, consumer(number)).await;
    }
    let expected: Vec<_> =
        (0..40_u32).filter(|number| number * 23 % 40 % 3 != 0).map(conversation_id).collect();
    for limit in [1, 2, 7, 25, 26, 27, 1000] {
        assert_eq!(ids(&list(&storage, &brand(), EVERY, limit).await), expected, "{limit}");
    }
    assert_eq!(list(&storage, &account_id("other"), EVERY, 5).await.len(), 40 - expected.len());
    let full =
        storage.conversations(&brand(), EVERY, PageRequest::first(expected.len())).await.expect("read");
    assert_eq!(full.next, None, "a page that is just full is the last");
}

/// A list shows each conversation as it is after its last entry, short and long logs alike.
pub async fn listed_conversations_are_in_their_present_state(storage: Arc<dyn Storage>) {
    let mut expected = Vec::new();
    for (number, texts) in [(1, 0), (2, 1), (3, 62), (4, 63), (5, 64), (6, 200)] {
        let mut state = open(&storage, &brand(), number, consumer(number)).await;
        let texts = vec!["x"; texts];
        if !texts.is_empty() {
            storage.commit(notes(&state, 1, &texts)).await.expect("stored");
        }
        for version in (2..).take(texts.len()) {
            state.apply(&note(version, "x"));
        }
        if number % 2 == 0 {
            state = close(&storage, &state).await;
        }
        expected.push(state);
    }
    assert_eq!(list(&storage, &brand(), EVERY, 4).await, expected);
    for state in &expected {
        let one = storage.conversation(&brand(), state.id).await.expect("read");
        assert_eq!(one.as_ref(), Some(state));
    }
}

/// A placed conversation leads to the state that its log stored last, whatever followed; what an account does not have is
/// passed over.
pub async fn stored_states_are_read_by_their_places(storage: Arc<dyn Storage>) {
    let mut stored = Vec::new();
    for (number, texts) in [(1, 0), (2, 1), (3, 30), (4, 0), (5, 7)] {
        let state = open(&storage, &brand(), number, consumer(number)).await;
        let texts = vec!["x"; texts];
        if !texts.is_empty() {
            storage.commit(notes(&state, 1, &texts)).await.expect("stored");
        }
        stored.push(if number == 4 { close(&storage, &state).await } else { state });
    }
    let foreign = open(&storage, &account_id("other"), 6, consumer(6)).await;
    let page = PageRequest::first(10);
    let placed = storage.placed_conversations(&brand(), EVERY, page).await.expect("read").items;
    let present: Vec<_> = placed.iter().map(|placed| placed.conversation.clone()).collect();
    assert_eq!(present, list(&storage, &brand(), EVERY, 10).await);
    assert_eq!(present.iter().map(|one| one.version).collect::<Vec<_>>(), [1, 2, 31, 2, 8]);
    let mut positions: Vec<_> = placed.iter().rev().map(|placed| placed.state_at).collect();
    let of_other = storage.placed_conversations(&account_id("other"), EVERY, page).await.expect("read").items;
    assert_eq!(of_other.iter().map(|placed| &placed.conversation).collect::<Vec<_>>(), [&foreign]);
    let beyond = LogPosition(positions.iter().map(|place| place.0).max().unwrap_or(0) + 1000);
    positions.extend([of_other[0].state_at, LogPosition::START, beyond]);
    stored.reverse();
    assert_eq!(storage.states_at(&brand(), positions.clone()).await.expect("read"), stored);
    assert_eq!(storage.states_at(&account_id("other"), positions).await.expect("read"), [foreign]);
    assert_eq!(storage.states_at(&brand(), Vec::new()).await.expect("read"), []);
}

/// All conditions of a filter must hold.
pub async fn conversations_are_filtered(storage: Arc<dyn Storage>) {
    let mut states = Vec::new();
    for number in 0..30_u32 {
        let who = consumer(number % 4);
        let state = open(&storage, &brand(), number, who).await;
        // Each consumer's last one stays open.
        states.push(if number < 26 { close(&storage, &state).await } else { state });
        if number % 4 == 0 {
            let state = open(&storage, &account_id("other"), 100 + number, who).await;
            close(&storage, &state).await;
        }
    }
    for open in [None, Some(true), Some(false)] {
        for who in [None, Some(consumer(0)), Some(consumer(3)), Some(consumer(99))] {
            let filter = ConversationFilter { open, consumer: who };
            let expected: Vec<_> = states
                .iter()
                .filter(|state| filter.accepts(state.is_open(), state.consumer))
                .cloned()
                .collect();
            for limit in [1, 3, 100] {
                assert_eq!(list(&storage, &brand(), filter, limit).await, expected, "{filter:?} {limit}");
            }
        }
    }
}

/// While conversations are opened, written to and closed, those that stay open are listed every time, exactly once.
pub async fn lists_are_complete_under_concurrent_writers(storage: Arc<dyn Storage>) {
    const ROUNDS: u32 = 40;
    let mut lasting = Vec::new();
    for number in 0..30_u32 {
        lasting.push(open(&storage, &brand(), number * 10, consumer(number)).await);
    }
    let expected = ids(&lasting);
    let done = Arc::new(AtomicBool::new(false));
    let mut writing = JoinSet::new();
    writing.spawn({
        let (storage, done) = (Arc::clone(&storage), Arc::clone(&done));
        async move {
            for round in 0..ROUNDS {
                let passing = open(&storage, &brand(), round * 10 + 5, consumer(1000 + round)).await;
                let elsewhere = open(&storage, &account_id("other"), 5000 + round, consumer(round)).await;
                for state in &mut lasting {
                    storage.commit(notes(state, state.version, &["x"])).await.expect("stored");
                    state.version += 1;
                }
                close(&storage, &passing).await;
                close(&storage, &elsewhere).await;
            }
            done.store(true, Ordering::Relaxed);
        }
    });
    let mut versions = vec![0; expected.len()];
    loop {
        let is_last = done.load(Ordering::Relaxed);
        for filter in [OPEN, EVERY] {
            let found = list(&storage, &brand(), filter, 7).await;
            assert!(found.iter().all(|one| one.account == brand()));
            assert!(found.iter().all(|one| filter.accepts(one.is_open(), one.consumer)));
            let mut stayed = found;
            stayed.retain(|one| expected.contains(&one.id));
            assert_eq!(ids(&stayed), expected);
            for (one, version) in stayed.iter().zip(&mut versions) {
                assert!(one.version >= *version, "a later list shows no earlier state");
                *version = one.version;
            }
        }
        if is_last {
            break;
        }
    }
    writing.join_all().await;
    assert!(versions.iter().all(|version| *version == u64::from(ROUNDS) + 1));
    assert_eq!(ids(&list(&storage, &brand(), OPEN, 1000).await), expected);
}

/// Whatever the store does meanwhile with what was committed: a conversation is listed as soon as it is opened, as long as
/// it is open, and no longer.
pub async fn a_conversation_is_listed_from_opening_to_closing(storage: Arc<dyn Storage>) {
    let mut consumers = JoinSet::new();
    for number in 0..6_u32 {
        let storage = Arc::clone(&storage);
        consumers.spawn(async move {
            let filter = ConversationFilter { open: Some(true), consumer: Some(consumer(number)) };
            for round in 0..100_u32 {
                let state = open(&storage, &brand(), number * 1000 + round, consumer(number)).await;
                let listed = list(&storage, &brand(), filter, 10).await;
                assert_eq!(ids(&listed), [state.id], "{number} {round}");
                close(&storage, &state).await;
                assert_eq!(list(&storage, &brand(), filter, 10).await, [], "{number} {round}");
            }
        });
    }
    consumers.join_all().await;
}
