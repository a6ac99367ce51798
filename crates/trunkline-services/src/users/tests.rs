use trunkline_wire::idp::LoginRequest;

use super::*;
use crate::auth::tests::{World, account};

fn new_user(name: &str, password: &str) -> NewUser {
    NewUser { login_name: name.to_owned(), role: Role::Agent, password: Secret::new(password.to_owned()) }
}

#[tokio::test]
async fn users_are_numbered_and_listed() {
    let world = World::new().await;
    let (ada, bob) = (world.user("ada", Role::Admin).await, world.user("bob", Role::Agent).await);
    assert_ne!(ada.id, bob.id);
    assert!(ada.password_hash.starts_with("$argon2id$"));
    let page = world.users.list(&world.admin(), PageRequest::first(10)).await.unwrap();
    assert_eq!(page.items, [ada, bob]);
    let elsewhere = world.operator.account_admin(account("20030040"));
    assert!(world.users.list(&elsewhere, PageRequest::first(10)).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn names_and_passwords_keep_to_the_rules() {
    let world = World::new().await;
    let long_name = "é".repeat(129);
    for (name, password) in [
        ("", "long enough"),
        (&*long_name, "long enough"),
        ("a\nb", "long enough"),
        ("ada", "seven77"),
        ("ada", &"x".repeat(1025)),
    ] {
        let refused = world.users.create(&world.admin(), new_user(name, password)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{name:?}");
    }
    for (name, password) in [(&*"é".repeat(128), "8 bytes!"), ("ada", &*"x".repeat(1024))] {
        world.users.create(&world.admin(), new_user(name, password)).await.unwrap();
    }
    let refused = world.users.set_password(&world.admin(), "ada", Secret::new("short".to_owned())).await;
    assert!(refused.unwrap_err().to_string().contains("at least 8 bytes"));
}

#[tokio::test]
async fn a_name_is_taken_once_per_account() {
    let world = World::new().await;
    world.user("ada", Role::Agent).await;
    let refused = world.users.create(&world.admin(), new_user("ada", "long enough")).await;
    assert!(matches!(refused, Err(Error::Duplicate(text)) if text.contains("ada")));
    let elsewhere = world.operator.account_admin(account("20030040"));
    world.users.create(&elsewhere, new_user("ada", "long enough")).await.unwrap();
    let nowhere = world.operator.account_admin(account("unknown"));
    let refused = world.users.create(&nowhere, new_user("ada", "long enough")).await;
    assert!(matches!(refused, Err(Error::NotFound("account"))));
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one() {
    let world = World::new().await;
    world.user("ada", Role::Agent).await;
    world.users.set_password(&world.admin(), "ada", Secret::new("another one".to_owned())).await.unwrap();
    let login = async |password: &str| {
        let request = LoginRequest::password("ada".to_owned(), password.to_owned());
        world.idp.login(&world.account, request).await.is_ok()
    };
    assert!(!login("password of ada").await);
    assert!(login("another one").await);
}

#[tokio::test]
async fn unknown_users_are_not_found() {
    let world = World::new().await;
    let refused = world.users.disable(&world.admin(), "nobody").await;
    assert!(matches!(refused, Err(Error::NotFound("user"))));
    let refused =
        world.users.set_password(&world.admin(), "nobody", Secret::new("long enough".to_owned())).await;
    assert!(matches!(refused, Err(Error::NotFound("user"))));
}

#[tokio::test]
async fn disabling_twice_is_no_error() {
    let world = World::new().await;
    world.user("ada", Role::Agent).await;
    for _ in 0..2 {
        let user = world.users.disable(&world.admin(), "ada").await.unwrap();
        assert_eq!(user.state, UserState::Disabled);
    }
}
