//! Conversations that may be about to end are found again after a restart, wherever they are written down.

use std::time::Duration;

use trunkline_model::conversation::{Conversation, DialogState};
use trunkline_model::{LogPosition, PageRequest};
use trunkline_storage::testing::samples::{NOW, brand, changed, closing, consumer, notes, opened, opening};
use trunkline_storage::{ConversationLog as _, Endings as _, Health as _, LogTail as _};
use trunkline_storage_sqlite::{Options, SqliteStorage};
use trunkline_wire::ConversationId;
use trunkline_wire::conversations::CloseReason;

async fn open(storage: &SqliteStorage, number: u32) -> Conversation {
    let change = opening(&brand(), number, consumer(number));
    let state = opened(&change);
    storage.commit(change).await.unwrap();
    state
}

async fn leave_main(storage: &SqliteStorage, state: &Conversation) -> Conversation {
    let mut next = state.clone();
    next.dialogs[0].state = DialogState::Closed { at: NOW, by: CloseReason::Agent, cause: None };
    let (change, state) = changed(state, next);
    storage.commit(change).await.unwrap();
    state
}

async fn found(storage: &SqliteStorage, until: LogPosition) -> [Vec<ConversationId>; 2] {
    let page = PageRequest::first(100);
    let quiet = storage.quiet_conversations(&brand(), until, page).await.unwrap();
    let surveys = storage.conversations_in_survey(&brand(), page).await.unwrap();
    assert_eq!((quiet.next, surveys.next), (None, None));
    [quiet.items, surveys.items]
}

/// Once with an index that is never up to date, once with one that always is, and with every mix of the two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_found_after_a_restart() {
    let lagging = || Options {
        index_after: Duration::from_hours(1),
        index_after_entries: u64::MAX,
        ..Options::default()
    };
    let eager = || Options { index_after_entries: 1, clean_heads: 0, ..Options::default() };
    for first in [lagging(), eager()] {
        let directory = tempfile::tempdir().unwrap();
        let storage = SqliteStorage::open(directory.path(), first).unwrap();
        let quiet = open(&storage, 1).await;
        let survey = open(&storage, 2).await;
        let survey = leave_main(&storage, &survey).await;
        let over = open(&storage, 3).await;
        let over = leave_main(&storage, &over).await;
        let busy = open(&storage, 4).await;
        let until = *storage.tail().borrow();
        storage.commit(notes(&busy, 1, &["x"])).await.unwrap();
        storage.commit(closing(&over).0).await.unwrap();
        let expected = [vec![quiet.id, survey.id], vec![survey.id]];
        assert_eq!(found(&storage, until).await, expected);
        drop(storage);
        for options in [lagging(), eager(), lagging()] {
            let storage = SqliteStorage::open(directory.path(), options).unwrap();
            assert_eq!(found(&storage, until).await, expected);
            storage.close().await;
        }
        let storage = SqliteStorage::open(directory.path(), lagging()).unwrap();
        assert_eq!(found(&storage, until).await, expected);
        storage.commit(closing(&survey).0).await.unwrap();
        assert_eq!(found(&storage, until).await, [vec![quiet.id], vec![]]);
    }
}
