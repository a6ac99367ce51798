//! Erasing what conversations hold.

use std::collections::BTreeSet;
use std::sync::Arc;

use trunkline_model::conversation::{Conversation, TailEntry};
use trunkline_model::{LogPosition, PageRequest};
use trunkline_wire::{AccountId, ConversationId, EpochMillis};

use super::samples::{
    NOW, account_id, brand, changed, closing, consumer, conversation_id, notes, opened, opening,
};
use crate::{Error, Storage};

const ERASED: EpochMillis = EpochMillis(NOW.0 + 1_000_000);

async fn open(storage: &Arc<dyn Storage>, account: &AccountId, number: u32) -> Conversation {
    let change = opening(account, number, consumer(number));
    let state = opened(&change);
    storage.commit(change).await.expect("stored");
    state
}

/// A conversation with this many messages, which say `secret`.
async fn written(storage: &Arc<dyn Storage>, number: u32, messages: usize) -> Conversation {
    let mut state = open(storage, &brand(), number).await;
    let texts: Vec<_> = (0..messages).map(|number| format!("secret {number}")).collect();
    for texts in texts.chunks(10) {
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let change = notes(&state, state.version, &texts);
        change.entries.iter().for_each(|entry| state.apply(entry));
        storage.commit(change).await.expect("stored");
    }
    state
}

async fn close(storage: &Arc<dyn Storage>, state: &Conversation) -> Conversation {
    let (change, state) = closing(state);
    storage.commit(change).await.expect("stored");
    state
}

async fn entries(storage: &Arc<dyn Storage>, state: &Conversation, after: u64) -> Vec<Arc<TailEntry>> {
    let (mut found, mut after) = (Vec::new(), after);
    loop {
        let page = storage.conversation_tail(&state.account, state.id, after, 50).await.expect("read");
        let Some(last) = page.last() else { return found };
        after = last.entry.version;
        found.extend(page);
    }
}

fn tombstones(entries: &[Arc<TailEntry>]) -> Vec<TailEntry> {
    entries.iter().map(|entry| entry.erased(ERASED)).collect()
}

async fn erase(storage: &Arc<dyn Storage>, state: &Conversation) {
    for page in entries(storage, state, 0).await.chunks(7) {
        storage.replace_entries(tombstones(page)).await.expect("replaced");
    }
}

async fn erasable(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    until: LogPosition,
    limit: usize,
) -> Vec<ConversationId> {
    let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
    loop {
        let next = storage.erasable_conversations(account, until, page).await.expect("read");
        assert!(next.items.len() <= limit);
        found.extend(next.items);
        let Some(after) = next.next else { break };
        page.after = Some(after);
    }
    let distinct: BTreeSet<_> = found.iter().collect();
    assert_eq!(distinct.len(), found.len(), "each once");
    found
}

fn end(storage: &Arc<dyn Storage>) -> LogPosition {
    *storage.tail().borrow()
}

/// Whoever reads, and in whatever way: tombstones in the places and under the versions of what was there.
pub async fn readers_find_tombstones(storage: Arc<dyn Storage>) {
    let state = written(&storage, 1, 150).await;
    let neighbour = written(&storage, 2, 3).await;
    let state = close(&storage, &state).await;
    let before = entries(&storage, &state, 0).await;
    let all = storage.tail_after(LogPosition::START, 1000).await.expect("read");
    erase(&storage, &state).await;

    let expected = tombstones(&before);
    let left = entries(&storage, &state, 0).await;
    assert_eq!(left.iter().map(|entry| TailEntry::clone(entry)).collect::<Vec<_>>(), expected);
    let (account, id) = (&state.account, state.id);
    assert_eq!(storage.conversation(account, id).await.expect("read"), Some(state.erased(ERASED)));
    let log = storage.log_after(account, id, 0, 1000).await.expect("read");
    assert_eq!(log, expected.iter().map(|entry| entry.entry.clone()).collect::<Vec<_>>());
    let states = storage.states_at(account, vec![before[0].position]).await.expect("read");
    assert_eq!(states, [before[0].entry.state.as_ref().expect("an opening").erased(ERASED)]);
    let mut after = LogPosition::START;
    for earlier in &all {
        let page = storage.tail_after(after, 1).await.expect("read");
        let own = storage.account_tail(account, after, LogPosition(u64::MAX), 1).await.expect("read");
        let expected = if earlier.conversation == id {
            tombstones(std::slice::from_ref(earlier)).pop().expect("one")
        } else {
            TailEntry::clone(earlier)
        };
        assert_eq!(*page[0], expected);
        assert_eq!(*own.entries[0], expected);
        after = earlier.position;
    }
    assert_eq!(entries(&storage, &neighbour, 0).await.len(), 4);
    storage.purge().await.expect("nobody reads");
}

/// Nothing is replaced then, also where only one of the entries is wrong.
pub async fn wrong_places_are_a_conflict(storage: Arc<dyn Storage>) {
    let state = written(&storage, 1, 5).await;
    let refused = async |tombstones| {
        let done = storage.replace_entries(tombstones).await;
        assert!(matches!(done, Err(Error::Conflict)), "{done:?}");
    };
    let before = entries(&storage, &state, 0).await;
    refused(tombstones(&before)).await;
    let state = close(&storage, &state).await;
    let before = entries(&storage, &state, 0).await;
    let wrong = |change: &dyn Fn(&mut TailEntry)| {
        let mut wrong = tombstones(&before);
        change(wrong.last_mut().expect("entries"));
        wrong
    };
    refused(wrong(&|entry| entry.position.0 += 1)).await;
    refused(wrong(&|entry| entry.position.0 -= 1)).await;
    refused(wrong(&|entry| entry.entry.version += 1)).await;
    refused(wrong(&|entry| entry.entry.state = None)).await;
    let of_another = |change: &dyn Fn(&mut TailEntry)| {
        let mut wrong = tombstones(&before);
        wrong.iter_mut().for_each(change);
        wrong
    };
    refused(of_another(&|entry| entry.account = account_id("other"))).await;
    refused(of_another(&|entry| entry.conversation = conversation_id(9))).await;
    assert!(storage.replace_entries(Vec::new()).await.is_err());
    assert_eq!(entries(&storage, &state, 0).await, before);
    assert_eq!(erasable(&storage, &brand(), end(&storage), 10).await, [state.id]);
}

/// Who decided on the state before must not bring back what was in it.
pub async fn an_erased_conversation_takes_no_entry(storage: Arc<dyn Storage>) {
    let state = written(&storage, 1, 2).await;
    let state = close(&storage, &state).await;
    let (first, second) = {
        let all = entries(&storage, &state, 0).await;
        (tombstones(&all[..1]), tombstones(&all))
    };
    storage.replace_entries(first).await.expect("replaced");
    // Not before its last entry is a tombstone.
    let (noted, state) = changed(&state, Conversation { note: Some("n".to_owned()), ..state.clone() });
    storage.commit(noted).await.expect("stored");
    storage.replace_entries(second).await.expect("replaced");
    assert_eq!(erasable(&storage, &brand(), end(&storage), 10).await, [state.id], "there is another entry");
    erase(&storage, &state).await;
    let (noted, _) = changed(&state, Conversation { note: Some("m".to_owned()), ..state.clone() });
    assert!(matches!(storage.commit(noted).await, Err(Error::Conflict)));
    erase(&storage, &state).await;
    // The consumer may begin anew.
    storage.commit(opening(&brand(), 7, consumer(1))).await.expect("stored");
}

/// Closed, not erased, and quiet since the place.
pub async fn erasable_conversations_are_closed_and_old(storage: Arc<dyn Storage>) {
    let (account, other) = (brand(), account_id("other"));
    let mut closed = Vec::new();
    for number in 0..12 {
        let state = open(&storage, &account, number).await;
        if number % 3 != 0 {
            closed.push(close(&storage, &state).await);
        }
    }
    let foreign = open(&storage, &other, 100).await;
    close(&storage, &foreign).await;
    let ids = |states: &[Conversation]| states.iter().map(|state| state.id).collect::<Vec<_>>();
    let until = end(&storage);
    for limit in [1, 3, 8, 100] {
        assert_eq!(erasable(&storage, &account, until, limit).await, ids(&closed), "{limit}");
    }
    assert_eq!(erasable(&storage, &other, until, 10).await, [foreign.id]);
    assert_eq!(erasable(&storage, &account, LogPosition::START, 10).await, []);
    let place = entries(&storage, &closed[2], 0).await.last().expect("entries").position;
    assert_eq!(erasable(&storage, &account, place, 10).await, ids(&closed[..3]));

    erase(&storage, &closed[1]).await;
    let (noted, _) = changed(&closed[0], Conversation { note: Some("n".to_owned()), ..closed[0].clone() });
    storage.commit(noted).await.expect("stored");
    assert_eq!(erasable(&storage, &account, until, 2).await, ids(&closed[2..]));
    let late = [ids(&closed[2..]), ids(&closed[..1])].concat();
    assert_eq!(erasable(&storage, &account, LogPosition(u64::MAX), 2).await, late);
}
