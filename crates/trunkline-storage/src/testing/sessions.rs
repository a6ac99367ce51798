//! Sessions.

use std::sync::Arc;

use trunkline_model::{LoginProof, UserKey, UserState};
use trunkline_wire::{AccountId, EpochMillis, UserId};

use super::samples::{NOW, PASSWORD_HASH, account_id, app_key, brand, password, session, user, user_key};
use crate::{Error, Storage};

const ADA: UserId = UserId::from_number(1001);

/// Makes the first user of an account.
async fn create_ada(storage: &Arc<dyn Storage>, account: AccountId) {
    let mut ada = user("ada");
    ada.account = account;
    assert_eq!(storage.create_user(ada).await.expect("stored").id, ADA);
}

/// Sessions are found by both tokens; the cookie counts in its account only.
pub async fn a_session_is_found_by_bearer_and_cookie(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    let given = session(ADA, 1);
    storage.create_session(given.clone(), password(PASSWORD_HASH)).await.expect("stored");
    assert_eq!(storage.session(given.bearer).await.expect("read"), Some(given.clone()));
    assert_eq!(storage.session_by_cookie(&brand(), given.cookie).await.expect("read"), Some(given.clone()));
    let other = account_id("other");
    assert_eq!(storage.session_by_cookie(&other, given.cookie).await.expect("read"), None);
    assert_eq!(storage.session(given.cookie).await.expect("read"), None);
}

/// The end of a session moves.
pub async fn a_session_is_extended(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    let given = session(ADA, 1);
    storage.create_session(given.clone(), password(PASSWORD_HASH)).await.expect("stored");
    storage.extend_session(given.bearer, EpochMillis(5)).await.expect("stored");
    let found = storage.session(given.bearer).await.expect("read").expect("expired sessions are still found");
    assert_eq!(found.expires_at, EpochMillis(5));
    let unknown = storage.extend_session(session(ADA, 2).bearer, NOW).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
}

/// An ended session is gone; ending it again is no error.
pub async fn a_session_ends(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    let given = session(ADA, 1);
    storage.create_session(given.clone(), password(PASSWORD_HASH)).await.expect("stored");
    for _ in 0..2 {
        storage.end_session(given.bearer).await.expect("stored");
        assert_eq!(storage.session(given.bearer).await.expect("read"), None);
    }
}

/// A new session drops the account's sessions that ended before it began, and no others.
pub async fn a_login_drops_what_ended_before(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    create_ada(&storage, account_id("other")).await;
    let mut ended = session(ADA, 1);
    ended.expires_at = EpochMillis(NOW.0 + 1);
    let mut elsewhere = session(ADA, 2);
    elsewhere.account = account_id("other");
    elsewhere.expires_at = ended.expires_at;
    for given in [&ended, &elsewhere, &session(ADA, 3)] {
        storage.create_session(given.clone(), password(PASSWORD_HASH)).await.expect("stored");
    }
    let mut later = session(ADA, 4);
    later.created_at = EpochMillis(NOW.0 + 2);
    storage.create_session(later, password(PASSWORD_HASH)).await.expect("stored");
    for (number, lives) in [(1, false), (2, true), (3, true), (4, true)] {
        let found = storage.session(session(ADA, number).bearer).await.expect("read");
        assert_eq!(found.is_some(), lives, "{number}");
    }
}

/// A password that was replaced after it was checked begins no session.
pub async fn a_session_needs_the_password_that_was_checked(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    storage.set_user_password(&brand(), ADA, "$other").await.expect("stored");
    refused(&storage, password(PASSWORD_HASH)).await;
    storage.create_session(session(ADA, 1), password("$other")).await.expect("stored");
}

/// A user who was disabled after the password was checked gets no session.
pub async fn a_disabled_user_gets_no_session(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    storage.set_user_state(&brand(), ADA, UserState::Disabled).await.expect("stored");
    refused(&storage, password(PASSWORD_HASH)).await;
    storage.set_user_state(&brand(), ADA, UserState::Active).await.expect("stored");
    storage.create_session(session(ADA, 1), password(PASSWORD_HASH)).await.expect("stored");
}

/// A user of another account, or none at all, gets no session.
pub async fn nobody_gets_no_session(storage: Arc<dyn Storage>) {
    refused(&storage, password(PASSWORD_HASH)).await;
    create_ada(&storage, account_id("other")).await;
    refused(&storage, password(PASSWORD_HASH)).await;
}

/// An API key begins sessions as long as it is there, is the user's own, and the user is not disabled.
pub async fn a_session_needs_the_key_that_was_checked(storage: Arc<dyn Storage>) {
    create_ada(&storage, brand()).await;
    let bob = storage.create_user(user("bob")).await.expect("stored");
    let proof = |number| LoginProof::Key(app_key(number));
    for (user, number) in [(ADA, 1), (ADA, 2), (bob.id, 3)] {
        storage.create_user_key(user_key(user, number)).await.expect("stored");
    }
    let mut elsewhere = user("eve");
    elsewhere.account = account_id("other");
    let eve = storage.create_user(elsewhere).await.expect("stored");
    let next_door = UserKey { account: eve.account.clone(), ..user_key(eve.id, 5) };
    storage.create_user_key(next_door).await.expect("stored");
    storage.revoke_user_key(&brand(), ADA, &app_key(2)).await.expect("stored");
    for number in [2, 3, 4, 5] {
        refused(&storage, proof(number)).await;
    }
    storage.create_session(session(ADA, 1), proof(1)).await.expect("stored");
    storage.set_user_state(&brand(), ADA, UserState::Disabled).await.expect("stored");
    refused(&storage, proof(1)).await;
}

async fn refused(storage: &Arc<dyn Storage>, proof: LoginProof) {
    let given = session(ADA, 1);
    let refused = storage.create_session(given.clone(), proof).await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    assert_eq!(storage.session(given.bearer).await.expect("read"), None);
}
