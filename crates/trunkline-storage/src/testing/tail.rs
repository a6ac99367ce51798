//! The log of all conversations as one.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::LogPosition;
use trunkline_model::conversation::{Conversation, ConversationChange, LogEntry, TailEntry};
use trunkline_wire::conversations::ParticipantRole;
use trunkline_wire::{AccountId, ConversationId, DialogId, EpochMillis, ParticipantId};

use super::samples::{NOW, account_id, brand, consumer, conversation_id, message, notes, opened, opening};
use crate::{Error, Storage};

async fn commit(storage: &Arc<dyn Storage>, change: &ConversationChange) {
    storage.commit(change.clone()).await.expect("stored");
}

async fn open(storage: &Arc<dyn Storage>, account: &AccountId, number: u32) -> Conversation {
    let change = opening(account, number, consumer(number));
    commit(storage, &change).await;
    opened(&change)
}

/// Everything after a place, read in pages.
async fn read_on(storage: &Arc<dyn Storage>, mut after: LogPosition, limit: usize) -> Vec<Arc<TailEntry>> {
    let mut entries = Vec::new();
    loop {
        let page = storage.tail_after(after, limit).await.expect("read");
        assert!(page.len() <= limit);
        let Some(last) = page.last() else {
            return entries;
        };
        after = last.position;
        entries.extend(page);
    }
}

/// Everything of an account in a range, read in pages of `limit`, with the number of pages.
async fn read_account(
    storage: &Arc<dyn Storage>,
    account: &AccountId,
    (mut after, until): (LogPosition, LogPosition),
    limit: usize,
) -> (Vec<Arc<TailEntry>>, usize) {
    let (mut entries, mut pages) = (Vec::new(), 0);
    while after < until {
        let page = storage.account_tail(account, after, until, limit).await.expect("read");
        assert!(page.entries.len() <= limit);
        let places: Vec<_> = page.entries.iter().map(|entry| entry.position).collect();
        assert!(places.iter().all(|place| after < *place && *place <= page.reached), "{places:?} {page:?}");
        assert!(after < page.reached && page.reached <= until, "it goes on, and not too far");
        (after, pages) = (page.reached, pages + 1);
        entries.extend(page.entries);
    }
    (entries, pages)
}

fn end(storage: &Arc<dyn Storage>) -> LogPosition {
    *storage.tail().borrow()
}

/// Places grow, and each entry names the one before it in its conversation.
fn assert_linked(entries: &[Arc<TailEntry>]) {
    let mut last = LogPosition::START;
    let mut heads: HashMap<ConversationId, (LogPosition, u64)> = HashMap::new();
    for entry in entries {
        assert!(last < entry.position, "{last:?} {entry:?}");
        last = entry.position;
        let head = heads.entry(entry.conversation).or_default();
        assert_eq!((entry.previous, entry.entry.version), (head.0, head.1 + 1));
        *head = (entry.position, entry.entry.version);
    }
}

/// Nothing is before the first entry.
pub async fn an_empty_log_has_no_tail(storage: Arc<dyn Storage>) {
    assert_eq!(end(&storage), LogPosition::START);
    for after in [LogPosition::START, LogPosition(7), LogPosition(u64::MAX)] {
        assert_eq!(storage.tail_after(after, 10).await.expect("read"), []);
        let page = storage.account_tail(&brand(), after, LogPosition(u64::MAX), 10).await.expect("read");
        assert_eq!((page.entries, page.reached), (vec![], after));
    }
    let conversation = conversation_id(1);
    assert_eq!(storage.conversation_tail(&brand(), conversation, 0, 10).await.expect("read"), []);
    assert_eq!(storage.position_before(NOW).await.expect("read"), LogPosition::START);
}

/// Entries of all accounts come in the order in which they were committed, as they were given, with whose they are.
pub async fn the_tail_is_in_commit_order(storage: Arc<dyn Storage>) {
    let other = account_id("other");
    let first = opening(&brand(), 1, consumer(1));
    let second = opening(&other, 2, consumer(2));
    let mut third = notes(&opened(&first), 1, &["2", "replaced"]);
    let main = DialogId::Main(first.conversation);
    third.entries[1].body = message(main, ParticipantId::Consumer(first.consumer), ParticipantRole::Consumer);
    let fourth = notes(&opened(&second), 1, &["\u{2028} ü 😀"]);
    let changes = [first, second, third, fourth];
    let mut tail = storage.tail();
    for change in &changes {
        commit(&storage, change).await;
        assert!(tail.has_changed().expect("the store lives"));
        tail.mark_unchanged();
    }
    let entries = read_on(&storage, LogPosition::START, 100).await;
    assert_linked(&entries);
    assert_eq!(entries.last().map(|entry| entry.position), Some(end(&storage)));
    let expected: Vec<_> = changes
        .iter()
        .flat_map(|change| change.entries.iter().map(move |entry| (change, entry)))
        .map(|(change, entry)| (&change.account, change.conversation, change.consumer, entry))
        .collect();
    let found: Vec<_> = entries
        .iter()
        .map(|entry| (&entry.account, entry.conversation, entry.consumer, &entry.entry))
        .collect();
    assert_eq!(found, expected);
}

/// Pages of any size hold the same, from any place on.
pub async fn the_tail_is_read_in_pages(storage: Arc<dyn Storage>) {
    let (one, two) = (open(&storage, &brand(), 1).await, open(&storage, &brand(), 2).await);
    for version in 1..10 {
        commit(&storage, &notes(&one, version, &["x"])).await;
        commit(&storage, &notes(&two, version, &["y"])).await;
    }
    let all = read_on(&storage, LogPosition::START, 1000).await;
    assert_eq!(all.len(), 20);
    assert_linked(&all);
    for limit in [1, 2, 3, 7] {
        assert_eq!(read_on(&storage, LogPosition::START, limit).await, all);
        for (index, entry) in all.iter().enumerate() {
            assert_eq!(read_on(&storage, entry.position, limit).await, all[index + 1..]);
        }
    }
    assert_eq!(storage.tail_after(LogPosition::START, 0).await.expect("read"), []);
    for beyond in [end(&storage).0, end(&storage).0 + 1, u64::MAX] {
        assert_eq!(storage.tail_after(LogPosition(beyond), 10).await.expect("read"), []);
    }
}

/// Entries that would fill the memory come in several pages, none is left out.
pub async fn large_entries_are_all_read(storage: Arc<dyn Storage>) {
    const LARGE: usize = 400_000;
    let state = open(&storage, &brand(), 1).await;
    let text = "x".repeat(LARGE);
    for version in 1..9 {
        commit(&storage, &notes(&state, version, &[&text])).await;
    }
    let all = read_on(&storage, LogPosition::START, 100).await;
    assert_eq!(all.iter().map(|entry| entry.entry.version).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    let (mine, _) = read_account(&storage, &brand(), (LogPosition::START, end(&storage)), 100).await;
    assert_eq!(mine, all);
}

/// Whoever learns of a position can read everything up to it, conversations included.
pub async fn a_position_is_shown_when_its_entries_can_be_read(storage: Arc<dyn Storage>) {
    const CONVERSATIONS: u32 = 100;
    let mut tail = storage.tail();
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let storage = Arc::clone(&storage);
        writers.spawn(async move {
            for number in (writer..CONVERSATIONS).step_by(4) {
                open(&storage, &brand(), number).await;
            }
        });
    }
    // A page may go beyond what was shown before it was read.
    let (mut seen, mut before) = (LogPosition::START, LogPosition::START);
    let mut conversations = 0;
    while conversations < CONVERSATIONS {
        tail.changed().await.expect("the store lives");
        let shown = *tail.borrow_and_update();
        assert!(before < shown, "it never goes back");
        before = shown;
        while seen < shown {
            let page = storage.tail_after(seen, 10).await.expect("read");
            seen = page.last().expect("what is shown can be read").position;
            for entry in page {
                let state = storage.conversation(&brand(), entry.conversation).await.expect("read");
                assert_eq!(state.as_ref(), entry.entry.state.as_deref());
                let log = storage.conversation_tail(&brand(), entry.conversation, 0, 10).await.expect("read");
                assert_eq!(log, [entry]);
                conversations += 1;
            }
        }
    }
    writers.join_all().await;
}

/// Who follows while many commit sees each entry once, in the order that everybody else will see.
pub async fn concurrent_commits_have_one_order(storage: Arc<dyn Storage>) {
    const WRITERS: u32 = 8;
    const EACH: u64 = 60;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let storage = Arc::clone(&storage);
        writers.spawn(async move {
            let state = open(&storage, &brand(), number).await;
            for version in 1..EACH {
                commit(&storage, &notes(&state, version, &["x"])).await;
            }
        });
    }
    let mut tail = storage.tail();
    let mut followed = Vec::new();
    while u64::try_from(followed.len()).expect("a count") < u64::from(WRITERS) * EACH {
        tail.changed().await.expect("the store lives");
        let seen = followed.last().map_or(LogPosition::START, |entry: &Arc<TailEntry>| entry.position);
        followed.extend(read_on(&storage, seen, 16).await);
    }
    writers.join_all().await;
    assert_linked(&followed);
    assert_eq!(read_on(&storage, LogPosition::START, 1000).await, followed);
}

/// What was refused is not in the tail, and leaves the links as they were.
pub async fn a_refused_change_leaves_no_place(storage: Arc<dyn Storage>) {
    let state = open(&storage, &brand(), 1).await;
    let shown = end(&storage);
    assert!(matches!(storage.commit(notes(&state, 2, &["ahead"])).await, Err(Error::Conflict)));
    let second = storage.commit(opening(&brand(), 2, consumer(1))).await;
    assert!(matches!(second, Err(Error::AlreadyOpen(_))));
    assert_eq!(end(&storage), shown);
    commit(&storage, &notes(&state, 1, &["2"])).await;
    let entries = read_on(&storage, LogPosition::START, 10).await;
    assert_eq!(entries.len(), 2);
    assert_linked(&entries);
}

/// A page holds what is the account's, after and up to the places that were asked for.
pub async fn an_accounts_tail_is_its_own(storage: Arc<dyn Storage>) {
    let other = account_id("other");
    let (mine, theirs) = (open(&storage, &brand(), 1).await, open(&storage, &other, 2).await);
    for version in 1..120 {
        commit(&storage, &notes(&mine, version, &["x"])).await;
        commit(&storage, &notes(&theirs, version, &["y"])).await;
    }
    let all = read_on(&storage, LogPosition::START, 1000).await;
    let last = end(&storage);
    for account in [brand(), other, account_id("nobody")] {
        let expected: Vec<_> = all.iter().filter(|entry| entry.account == account).cloned().collect();
        for limit in [1, 2, 7, 1000] {
            let (found, _) = read_account(&storage, &account, (LogPosition::START, last), limit).await;
            assert_eq!(found, expected);
        }
        let (from, to) = (all[5].position, all[30].position);
        let (found, _) = read_account(&storage, &account, (from, to), 3).await;
        let within: Vec<_> =
            expected.into_iter().filter(|entry| from < entry.position && entry.position <= to).collect();
        assert_eq!(found, within);
    }
    let beyond = storage.account_tail(&brand(), LogPosition::START, LogPosition(u64::MAX), 1000).await;
    assert_eq!(beyond.expect("read").reached, last, "the end of the log ends every range");
    let (from, to) = (all[5].position, all[2].position);
    let backwards = storage.account_tail(&brand(), from, to, 1000).await.expect("read");
    assert_eq!((backwards.entries, backwards.reached), (vec![], from));
}

/// However much others wrote in between, a call ends soon and the next ones get there.
pub async fn an_accounts_tail_goes_on_over_the_entries_of_others(storage: Arc<dyn Storage>) {
    let other = account_id("other");
    let theirs = open(&storage, &other, 1).await;
    let texts = ["x"; 1000];
    for round in 0..20 {
        commit(&storage, &notes(&theirs, 1 + round * 1000, &texts)).await;
    }
    let mine = open(&storage, &brand(), 2).await;
    let (found, pages) = read_account(&storage, &brand(), (LogPosition::START, end(&storage)), 10).await;
    assert_eq!(found.iter().map(|entry| entry.conversation).collect::<Vec<_>>(), [mine.id]);
    assert!(pages > 1, "20 000 entries are not looked at in one call");
}

/// The entries of one conversation come with the places they have among all.
pub async fn a_conversations_tail_has_its_places(storage: Arc<dyn Storage>) {
    let (one, two) = (open(&storage, &brand(), 1).await, open(&storage, &brand(), 2).await);
    for version in 1..150 {
        commit(&storage, &notes(&one, version, &["x"])).await;
        commit(&storage, &notes(&two, version, &["y"])).await;
    }
    let all = read_on(&storage, LogPosition::START, 1000).await;
    let expected: Vec<_> = all.into_iter().filter(|entry| entry.conversation == two.id).collect();
    for (after, limit) in
        [(0, 1000), (0, 1), (63, 2), (64, 64), (148, 5), (149, 1), (150, 5), (u64::MAX, 5), (3, 0)]
    {
        let found = storage.conversation_tail(&brand(), two.id, after, limit).await.expect("read");
        let slice: Vec<_> =
            expected.iter().filter(|entry| entry.entry.version > after).take(limit).cloned().collect();
        assert_eq!(found, slice, "{limit} after {after}");
    }
    let foreign = storage.conversation_tail(&account_id("other"), two.id, 0, 10).await.expect("read");
    assert_eq!(foreign, []);
    let unknown = storage.conversation_tail(&brand(), conversation_id(3), 0, 10).await.expect("read");
    assert_eq!(unknown, []);
}

/// Entries decided at these moments, one commit each.
async fn decided(storage: &Arc<dyn Storage>, moments: &[i64]) -> Vec<Arc<TailEntry>> {
    let state = open(storage, &brand(), 1).await;
    for (version, at) in (1..).zip(moments) {
        let mut change = notes(&state, version, &["x"]);
        let at = EpochMillis(NOW.0 + at);
        change.entries = change.entries.into_iter().map(|entry| LogEntry { at, ..entry }).collect();
        commit(storage, &change).await;
    }
    read_on(storage, LogPosition::START, 1000).await
}

/// The place the definition gives.
fn before(entries: &[Arc<TailEntry>], at: EpochMillis) -> LogPosition {
    let first = entries.iter().position(|entry| entry.entry.at >= at);
    let index = first.unwrap_or(entries.len());
    index.checked_sub(1).map_or(LogPosition::START, |last| entries[last].position)
}

/// Where time grows, the place is exactly between the entries.
pub async fn the_place_before_a_time_is_found(storage: Arc<dyn Storage>) {
    let entries = decided(&storage, &[0, 10, 10, 10, 25, 70_000, 200_000, 200_000]).await;
    for at in [-1, 0, 1, 10, 11, 25, 26, 69_999, 70_000, 70_001, 199_999, 200_000, 200_001] {
        let at = EpochMillis(NOW.0 + at);
        assert_eq!(storage.position_before(at).await.expect("read"), before(&entries, at), "{at:?}");
    }
    for (at, place) in [(i64::MIN, LogPosition::START), (i64::MAX, end(&storage))] {
        assert_eq!(storage.position_before(EpochMillis(at)).await.expect("read"), place);
    }
}

/// Also where callers overtook each other or a clock was set back, no entry of `at` or later is before the place.
pub async fn nothing_that_was_decided_later_precedes_a_place(storage: Arc<dyn Storage>) {
    let hour = 3_600_000;
    let moments =
        [5, 3, 4, 8, 7, 9, hour, hour + 90_000, hour + 5, 60_000, 61_000, 200_000, hour + 1, hour + 99_999];
    let entries = decided(&storage, &moments).await;
    for moment in moments {
        for at in [moment - 1, moment, moment + 1] {
            let at = EpochMillis(NOW.0 + at);
            assert_eq!(storage.position_before(at).await.expect("read"), before(&entries, at), "{at:?}");
        }
    }
}
