//! What is offered to users: skills and limits.

use trunkline_model::{PageRequest, Role, Secret, Skill, UserChange};
use trunkline_wire::SkillId;

use crate::Error;
use crate::auth::tests::{World, account};
use crate::skills::Skills;
use crate::users::NewUser;

async fn skills(world: &World) -> (Skill, Skill) {
    let skills = Skills::new(world.storage.clone(), world.clock.clone());
    let create = async |name: &str| skills.create(&world.admin(), name.to_owned()).await.unwrap();
    (create("billing").await, create("sales").await)
}

fn new_user(skills: Vec<SkillId>) -> NewUser {
    let mut user = NewUser::new("ada".to_owned(), Role::Agent, Secret::new("long enough".to_owned()));
    user.skills = skills;
    user.max_conversations = Some(3);
    user
}

fn number(number: i64) -> SkillId {
    SkillId::from_number(number).unwrap()
}

#[tokio::test]
async fn skills_and_limit_are_set_from_the_start_and_changed_one_by_one() {
    let world = World::new().await;
    let (billing, sales) = skills(&world).await;
    let ada =
        world.users.create(&world.admin(), new_user(vec![sales.id, billing.id, sales.id])).await.unwrap();
    assert_eq!(
        (&ada.skills, ada.max_conversations),
        (&vec![billing.id, sales.id], Some(3)),
        "ascending, once"
    );
    let change = async |skills: Option<Vec<SkillId>>, max_conversations| {
        let change = UserChange { skills, max_conversations };
        let user = world.users.change(&world.admin(), "ada", change).await.unwrap();
        let listed = world.users.list(&world.admin(), PageRequest::first(9)).await.unwrap().items;
        assert!(listed.iter().eq([&user]));
        (user.skills, user.max_conversations)
    };
    assert_eq!(change(None, None).await, (vec![billing.id, sales.id], Some(3)));
    assert_eq!(change(Some(vec![sales.id]), None).await, (vec![sales.id], Some(3)));
    assert_eq!(change(None, Some(None)).await, (vec![sales.id], None));
    assert_eq!(change(Some(Vec::new()), Some(Some(0))).await, (Vec::new(), Some(0)));
}

#[tokio::test]
async fn only_skills_of_the_account_are_taken() {
    let world = World::new().await;
    let (billing, _) = skills(&world).await;
    let elsewhere = world.operator.account_admin(account("20030040"));
    let refused = world.users.create(&elsewhere, new_user(vec![billing.id])).await;
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains(&billing.id.to_string())));
    world.user("bob", Role::Agent).await;
    let many = (0..101).map(number).collect();
    for skills in [vec![number(4242)], vec![billing.id, number(4242)], vec![SkillId::UNASSIGNED], many] {
        let refused = world.users.create(&world.admin(), new_user(skills.clone())).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{skills:?}");
        let change = UserChange { skills: Some(skills), max_conversations: Some(Some(1)) };
        let refused = world.users.change(&world.admin(), "bob", change).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
    let bob = world.storage.user_by_name(&world.account, "bob").await.unwrap().unwrap();
    assert_eq!((bob.skills, bob.max_conversations), (Vec::new(), None), "all or nothing");
    assert!(world.storage.user_by_name(&world.account, "ada").await.unwrap().is_none());
}

#[tokio::test]
async fn unknown_users_are_not_changed() {
    let world = World::new().await;
    world.user("ada", Role::Agent).await;
    let elsewhere = world.operator.account_admin(account("20030040"));
    for (admin, name) in [(&world.admin(), "nobody"), (&elsewhere, "ada")] {
        let refused = world.users.change(admin, name, UserChange::default()).await;
        assert!(matches!(refused, Err(Error::NotFound("user"))), "{name}");
    }
}

#[tokio::test]
async fn a_signed_in_user_is_changed_at_once_and_stays_signed_in() {
    let world = World::new().await;
    world.user("ada", Role::Agent).await;
    let bearer = world.login("ada").await.session.bearer;
    for most in [None, Some(2), Some(7)] {
        let change = UserChange { skills: None, max_conversations: Some(most) };
        world.users.change(&world.admin(), "ada", change).await.unwrap();
        let proof = world.auth.signed_in(&world.account, Some(bearer.expose())).await.unwrap();
        assert_eq!(proof.user().max_conversations, most);
    }
}
