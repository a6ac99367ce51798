use std::time::Duration;

use trunkline_model::{Role, Secret};

use super::world::OPERATOR_TOKEN;
use super::{World, account};
use crate::auth::{BearerRefusal, SessionRefusal};

#[tokio::test]
async fn a_bearer_signs_in_until_its_session_ends() {
    let world = World::new().await;
    let ada = world.user("ada", Role::Admin).await;
    let session = world.login("ada").await.session;
    let check = async || world.auth.signed_in(&world.account, Some(session.bearer.expose())).await;
    for _ in 0..2 {
        assert_eq!(check().await.unwrap().user().id, ada.id);
    }
    world.idp.logout(&world.account, session.cookie.expose(), session.csrf.expose()).await.unwrap();
    assert!(matches!(check().await, Err(BearerRefusal::Unknown)));
}

#[tokio::test]
async fn a_bearer_is_refused_for_another_account() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let bearer = world.login("ada").await.session.bearer;
    for _ in 0..2 {
        let refused = world.auth.signed_in(&account("20030040"), Some(bearer.expose())).await;
        assert!(matches!(refused, Err(BearerRefusal::WrongAccount)));
        world.auth.signed_in(&world.account, Some(bearer.expose())).await.unwrap();
    }
}

#[tokio::test]
async fn missing_and_unknown_bearers_are_told_apart() {
    let world = World::new().await;
    for (bearer, missing) in [(None, true), (Some(""), true), (Some("abc"), false)] {
        let refused = world.auth.signed_in(&world.account, bearer).await.unwrap_err();
        assert_eq!(matches!(refused, BearerRefusal::Missing), missing);
        assert_eq!(matches!(refused, BearerRefusal::Unknown), !missing);
    }
}

#[tokio::test]
async fn only_admins_administer() {
    let world = World::new().await;
    for (name, role, allowed) in
        [("agent", Role::Agent, false), ("manager", Role::Manager, false), ("admin", Role::Admin, true)]
    {
        world.user(name, role).await;
        let bearer = world.login(name).await.session.bearer;
        match world.auth.admin(&world.account, Some(bearer.expose())).await {
            Ok(admin) => assert!(allowed && *admin.account() == world.account),
            Err(refusal) => assert!(!allowed && matches!(refusal, BearerRefusal::Role), "{refusal:?}"),
        }
    }
}

#[tokio::test]
async fn a_session_runs_out_unless_it_is_refreshed() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let session = world.login("ada").await.session;
    let (cookie, csrf) = (session.cookie.expose(), session.csrf.expose());
    let check = async || world.auth.signed_in(&world.account, Some(session.bearer.expose())).await.map(drop);
    world.clock.advance(session.ttl.checked_sub(Duration::from_secs(1)).unwrap());
    check().await.unwrap();
    world.idp.refresh(&world.account, cookie, csrf).await.unwrap();
    world.clock.advance(session.ttl.checked_sub(Duration::from_secs(1)).unwrap());
    check().await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    // Remembered a second ago, and refused all the same.
    assert!(matches!(check().await, Err(BearerRefusal::Expired)));
    let refused = world.idp.refresh(&world.account, cookie, csrf).await;
    assert!(matches!(refused, Err(SessionRefusal::Expired)));
}

#[tokio::test]
async fn refresh_and_logout_want_the_sessions_own_csrf_token_and_account() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let (session, other) = (world.login("ada").await.session, world.login("ada").await.session);
    let (cookie, csrf) = (session.cookie.expose(), session.csrf.expose());
    for csrf in ["", "x", other.csrf.expose(), session.bearer.expose()] {
        assert!(matches!(world.idp.refresh(&world.account, cookie, csrf).await, Err(SessionRefusal::Csrf)));
        assert!(matches!(world.idp.logout(&world.account, cookie, csrf).await, Err(SessionRefusal::Csrf)));
    }
    let elsewhere = account("20030040");
    assert!(matches!(world.idp.refresh(&elsewhere, cookie, csrf).await, Err(SessionRefusal::Unknown)));
    assert!(matches!(world.idp.refresh(&world.account, "x", csrf).await, Err(SessionRefusal::Unknown)));
    // Both sessions of the user still live.
    for session in [&session, &other] {
        world.auth.signed_in(&world.account, Some(session.bearer.expose())).await.unwrap();
    }
}

#[tokio::test]
async fn disabling_a_user_ends_the_sessions_at_once() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    world.user("bob", Role::Agent).await;
    let (ada, bob) = (world.login("ada").await.session, world.login("bob").await.session);
    let check =
        async |bearer: &Secret| world.auth.signed_in(&world.account, Some(bearer.expose())).await.map(drop);
    check(&ada.bearer).await.unwrap();
    check(&bob.bearer).await.unwrap();
    world.users.disable(&world.admin(), "ada").await.unwrap();
    assert!(matches!(check(&ada.bearer).await, Err(BearerRefusal::Unknown)));
    check(&bob.bearer).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_at_once() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let ada = world.login("ada").await.session;
    world.auth.signed_in(&world.account, Some(ada.bearer.expose())).await.unwrap();
    world.users.set_password(&world.admin(), "ada", Secret::new("another one".to_owned())).await.unwrap();
    let refused = world.auth.signed_in(&world.account, Some(ada.bearer.expose())).await;
    assert!(matches!(refused, Err(BearerRefusal::Unknown)));
}

#[tokio::test]
async fn sessions_ended_elsewhere_are_noticed_within_seconds() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let bearer = world.login("ada").await.session.bearer;
    world.auth.signed_in(&world.account, Some(bearer.expose())).await.unwrap();
    world.storage.end_session(crate::auth::hash_of(bearer.expose())).await.unwrap();
    world.clock.advance(Duration::from_secs(5));
    let refused = world.auth.signed_in(&world.account, Some(bearer.expose())).await;
    assert!(matches!(refused, Err(BearerRefusal::Unknown)));
}

#[tokio::test]
async fn sessions_and_keys_survive_a_restart() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let session = world.login("ada").await.session;
    let app = world.app().await;
    let token = world.app_jwt(&app).await;
    let world = world.restart().await;
    world.auth.admin(&world.account, Some(session.bearer.expose())).await.unwrap();
    world.idp.refresh(&world.account, session.cookie.expose(), session.csrf.expose()).await.unwrap();
    world.auth.app_caller(&world.account, Some(&token)).await.unwrap();
    assert_eq!(world.keys.list(&world.operator).len(), 6);
}

#[tokio::test]
async fn the_operator_is_known_by_the_token() {
    let world = World::new().await;
    world.auth.operator(Some(OPERATOR_TOKEN)).unwrap();
    assert!(matches!(world.auth.operator(None), Err(BearerRefusal::Missing)));
    assert!(matches!(world.auth.operator(Some("operator-tokem")), Err(BearerRefusal::Unknown)));
    // A user's bearer is no operator token.
    world.user("ada", Role::Admin).await;
    let bearer = world.login("ada").await.session.bearer;
    assert!(matches!(world.auth.operator(Some(bearer.expose())), Err(BearerRefusal::Unknown)));
}
