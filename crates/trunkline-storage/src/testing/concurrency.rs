//! Many writers at once.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::conversation::{EntryBody, LogEntry};

use super::samples::{brand, consumer, installation, notes, opened, opening, user};
use crate::{Error, Storage};

/// Writers who race for the same versions leave a log without gap or loss: each retries after a conflict.
pub async fn versions_are_gapless_under_concurrent_committers(storage: Arc<dyn Storage>) {
    const WRITERS: u32 = 8;
    const EACH: u32 = 25;
    let open = opening(&brand(), 1, consumer(1));
    let state = opened(&open);
    storage.commit(open).await.expect("stored");
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (storage, state) = (Arc::clone(&storage), state.clone());
        writers.spawn(async move {
            let mut version = 1;
            for number in 0..EACH {
                let text = format!("{writer}/{number}");
                while let Err(error) = storage.commit(notes(&state, version, &[&text])).await {
                    assert!(matches!(error, Error::Conflict), "{error:?}");
                    let present = storage.conversation(&brand(), state.id).await.expect("read");
                    version = present.expect("it is there").version;
                }
                version += 1;
            }
        });
    }
    writers.join_all().await;
    let log = storage.log_after(&brand(), state.id, 1, usize::MAX).await.expect("read");
    let versions: Vec<_> = log.iter().map(|entry| entry.version).collect();
    assert_eq!(versions, (2..=u64::from(WRITERS * EACH) + 1).collect::<Vec<_>>());
    let texts: HashSet<_> = log.iter().filter_map(text).collect();
    assert_eq!(texts.len(), log.len(), "everything acknowledged is there once");
}

fn text(entry: &LogEntry) -> Option<&str> {
    match &entry.body {
        EntryBody::Event(event) => Some(event.event.as_str()),
        EntryBody::Changed { .. } => None,
    }
}

/// Of many conversations opened at once for one consumer exactly one is opened, and it is named to the others.
pub async fn one_of_many_openings_wins(storage: Arc<dyn Storage>) {
    let mut openings = JoinSet::new();
    for number in 0..20 {
        let storage = Arc::clone(&storage);
        openings.spawn(async move { (number, storage.commit(opening(&brand(), number, consumer(1))).await) });
    }
    let outcomes = openings.join_all().await;
    let winners: Vec<_> = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).collect();
    assert_eq!(winners.len(), 1);
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.expect("read").expect("one is open");
    assert_eq!(open, opening(&brand(), winners[0].0, consumer(1)).conversation);
    for (_, outcome) in &outcomes {
        assert!(matches!(outcome, Ok(())) || matches!(outcome, Err(Error::AlreadyOpen(id)) if *id == open));
    }
}

/// Of many apps created at once under one name exactly one is created.
pub async fn one_of_many_equal_client_names_wins(storage: Arc<dyn Storage>) {
    let mut creations = JoinSet::new();
    for number in 0..10 {
        let storage = Arc::clone(&storage);
        creations.spawn(async move { storage.create_installation(installation(number, "same"), None).await });
    }
    let outcomes = creations.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(storage.installations(&brand()).await.expect("read").1, 1);
}

/// Users created at once get different numbers.
pub async fn user_numbers_are_unique_under_concurrency(storage: Arc<dyn Storage>) {
    let mut creations = JoinSet::new();
    for number in 0..10 {
        let storage = Arc::clone(&storage);
        creations.spawn(async move { storage.create_user(user(&number.to_string())).await });
    }
    let users = creations.join_all().await;
    let mut numbers: Vec<_> = users.into_iter().map(|user| user.expect("stored").id.number()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1001..1011).collect::<Vec<_>>());
}
