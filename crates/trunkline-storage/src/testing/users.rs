//! Users.

use std::sync::Arc;

use trunkline_model::{PageRequest, Role, UserState};
use trunkline_wire::UserId;

use super::samples::{account_id, brand, session, user};
use crate::{Error, Storage};

/// Each account counts its users from 1001.
pub async fn users_are_numbered_per_account(storage: Arc<dyn Storage>) {
    let ada = storage.create_user(user("ada")).await.expect("stored");
    let bob = storage.create_user(user("bob")).await.expect("stored");
    let mut elsewhere = user("ada");
    elsewhere.account = account_id("other");
    let other = storage.create_user(elsewhere).await.expect("stored");
    assert_eq!([ada.id, bob.id, other.id].map(UserId::number), [1001, 1002, 1001]);
}

/// A login name belongs to one user of an account; case matters.
pub async fn a_login_name_is_taken_once_per_account(storage: Arc<dyn Storage>) {
    storage.create_user(user("ada")).await.expect("stored");
    assert!(matches!(storage.create_user(user("ada")).await, Err(Error::Duplicate(_))));
    let other = storage.create_user(user("Ada")).await.expect("stored");
    assert_eq!(other.id.number(), 1002, "a refused user takes no number");
}

/// Users are found by both keys, in their account only.
pub async fn users_are_found_by_number_and_name(storage: Arc<dyn Storage>) {
    let ada = storage.create_user(user("ada")).await.expect("stored");
    assert_eq!(storage.user(&brand(), ada.id).await.expect("read"), Some(ada.clone()));
    assert_eq!(storage.user_by_name(&brand(), "ada").await.expect("read"), Some(ada.clone()));
    assert_eq!(storage.user_by_name(&brand(), "ADA").await.expect("read"), None);
    assert_eq!(storage.user(&account_id("other"), ada.id).await.expect("read"), None);
    assert_eq!(storage.user_by_name(&account_id("other"), "ada").await.expect("read"), None);
}

/// Pages follow one another by number.
pub async fn users_are_paged_by_number(storage: Arc<dyn Storage>) {
    for name in ["c", "b", "a"] {
        storage.create_user(user(name)).await.expect("stored");
    }
    let page = storage.users(&brand(), PageRequest::first(2)).await.expect("read");
    let names: Vec<_> = page.items.iter().map(|user| user.login_name.as_str()).collect();
    assert_eq!(names, ["c", "b"]);
    let page = storage.users(&brand(), PageRequest { after: page.next, limit: 2 }).await.expect("read");
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.next, None);
}

/// Role, password and state are replaced.
pub async fn a_user_is_updated(storage: Arc<dyn Storage>) {
    let mut ada = storage.create_user(user("ada")).await.expect("stored");
    storage.create_session(session(ada.id, 1)).await.expect("stored");
    ada.role = Role::Admin;
    ada.password_hash.push_str("$other");
    ada.state = UserState::Disabled;
    storage.update_user(ada.clone(), false).await.expect("stored");
    assert_eq!(storage.user(&brand(), ada.id).await.expect("read"), Some(ada.clone()));
    assert!(storage.session(session(ada.id, 1).bearer).await.expect("read").is_some());
    ada.id = UserId::from_number(4711);
    assert!(matches!(storage.update_user(ada, false).await, Err(Error::NotFound)));
}

/// All sessions of the user end, and no others.
pub async fn updating_may_end_sessions(storage: Arc<dyn Storage>) {
    let ada = storage.create_user(user("ada")).await.expect("stored");
    let bob = storage.create_user(user("bob")).await.expect("stored");
    for (user, number) in [(ada.id, 1), (ada.id, 2), (bob.id, 3)] {
        storage.create_session(session(user, number)).await.expect("stored");
    }
    storage.update_user(ada.clone(), true).await.expect("stored");
    for (number, lives) in [(1, false), (2, false), (3, true)] {
        let found = storage.session(session(ada.id, number).bearer).await.expect("read");
        assert_eq!(found.is_some(), lives, "{number}");
    }
}
