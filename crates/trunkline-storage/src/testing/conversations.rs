//! Conversations as a whole, and the one open conversation of a consumer.

use std::sync::Arc;

use super::samples::{
    NOW, account_id, brand, changed, closing, consumer, conversation_id, note, notes, opened, opening,
};
use crate::{Error, Storage};

/// The state is the newest stored one with the later entries applied.
pub async fn a_conversation_is_what_its_log_makes_it(storage: Arc<dyn Storage>) {
    let open = opening(&brand(), 1, consumer(1));
    let mut expected = opened(&open);
    storage.commit(open).await.expect("stored");
    assert_eq!(storage.conversation(&brand(), expected.id).await.expect("read").as_ref(), Some(&expected));

    storage.commit(notes(&expected, 1, &["two", "three"])).await.expect("stored");
    expected.apply(&note(2, "two"));
    expected.apply(&note(3, "three"));
    assert_eq!(storage.conversation(&brand(), expected.id).await.expect("read").as_ref(), Some(&expected));

    let (close, closed) = closing(&expected);
    storage.commit(close).await.expect("stored");
    assert_eq!(storage.conversation(&brand(), expected.id).await.expect("read"), Some(closed));
}

/// Nothing is known of what was never opened.
pub async fn an_unknown_conversation_is_none(storage: Arc<dyn Storage>) {
    assert_eq!(storage.conversation(&brand(), conversation_id(1)).await.expect("read"), None);
    assert_eq!(storage.open_conversation_of(&brand(), consumer(1)).await.expect("read"), None);
}

/// A second conversation of the consumer is refused, naming the first.
pub async fn a_consumer_has_one_open_conversation(storage: Arc<dyn Storage>) {
    let first = opening(&brand(), 1, consumer(1));
    storage.commit(first.clone()).await.expect("stored");
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.expect("read");
    assert_eq!(open, Some(first.conversation));
    match storage.commit(opening(&brand(), 2, consumer(1))).await {
        Err(Error::AlreadyOpen(id)) => assert_eq!(id, first.conversation),
        other => panic!("expected the first conversation to be named: {other:?}"),
    }
    assert_eq!(storage.conversation(&brand(), conversation_id(2)).await.expect("read"), None);
    storage.commit(opening(&brand(), 3, consumer(2))).await.expect("another consumer is not concerned");
}

/// After closing there is none, and the next may be opened.
pub async fn a_closed_conversation_makes_room(storage: Arc<dyn Storage>) {
    let first = opening(&brand(), 1, consumer(1));
    let (close, _) = closing(&opened(&first));
    storage.commit(first).await.expect("stored");
    storage.commit(close).await.expect("stored");
    assert_eq!(storage.open_conversation_of(&brand(), consumer(1)).await.expect("read"), None);
    storage.commit(opening(&brand(), 2, consumer(1))).await.expect("stored");
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.expect("read");
    assert_eq!(open, Some(conversation_id(2)));
}

/// A change of a closed conversation, such as a late satisfaction score, leaves the open one open.
pub async fn changes_after_closing_do_not_hide_the_next_conversation(storage: Arc<dyn Storage>) {
    let first = opening(&brand(), 1, consumer(1));
    let (close, closed) = closing(&opened(&first));
    let mut scored = closed.clone();
    scored.updated_at = NOW.plus(std::time::Duration::from_secs(9));
    let (score, _) = changed(&closed, scored);
    storage.commit(first).await.expect("stored");
    storage.commit(close).await.expect("stored");
    storage.commit(opening(&brand(), 2, consumer(1))).await.expect("stored");
    storage.commit(score).await.expect("stored");
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.expect("read");
    assert_eq!(open, Some(conversation_id(2)));
    assert!(matches!(storage.commit(opening(&brand(), 3, consumer(1))).await, Err(Error::AlreadyOpen(_))));
}

/// The rule holds per account.
pub async fn the_same_consumer_in_another_account_is_another(storage: Arc<dyn Storage>) {
    let other = account_id("other");
    storage.commit(opening(&brand(), 1, consumer(1))).await.expect("stored");
    assert_eq!(storage.open_conversation_of(&other, consumer(1)).await.expect("read"), None);
    storage.commit(opening(&other, 2, consumer(1))).await.expect("stored");
    let open = storage.open_conversation_of(&brand(), consumer(1)).await.expect("read");
    assert_eq!(open, Some(conversation_id(1)));
}
