//! API keys of users.

use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::{LoginProof, UserKey};
use trunkline_wire::UserId;

use super::samples::{PASSWORD_HASH, account_id, app_key, brand, password, session, user, user_key};
use crate::{Error, Storage};

async fn ada(storage: &Arc<dyn Storage>) -> UserId {
    storage.create_user(user("ada")).await.expect("stored").id
}

/// A key is found by its `appKey`, in its account only.
pub async fn a_key_is_found_again(storage: Arc<dyn Storage>) {
    let ada = ada(&storage).await;
    storage.create_user_key(user_key(ada, 1)).await.expect("stored");
    assert_eq!(storage.user_key(&brand(), &app_key(1)).await.expect("read"), Some(user_key(ada, 1)));
    assert_eq!(storage.user_key(&brand(), &app_key(2)).await.expect("read"), None);
    assert_eq!(storage.user_key(&account_id("other"), &app_key(1)).await.expect("read"), None);
}

/// An `appKey` belongs to one user of an account; nobody has no keys.
pub async fn an_app_key_is_taken_once_per_account(storage: Arc<dyn Storage>) {
    let ada = ada(&storage).await;
    let bob = storage.create_user(user("bob")).await.expect("stored").id;
    storage.create_user_key(user_key(ada, 1)).await.expect("stored");
    for user in [ada, bob] {
        assert!(matches!(storage.create_user_key(user_key(user, 1)).await, Err(Error::Duplicate(_))));
    }
    let nobody = user_key(UserId::from_number(4711), 2);
    assert!(matches!(storage.create_user_key(nobody).await, Err(Error::NotFound)));
    let mut elsewhere = user("ada");
    elsewhere.account = account_id("other");
    let other = storage.create_user(elsewhere).await.expect("stored");
    let key = UserKey { account: other.account.clone(), ..user_key(other.id, 1) };
    storage.create_user_key(key).await.expect("stored");
    let keys = storage.user_keys(&other.account, other.id).await.expect("read");
    assert_eq!(keys.len(), 1);
}

/// Keys are listed by user, oldest first.
pub async fn keys_are_listed_oldest_first(storage: Arc<dyn Storage>) {
    let ada = ada(&storage).await;
    let bob = storage.create_user(user("bob")).await.expect("stored").id;
    for (user, number) in [(ada, 3), (bob, 2), (ada, 1), (ada, 4)] {
        storage.create_user_key(user_key(user, number)).await.expect("stored");
    }
    let keys = storage.user_keys(&brand(), ada).await.expect("read");
    assert_eq!(keys, [1, 3, 4].map(|number| user_key(ada, number)));
    assert_eq!(storage.user_keys(&account_id("other"), ada).await.expect("read"), []);
}

/// A revoked key is gone, and with it the sessions that began with it and no others.
pub async fn a_revoked_key_ends_its_sessions(storage: Arc<dyn Storage>) {
    let ada = ada(&storage).await;
    for number in [1, 2] {
        storage.create_user_key(user_key(ada, number)).await.expect("stored");
    }
    storage.create_session(session(ada, 1), LoginProof::Key(app_key(1))).await.expect("stored");
    storage.create_session(session(ada, 2), LoginProof::Key(app_key(2))).await.expect("stored");
    storage.create_session(session(ada, 3), password(PASSWORD_HASH)).await.expect("stored");
    let bob = storage.create_user(user("bob")).await.expect("stored").id;
    for (account, user) in [(account_id("other"), ada), (brand(), bob)] {
        let refused = storage.revoke_user_key(&account, user, &app_key(1)).await;
        assert!(matches!(refused, Err(Error::NotFound)));
    }
    storage.revoke_user_key(&brand(), ada, &app_key(1)).await.expect("stored");
    assert!(matches!(storage.revoke_user_key(&brand(), ada, &app_key(1)).await, Err(Error::NotFound)));
    assert_eq!(storage.user_keys(&brand(), ada).await.expect("read"), [user_key(ada, 2)]);
    for (number, lives) in [(1, false), (2, true), (3, true)] {
        let found = storage.session(session(ada, number).bearer).await.expect("read");
        assert_eq!(found.is_some(), lives, "{number}");
    }
}

/// A new password ends the sessions, the keys stay.
pub async fn keys_outlive_a_password(storage: Arc<dyn Storage>) {
    let ada = ada(&storage).await;
    storage.create_user_key(user_key(ada, 1)).await.expect("stored");
    storage.create_session(session(ada, 1), LoginProof::Key(app_key(1))).await.expect("stored");
    storage.set_user_password(&brand(), ada, "$other").await.expect("stored");
    assert_eq!(storage.session(session(ada, 1).bearer).await.expect("read"), None);
    storage.create_session(session(ada, 2), LoginProof::Key(app_key(1))).await.expect("stored");
}

/// A user has so many keys and no more, also when they are created at once. Others are not concerned.
pub async fn a_user_has_a_bounded_number_of_keys(storage: Arc<dyn Storage>) {
    let ada = ada(&storage).await;
    let bob = storage.create_user(user("bob")).await.expect("stored").id;
    let mut creations = JoinSet::new();
    for number in 0..u8::try_from(UserKey::MOST_PER_USER).expect("a small number") + 5 {
        let storage = Arc::clone(&storage);
        creations.spawn(async move { storage.create_user_key(user_key(ada, number)).await });
    }
    let outcomes = creations.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), UserKey::MOST_PER_USER);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Error::Conflict))));
    storage.create_user_key(user_key(bob, 200)).await.expect("stored");
    let keys = storage.user_keys(&brand(), ada).await.expect("read");
    storage.revoke_user_key(&brand(), ada, &keys[0].app_key).await.expect("stored");
    storage.create_user_key(user_key(ada, 201)).await.expect("stored");
}
