mod keys;
mod names;
mod offers;

use trunkline_wire::idp::LoginRequest;

use super::*;
use crate::auth::tests::{World, account};
use crate::idp::LoginRefusal;

fn new_user(name: &str, password: &str) -> NewUser {
    NewUser::new(name.to_owned(), Role::Agent, Secret::new(password.to_owned()))
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

/// Holds up everybody who needs a hash, until dropped.
async fn busy(world: &World) -> impl Sized + use<> {
    let passwords = &world.users.passwords;
    (passwords.turn().await.unwrap(), passwords.turn().await.unwrap())
}

#[tokio::test]
async fn a_new_password_does_not_undo_disabling() {
    let world = World::new().await;
    let ada = world.user("ada", Role::Agent).await;
    let hold = busy(&world).await;
    let admin = world.admin();
    let set = world.users.set_password(&admin, "ada", Secret::new("another one".to_owned()));
    let disable = async {
        world.users.disable(&admin, "ada").await.unwrap();
        drop(hold);
    };
    let (set, ()) = tokio::join!(set, disable);
    let stored = world.storage.user(&world.account, ada.id).await.unwrap().unwrap();
    assert_eq!(set.unwrap(), stored);
    assert_eq!(stored.state, UserState::Disabled);
    assert_ne!(stored.password_hash, ada.password_hash);
}

#[tokio::test]
async fn who_is_disabled_or_gets_another_password_during_a_login_is_refused() {
    let world = World::new().await;
    for (name, disable) in [("ada", true), ("bob", false)] {
        let user = world.user(name, Role::Agent).await;
        let hold = busy(&world).await;
        let request = LoginRequest::password(name.to_owned(), format!("password of {name}"));
        let login = world.idp.login(&world.account, request);
        let change = async {
            let (account, id) = (&world.account, user.id);
            if disable {
                world.storage.set_user_state(account, id, UserState::Disabled).await.unwrap();
            } else {
                world.storage.set_user_password(account, id, &other_hash(&user)).await.unwrap();
            }
            drop(hold);
        };
        let (login, ()) = tokio::join!(login, change);
        assert!(matches!(login, Err(LoginRefusal::Credentials)), "{name}: {login:?}");
    }
}

/// A hash that no password is known to have.
fn other_hash(user: &User) -> String {
    let (start, _) = user.password_hash.rsplit_once('$').unwrap();
    format!("{start}${}", "A".repeat(43))
}
