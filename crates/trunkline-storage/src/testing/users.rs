//! Users.

use std::sync::Arc;

use trunkline_model::{PageRequest, User, UserChange, UserState};
use trunkline_wire::{SkillId, UserId};

use super::samples::{PASSWORD_HASH, account_id, brand, password, session, user};
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

/// A new password leaves the rest alone: a user who was disabled meanwhile stays so.
pub async fn a_password_is_replaced_alone(storage: Arc<dyn Storage>) {
    let ada = storage.create_user(user("ada")).await.expect("stored");
    let bob = storage.create_user(user("bob")).await.expect("stored");
    storage.set_user_state(&brand(), ada.id, UserState::Disabled).await.expect("stored");
    let set = storage.set_user_password(&brand(), ada.id, "$other").await.expect("stored");
    let expected = User { password_hash: "$other".to_owned(), state: UserState::Disabled, ..ada };
    assert_eq!(set, expected);
    assert_eq!(storage.user(&brand(), set.id).await.expect("read"), Some(expected));
    assert_eq!(storage.user(&brand(), bob.id).await.expect("read"), Some(bob));
    for (account, number) in [(brand(), 4711), (account_id("other"), set.id.number())] {
        let unknown = storage.set_user_password(&account, UserId::from_number(number), "$other").await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }
}

/// A new state leaves the rest alone: a password that was set meanwhile stays.
pub async fn a_state_is_replaced_alone(storage: Arc<dyn Storage>) {
    let ada = storage.create_user(user("ada")).await.expect("stored");
    storage.set_user_password(&brand(), ada.id, "$other").await.expect("stored");
    for state in [UserState::Disabled, UserState::Active] {
        let set = storage.set_user_state(&brand(), ada.id, state).await.expect("stored");
        let expected = User { password_hash: "$other".to_owned(), state, ..ada.clone() };
        assert_eq!(set, expected);
        assert_eq!(storage.user(&brand(), ada.id).await.expect("read"), Some(expected));
    }
    for (account, number) in [(brand(), 4711), (account_id("other"), ada.id.number())] {
        let number = UserId::from_number(number);
        let unknown = storage.set_user_state(&account, number, UserState::Disabled).await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }
}

/// All sessions of the user end, and no others.
pub async fn every_change_ends_the_users_sessions(storage: Arc<dyn Storage>) {
    let ada = storage.create_user(user("ada")).await.expect("stored");
    let bob = storage.create_user(user("bob")).await.expect("stored");
    for (user, number) in [(ada.id, 1), (ada.id, 2), (bob.id, 3)] {
        storage.create_session(session(user, number), password(PASSWORD_HASH)).await.expect("stored");
    }
    storage.set_user_password(&brand(), ada.id, "$other").await.expect("stored");
    storage.create_session(session(ada.id, 4), password("$other")).await.expect("stored");
    for (number, lives) in [(1, false), (2, false), (3, true), (4, true)] {
        let found = storage.session(session(ada.id, number).bearer).await.expect("read");
        assert_eq!(found.is_some(), lives, "{number}");
    }
    storage.set_user_state(&brand(), ada.id, UserState::Disabled).await.expect("stored");
    for (number, lives) in [(3, true), (4, false)] {
        let found = storage.session(session(ada.id, number).bearer).await.expect("read");
        assert_eq!(found.is_some(), lives, "{number}");
    }
}

fn skill_ids(numbers: &[i64]) -> Vec<SkillId> {
    numbers.iter().map(|number| SkillId::from_number(*number).expect("a sample skill")).collect()
}

/// What is offered to a user is stored from the start and replaced member by member; everything else, sessions included,
/// stays.
pub async fn what_is_offered_to_a_user_is_replaced_alone(storage: Arc<dyn Storage>) {
    let given = User { skills: skill_ids(&[101, 9_999_999_999]), max_conversations: Some(0), ..user("ada") };
    let ada = storage.create_user(given.clone()).await.expect("stored");
    assert_eq!(ada, User { id: ada.id, ..given });
    let bob = storage.create_user(user("bob")).await.expect("stored");
    storage.create_session(session(ada.id, 1), password(PASSWORD_HASH)).await.expect("stored");
    storage.set_user_state(&brand(), bob.id, UserState::Disabled).await.expect("stored");
    let (none, most) = (Some(None), Some(Some(u32::MAX)));
    let mut expected = ada.clone();
    for (skills, max_conversations) in [
        (None, None),
        (Some(skill_ids(&[102])), None),
        (None, most),
        (Some(Vec::new()), none),
        (Some(skill_ids(&[101, 103])), most),
    ] {
        let change = UserChange { skills: skills.clone(), max_conversations };
        expected.skills = skills.unwrap_or(expected.skills);
        expected.max_conversations = max_conversations.unwrap_or(expected.max_conversations);
        assert_eq!(storage.change_user(&brand(), ada.id, change).await.expect("stored"), expected);
        assert_eq!(storage.user(&brand(), ada.id).await.expect("read").as_ref(), Some(&expected));
    }
    assert!(storage.session(session(ada.id, 1).bearer).await.expect("read").is_some());
    let other = storage.user(&brand(), bob.id).await.expect("read").expect("there");
    assert_eq!(other, User { state: UserState::Disabled, ..bob });
    for (account, number) in [(brand(), 4711), (account_id("other"), ada.id.number())] {
        let change = UserChange { skills: Some(Vec::new()), max_conversations: none };
        let unknown = storage.change_user(&account, UserId::from_number(number), change).await;
        assert!(matches!(unknown, Err(Error::NotFound)));
    }
}
