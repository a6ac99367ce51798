//! Sessions.

use std::sync::Arc;

use trunkline_wire::{EpochMillis, UserId};

use super::samples::{NOW, account_id, brand, session};
use crate::{Error, Storage};

const ADA: UserId = UserId::from_number(1001);

/// Sessions are found by both tokens; the cookie counts in its account only.
pub async fn a_session_is_found_by_bearer_and_cookie(storage: Arc<dyn Storage>) {
    let given = session(ADA, 1);
    storage.create_session(given.clone()).await.expect("stored");
    assert_eq!(storage.session(given.bearer).await.expect("read"), Some(given.clone()));
    assert_eq!(storage.session_by_cookie(&brand(), given.cookie).await.expect("read"), Some(given.clone()));
    let other = account_id("other");
    assert_eq!(storage.session_by_cookie(&other, given.cookie).await.expect("read"), None);
    assert_eq!(storage.session(given.cookie).await.expect("read"), None);
}

/// The end of a session moves.
pub async fn a_session_is_extended(storage: Arc<dyn Storage>) {
    let given = session(ADA, 1);
    storage.create_session(given.clone()).await.expect("stored");
    storage.extend_session(given.bearer, EpochMillis(5)).await.expect("stored");
    let found = storage.session(given.bearer).await.expect("read").expect("expired sessions are still found");
    assert_eq!(found.expires_at, EpochMillis(5));
    let unknown = storage.extend_session(session(ADA, 2).bearer, NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
}

/// An ended session is gone; ending it again is no error.
pub async fn a_session_ends(storage: Arc<dyn Storage>) {
    let given = session(ADA, 1);
    storage.create_session(given.clone()).await.expect("stored");
    for _ in 0..2 {
        storage.end_session(given.bearer).await.expect("stored");
        assert_eq!(storage.session(given.bearer).await.expect("read"), None);
    }
}

/// A new session drops the account's sessions that ended before it began, and no others.
pub async fn a_login_drops_what_ended_before(storage: Arc<dyn Storage>) {
    let mut ended = session(ADA, 1);
    ended.expires_at = EpochMillis(NOW.0 + 1);
    let mut elsewhere = session(ADA, 2);
    elsewhere.account = account_id("other");
    elsewhere.expires_at = ended.expires_at;
    for given in [&ended, &elsewhere, &session(ADA, 3)] {
        storage.create_session(given.clone()).await.expect("stored");
    }
    let mut later = session(ADA, 4);
    later.created_at = EpochMillis(NOW.0 + 2);
    storage.create_session(later).await.expect("stored");
    for (number, lives) in [(1, false), (2, true), (3, true), (4, true)] {
        let found = storage.session(session(ADA, number).bearer).await.expect("read");
        assert_eq!(found.is_some(), lives, "{number}");
    }
}
