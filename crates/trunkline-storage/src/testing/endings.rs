//! Conversations that may be about to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;
use trunkline_model::conversation::{Conversation, DialogState};
use trunkline_model::{LogPosition, Page, PageRequest};
use trunkline_wire::conversations::CloseReason;
use trunkline_wire::{AccountId, ConversationId};

use super::samples::{
    NOW, account_id, brand, changed, closing, consumer, conversation_id, notes, opened, opening,
};
use crate::{Error, Storage};

/// All pages of a list, each of at most `limit`.
async fn every(
    limit: usize,
    page: impl AsyncFn(PageRequest<ConversationId>) -> Result<Page<ConversationId, ConversationId>, Error>,
) -> Vec<ConversationId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let Page { items, next } = page(PageRequest { after, limit }).await.expect("read");
        assert!(items.len() <= limit, "{} of {limit}", items.len());
        assert!(next.is_none_or(|next| after.is_none_or(|after| next > after)), "pages go on");
        found.extend(items);
        if next.is_none() {
            assert!(found.is_sorted_by(|one, other| one < other));
            return found;
        }
        after = next;
    }
}

async fn quiet(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    until: LogPosition,
    limit: usize,
) -> Vec<ConversationId> {
    every(limit, async |page| storage.quiet_conversations(account, until, page).await).await
}

async fn surveys(storage: &Arc<dyn Storage>, account: &AccountId, limit: usize) -> Vec<ConversationId> {
    every(limit, async |page| storage.conversations_in_survey(account, page).await).await
}

async fn open(storage: &Arc<dyn Storage>, account: &AccountId, number: u32) -> Conversation {
    let change = opening(account, number, consumer(number));
    let state = opened(&change);
    storage.commit(change).await.expect("stored");
    state
}

async fn note(storage: &Arc<dyn Storage>, state: &mut Conversation) {
    storage.commit(notes(state, state.version, &["x"])).await.expect("stored");
    state.version += 1;
}

/// Closes the main dialog alone.
async fn leave_main(storage: &Arc<dyn Storage>, state: &Conversation) -> Conversation {
    let mut next = state.clone();
    next.dialogs[0].state = DialogState::Closed { at: NOW, by: CloseReason::Agent, cause: None };
    let (change, state) = changed(state, next);
    storage.commit(change).await.expect("stored");
    state
}

async fn close(storage: &Arc<dyn Storage>, state: &Conversation) {
    storage.commit(closing(state).0).await.expect("stored");
}

fn end(storage: &Arc<dyn Storage>) -> LogPosition {
    *storage.tail().borrow()
}

fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<ConversationId> {
    numbers.into_iter().map(conversation_id).collect()
}

/// The last entry counts, whatever it is; closed conversations and those of others are not wanted.
pub async fn quiet_conversations_have_no_entry_after_the_place(storage: Arc<dyn Storage>) {
    let (account, other) = (brand(), account_id("other"));
    assert_eq!(quiet(&storage, &account, end(&storage), 10).await, []);
    let mut first = open(&storage, &account, 1).await;
    let after_first = end(&storage);
    open(&storage, &other, 2).await;
    let closed = open(&storage, &account, 3).await;
    let survey = open(&storage, &account, 4).await;
    let survey = leave_main(&storage, &survey).await;
    let later = end(&storage);
    assert_eq!(quiet(&storage, &account, LogPosition::START, 10).await, []);
    assert_eq!(quiet(&storage, &account, after_first, 10).await, numbers([1]));
    assert_eq!(quiet(&storage, &account, later, 10).await, numbers([1, 3, 4]));
    assert_eq!(quiet(&storage, &other, later, 10).await, numbers([2]));

    note(&storage, &mut first).await;
    close(&storage, &closed).await;
    assert_eq!(quiet(&storage, &account, later, 10).await, numbers([4]));
    assert_eq!(quiet(&storage, &account, end(&storage), 10).await, numbers([1, 4]));
    close(&storage, &survey).await;
    assert_eq!(quiet(&storage, &account, LogPosition(u64::MAX), 10).await, numbers([1]));
}

/// Whatever the size of a page: each once, by id.
pub async fn quiet_conversations_come_in_pages(storage: Arc<dyn Storage>) {
    let mut states = Vec::new();
    for number in 0..60_u32 {
        let account = if number % 3 == 0 { account_id("other") } else { brand() };
        // Ids do not come in the order of opening.
        states.push(open(&storage, &account, number * 7 % 60).await);
    }
    let until = end(&storage);
    for state in states.iter_mut().filter(|state| state.id.as_uuid().as_u128() % 4 == 0) {
        note(&storage, state).await;
    }
    let mut expected: Vec<_> = states
        .iter()
        .filter(|state| state.account == brand() && state.version == 1)
        .map(|state| state.id)
        .collect();
    expected.sort_unstable();
    for limit in [1, 2, 7, expected.len(), 1000] {
        assert_eq!(quiet(&storage, &brand(), until, limit).await, expected, "{limit}");
    }
}

/// A conversation is in a survey from the end of its main dialog to its own.
pub async fn surveys_are_found_by_their_account(storage: Arc<dyn Storage>) {
    let account = brand();
    let mut states = Vec::new();
    for number in 0..9 {
        states.push(open(&storage, &account, number).await);
    }
    let other = open(&storage, &account_id("other"), 100).await;
    leave_main(&storage, &other).await;
    assert_eq!(surveys(&storage, &account, 10).await, []);
    for state in &mut states[2..7] {
        *state = leave_main(&storage, state).await;
    }
    for limit in [1, 3, 5, 100] {
        assert_eq!(surveys(&storage, &account, limit).await, numbers(2..7), "{limit}");
    }
    // Answers in the survey change nothing about that.
    note(&storage, &mut states[3]).await;
    close(&storage, &states[2]).await;
    close(&storage, &states[8]).await;
    assert_eq!(surveys(&storage, &account, 3).await, numbers(3..7));
    assert_eq!(surveys(&storage, &account_id("other"), 3).await, numbers([100]));
}

/// While conversations are opened, written to and closed, those that stay quiet are found every time, once.
pub async fn a_quiet_conversation_is_found_whatever_others_do(storage: Arc<dyn Storage>) {
    let account = brand();
    let mut busy = Vec::new();
    for number in 0..20 {
        open(&storage, &account, number * 2).await;
        busy.push(open(&storage, &account, number * 2 + 1).await);
    }
    let surveyed = open(&storage, &account, 500).await;
    leave_main(&storage, &surveyed).await;
    let until = end(&storage);
    let done = Arc::new(AtomicBool::new(false));
    let mut writing = JoinSet::new();
    writing.spawn({
        let (storage, done, account) = (Arc::clone(&storage), Arc::clone(&done), account.clone());
        async move {
            for round in 0..30 {
                let passing = open(&storage, &account, 1000 + round).await;
                for state in &mut busy {
                    note(&storage, state).await;
                }
                close(&storage, &passing).await;
            }
            done.store(true, Ordering::Relaxed);
        }
    });
    let expected = numbers((0..20).map(|number| number * 2).chain([500]));
    loop {
        let is_last = done.load(Ordering::Relaxed);
        let mut found = quiet(&storage, &account, until, 7).await;
        found.retain(|id| expected.contains(id));
        assert_eq!(found, expected);
        assert_eq!(surveys(&storage, &account, 7).await, numbers([500]));
        if is_last {
            break;
        }
    }
    writing.join_all().await;
    assert_eq!(quiet(&storage, &account, until, 7).await, expected);
}
