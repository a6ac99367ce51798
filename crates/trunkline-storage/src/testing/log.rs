//! The conversation log.

use std::sync::Arc;

use trunkline_model::conversation::LogEntry;
use trunkline_wire::conversations::ParticipantRole;
use trunkline_wire::{AgentId, DialogId, ParticipantId};

use super::samples::{account_id, brand, consumer, conversation_id, message, note, notes, opened, opening};
use crate::{Error, Storage};

fn versions(entries: &[LogEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.version).collect()
}

/// Bodies, times, versions and states come back as they were given.
pub async fn entries_come_back_as_they_were(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let second = notes(&opened(&open), 1, &["\u{2028} ü 😀"]);
    storage.commit(open.clone()).await.expect("stored");
    storage.commit(second.clone()).await.expect("stored");
    let mut third = notes(&opened(&open), 2, &["replaced by messages", "replaced", "replaced"]);
    let main = DialogId::Main(open.conversation);
    let consumer = ParticipantId::Consumer(open.consumer);
    let agent = ParticipantId::Agent(AgentId::from_uuid(uuid::Uuid::from_u128(7)));
    third.entries[0].body = message(main, consumer, ParticipantRole::Consumer);
    third.entries[1].body = message(main, agent, ParticipantRole::AssignedAgent);
    third.entries[2].body = message(DialogId::Further([3; 16]), consumer, ParticipantRole::Consumer);
    storage.commit(third.clone()).await.expect("stored");
    let log = storage.log_after(&brand(), open.conversation, 0, 10).await.expect("read");
    assert_eq!(log, [open.entries, second.entries, third.entries].concat());
}

/// The second of two writers who decided on the same version is told so, and leaves no trace.
pub async fn a_taken_version_is_a_conflict(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open.clone()).await.expect("stored");
    storage.commit(notes(&state, 1, &["first"])).await.expect("stored");
    let late = storage.commit(notes(&state, 1, &["second"])).await;
    assert!(matches!(late, Err(Error::Conflict)));
    let again = storage.commit(open).await;
    assert!(
        matches!(again, Err(Error::Conflict)),
        "opening it again is a conflict, not a second conversation"
    );
    let log = storage.log_after(&brand(), state.id, 1, 10).await.expect("read");
    assert_eq!(log, [note(2, "first")]);
}

/// Nobody can write ahead, nor to a conversation that was never opened.
pub async fn a_skipped_version_is_a_conflict(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    let early = storage.commit(notes(&state, 1, &["early"])).await;
    assert!(matches!(early, Err(Error::Conflict)));
    storage.commit(open).await.expect("stored");
    let ahead = storage.commit(notes(&state, 2, &["ahead"])).await;
    assert!(matches!(ahead, Err(Error::Conflict)));
    assert_eq!(storage.log_after(&brand(), state.id, 0, 10).await.expect("read").len(), 1);
}

/// A change that breaks its own rules is refused: no entry, a gap, no state at the beginning.
pub async fn malformed_changes_are_refused(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let mut empty = open.clone();
    empty.entries.clear();
    let mut gap = open.clone();
    gap.entries[0].version = 2;
    let mut stateless = open.clone();
    stateless.entries[0].state = None;
    for malformed in [empty, gap, stateless] {
        assert!(storage.commit(malformed).await.is_err());
    }
    assert!(storage.log_after(&brand(), open.conversation, 0, 10).await.expect("read").is_empty());
}

/// A slice begins after `after` and holds `limit` entries at most.
pub async fn entries_are_read_in_slices(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open).await.expect("stored");
    storage.commit(notes(&state, 1, &["2", "3", "4", "5"])).await.expect("stored");
    for (after, limit, expected) in [
        (0, 2, vec![1, 2]),
        (2, 2, vec![3, 4]),
        (4, 2, vec![5]),
        (5, 2, vec![]),
        (9, 2, vec![]),
        (0, 0, vec![]),
    ] {
        let slice = storage.log_after(&brand(), state.id, after, limit).await.expect("read");
        assert_eq!(versions(&slice), expected, "after {after}, {limit} at most");
    }
    let all = storage.log_after(&brand(), state.id, 0, usize::MAX).await.expect("read");
    assert_eq!(versions(&all), [1, 2, 3, 4, 5]);
}

/// Logs of many entries, interleaved with another conversation, are read from every place.
pub async fn long_logs_are_read_from_anywhere(storage: Arc<dyn Storage>) {
    let (one, two) = (opening(&brand(), 1, consumer(1)), opening(&brand(), 2, consumer(2)));
    let states = [opened(&one), opened(&two)];
    storage.commit(one).await.expect("stored");
    storage.commit(two).await.expect("stored");
    for version in (1..400).step_by(7) {
        for state in &states {
            let texts: Vec<_> = (1..=7).map(|step| (version + step).to_string()).collect();
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            storage.commit(notes(state, version, &texts)).await.expect("stored");
        }
    }
    for after in [0, 1, 62, 63, 64, 65, 127, 128, 200, 397, 399, 400] {
        let slice = storage.log_after(&brand(), states[1].id, after, 3).await.expect("read");
        let expected: Vec<_> = (after + 1..=400).take(3).collect();
        assert_eq!(versions(&slice), expected, "after {after}");
    }
    let state = storage.conversation(&brand(), states[0].id).await.expect("read").expect("it is there");
    assert_eq!(state.version, 400);
}

/// All entries of a change are there, or none.
pub async fn several_entries_are_appended_together(storage: Arc<dyn Storage>) {
    let mut open = opening(&brand(), 1, consumer(1));
    open.entries.extend([note(2, "two"), note(3, "three")]);
    storage.commit(open.clone()).await.expect("stored");
    let late = storage.commit(notes(&opened(&open), 2, &["three", "four"])).await;
    assert!(matches!(late, Err(Error::Conflict)));
    let log = storage.log_after(&brand(), open.conversation, 0, 10).await.expect("read");
    assert_eq!(log, open.entries);
}

/// Another account neither reads nor writes the conversation.
pub async fn the_log_is_scoped_by_account(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open).await.expect("stored");
    let other = account_id("other");
    assert!(storage.log_after(&other, state.id, 0, 10).await.expect("read").is_empty());
    assert_eq!(storage.conversation(&other, state.id).await.expect("read"), None);
    let mut foreign = notes(&state, 1, &["foreign"]);
    foreign.account = other;
    assert!(matches!(storage.commit(foreign).await, Err(Error::Conflict)));
    let unknown = storage.log_after(&brand(), conversation_id(9), 0, 10).await.expect("read");
    assert!(unknown.is_empty());
}

/// A page of large entries has fewer of them: whoever reads holds a few megabytes at most, and misses nothing.
pub async fn large_entries_come_in_short_pages(storage: Arc<dyn Storage>) {
    const LARGE: usize = 300_000;
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open).await.expect("stored");
    // The one in the middle is larger than any page.
    let texts =
        [LARGE, LARGE, LARGE, 40 * LARGE, LARGE, LARGE, LARGE, LARGE, LARGE].map(|size| "x".repeat(size));
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    storage.commit(notes(&state, 1, &texts)).await.expect("stored");
    let mut seen = Vec::new();
    loop {
        let after = seen.last().copied().unwrap_or(0);
        let page = storage.log_after(&brand(), state.id, after, 500).await.expect("read");
        let tail = storage.conversation_tail(&brand(), state.id, after, 500).await.expect("read");
        assert_eq!(tail.iter().map(|entry| entry.entry.version).collect::<Vec<_>>(), versions(&page));
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 6, "{} entries of {LARGE} bytes in one page", page.len());
        seen.extend(versions(&page));
    }
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
}
