//! Finding users by either id. Source: spec 20 §1.

use std::sync::Arc;

use trunkline_model::{Role, User, UserChange, UserState};
use trunkline_wire::agent::UserRef;
use trunkline_wire::{AgentId, UserId};

use crate::auth::tests::{World, account};

async fn resolve(world: &World, text: &str) -> Option<Arc<User>> {
    world.users.resolve(&world.account, &UserRef::of(text)).await.unwrap()
}

#[tokio::test]
async fn both_ids_name_the_user() {
    let world = World::new().await;
    for name in ["ada", "bob", "eve"] {
        let user = world.user(name, Role::Agent).await;
        let pid = user.agent_id();
        for text in [user.aid(), pid.to_string(), user.aid()] {
            assert_eq!(*resolve(&world, &text).await.unwrap(), user);
        }
        assert_eq!(world.users.number_of(&world.account, pid).await.unwrap(), Some(user.id));
        assert_eq!(pid.as_uuid().get_version_num(), 5);
    }
    let world = world.restart().await;
    let ada = world.storage.user_by_name(&world.account, "ada").await.unwrap().unwrap();
    assert_eq!(*resolve(&world, &ada.agent_id().to_string()).await.unwrap(), ada);
}

#[tokio::test]
async fn nobody_else_is_found() {
    let world = World::new().await;
    let ada = world.user("ada", Role::Agent).await;
    let pid = ada.agent_id();
    let elsewhere = account("20030040");
    for name in [UserRef::Pid(pid), UserRef::of(&ada.aid())] {
        let found = world.users.resolve(&elsewhere, &name).await.unwrap();
        assert_eq!(found, None, "users of other accounts are nobody");
    }
    assert_eq!(world.users.number_of(&elsewhere, pid).await.unwrap(), None);
    let namesake = format!("20030040.{}", ada.id);
    let unknown = User::agent_id_of(&world.account, UserId::from_number(4711)).to_string();
    for text in ["10020030.4711", &unknown, &namesake, "", "ada", &"0a".repeat(32)] {
        assert_eq!(resolve(&world, text).await, None, "{text}");
    }
}

#[tokio::test]
async fn a_user_created_after_a_miss_is_found() {
    let world = World::new().await;
    let first = UserId::from_number(1001);
    let pids: Vec<AgentId> = (0..3)
        .map(|more| User::agent_id_of(&world.account, UserId::from_number(first.number() + more)))
        .collect();
    for (pid, name) in pids.iter().zip(["ada", "bob", "eve"]) {
        assert_eq!(resolve(&world, &pid.to_string()).await, None);
        let user = world.user(name, Role::Agent).await;
        assert_eq!(*resolve(&world, &pid.to_string()).await.unwrap(), user);
    }
    assert_eq!(resolve(&world, &pids[0].to_string()).await.unwrap().login_name, "ada");
}

/// More users than are read at once.
#[tokio::test]
async fn every_user_of_a_large_account_is_found() {
    let world = World::new().await;
    let sample = world.user("0", Role::Agent).await;
    for number in 1..1003 {
        let user = User { login_name: number.to_string(), ..sample.clone() };
        world.storage.create_user(user).await.unwrap();
    }
    for number in [1002, 0, 499, 500, 501, 999, 1000, 1001] {
        let id = UserId::from_number(sample.id.number() + number);
        let pid = User::agent_id_of(&world.account, id);
        let found = world.users.resolve(&world.account, &UserRef::Pid(pid)).await.unwrap().unwrap();
        assert_eq!((found.id, &*found.login_name), (id, &*number.to_string()));
    }
}

#[tokio::test]
async fn a_changed_user_is_seen_as_changed() {
    let world = World::new().await;
    let pid = world.user("ada", Role::Agent).await.agent_id().to_string();
    resolve(&world, &pid).await.unwrap();
    let change = UserChange { skills: None, max_conversations: Some(Some(5)) };
    world.users.change(&world.admin(), "ada", change).await.unwrap();
    assert_eq!(resolve(&world, &pid).await.unwrap().max_conversations, Some(5));
    world.users.disable(&world.admin(), "ada").await.unwrap();
    assert_eq!(resolve(&world, &pid).await.unwrap().state, UserState::Disabled);
}
