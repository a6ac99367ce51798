//! API keys, and signing in with them. Source: spec 20 §3, row 3.

use std::sync::Arc;
use std::time::Duration;

use trunkline_model::{Role, Secret, UserKey};
use trunkline_wire::AppKey;
use trunkline_wire::idp::LoginRequest;

use super::super::NewUserKey;
use crate::Error;
use crate::auth::BearerRefusal;
use crate::auth::tests::{World, account};
use crate::idp::{LoginRefusal, SignedInUser};

fn request(name: &str, values: [&str; 4]) -> LoginRequest {
    let [app_key, secret, access_token, access_token_secret] = values;
    let mut request = LoginRequest::default();
    request.username = Some(name.to_owned());
    request.app_key = Some(app_key.to_owned());
    request.secret = Some(secret.to_owned());
    request.access_token = Some(access_token.to_owned());
    request.access_token_secret = Some(access_token_secret.to_owned());
    request
}

fn values(key: &NewUserKey) -> [&str; 4] {
    let secrets = &key.secrets;
    [
        key.app_key.as_str(),
        secrets.secret.expose(),
        secrets.access_token.expose(),
        secrets.access_token_secret.expose(),
    ]
}

async fn sign_in(world: &World, name: &str, values: [&str; 4]) -> Result<SignedInUser, LoginRefusal> {
    world.idp.login(&world.account, request(name, values)).await
}

async fn bot(world: &World) -> NewUserKey {
    world.user("bot", Role::Agent).await;
    world.users.create_key(&world.admin(), "bot").await.unwrap()
}

#[tokio::test]
async fn a_key_signs_its_user_in() {
    let world = World::new().await;
    let key = bot(&world).await;
    assert!(values(&key).iter().all(|value| value.len() == 32));
    let mut different = values(&key).to_vec();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 4);
    let signed_in = sign_in(&world, "bot", values(&key)).await.unwrap();
    assert_eq!(signed_in.user.login_name, "bot");
    let bearer = signed_in.session.bearer.expose();
    let proof = world.auth.signed_in(&world.account, Some(bearer)).await.unwrap();
    assert_eq!(proof.user().id, signed_in.user.id);
}

#[tokio::test]
async fn every_value_must_be_right_and_the_users_own() {
    let world = World::new().await;
    let key = bot(&world).await;
    world.user("other", Role::Agent).await;
    let other = world.users.create_key(&world.admin(), "other").await.unwrap();
    let second = world.users.create_key(&world.admin(), "bot").await.unwrap();
    let upper = values(&key).map(str::to_uppercase);
    for place in 0..4 {
        for wrong in [values(&other)[place], values(&second)[place], "", &upper[place], &"0".repeat(32)] {
            let mut values = values(&key);
            values[place] = wrong;
            let refused = sign_in(&world, "bot", values).await;
            assert!(matches!(refused, Err(LoginRefusal::Credentials)), "{place} {wrong:?}");
            sign_in(&world, "bot", self::values(&key)).await.unwrap();
        }
    }
    // The same values, in other places.
    let [app_key, secret, token, token_secret] = values(&key);
    for values in [[app_key, token, secret, token_secret], [app_key, secret, token_secret, token]] {
        assert!(matches!(sign_in(&world, "bot", values).await, Err(LoginRefusal::Credentials)));
    }
    for name in ["other", "Bot", "nobody", ""] {
        let refused = sign_in(&world, name, values(&key)).await;
        assert!(matches!(refused, Err(LoginRefusal::Credentials)), "{name}");
    }
    for elsewhere in ["20030040", "unknown"] {
        let refused = world.idp.login(&account(elsewhere), request("bot", values(&key))).await;
        assert!(matches!(refused, Err(LoginRefusal::Credentials)), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_key_is_stored_without_its_secrets() {
    let world = World::new().await;
    let key = bot(&world).await;
    let stored = world.users.keys(&world.admin(), "bot").await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!((&stored[0].app_key, stored[0].created_at), (&key.app_key, key.created_at));
    let shown = format!("{key:?} {stored:?}");
    assert!(values(&key)[1..].iter().all(|value| !shown.contains(value)), "{shown}");
}

#[tokio::test]
async fn a_revoked_key_ends_its_own_sessions_at_once() {
    let world = World::new().await;
    let (key, kept) = (bot(&world).await, world.users.create_key(&world.admin(), "bot").await.unwrap());
    let by_key = sign_in(&world, "bot", values(&key)).await.unwrap().session;
    let by_other = sign_in(&world, "bot", values(&kept)).await.unwrap().session;
    let by_password = world.login("bot").await.session;
    let check = async |bearer: &Secret| world.auth.signed_in(&world.account, Some(bearer.expose())).await;
    for session in [&by_key, &by_other, &by_password] {
        check(&session.bearer).await.unwrap();
    }
    world.users.revoke_key(&world.admin(), "bot", &key.app_key).await.unwrap();
    assert!(matches!(check(&by_key.bearer).await, Err(BearerRefusal::Unknown)));
    check(&by_other.bearer).await.unwrap();
    check(&by_password.bearer).await.unwrap();
    assert!(matches!(sign_in(&world, "bot", values(&key)).await, Err(LoginRefusal::Credentials)));
    sign_in(&world, "bot", values(&kept)).await.unwrap();
    let again = world.users.revoke_key(&world.admin(), "bot", &key.app_key).await;
    assert!(matches!(again, Err(Error::NotFound("API key"))));
}

#[tokio::test]
async fn keys_belong_to_their_user_and_account() {
    let world = World::new().await;
    let key = bot(&world).await;
    world.user("other", Role::Agent).await;
    let elsewhere = world.operator.account_admin(account("20030040"));
    for (admin, name, missing) in [
        (&world.admin(), "other", "API key"),
        (&world.admin(), "nobody", "user"),
        (&elsewhere, "bot", "user"),
    ] {
        let refused = world.users.revoke_key(admin, name, &key.app_key).await;
        assert!(matches!(refused, Err(Error::NotFound(what)) if what == missing), "{name}");
    }
    assert!(world.users.keys(&world.admin(), "other").await.unwrap().is_empty());
    assert!(matches!(world.users.keys(&elsewhere, "bot").await, Err(Error::NotFound("user"))));
    assert!(matches!(world.users.create_key(&elsewhere, "bot").await, Err(Error::NotFound("user"))));
    let unknown = AppKey::parse(&"0".repeat(32)).unwrap();
    let refused = world.users.revoke_key(&world.admin(), "bot", &unknown).await;
    assert!(matches!(refused, Err(Error::NotFound("API key"))));
    sign_in(&world, "bot", values(&key)).await.unwrap();
}

#[tokio::test]
async fn a_user_has_twenty_keys_and_no_more() {
    let world = World::new().await;
    bot(&world).await;
    for _ in 1..UserKey::MOST_PER_USER {
        world.users.create_key(&world.admin(), "bot").await.unwrap();
    }
    let refused = world.users.create_key(&world.admin(), "bot").await;
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("20")));
}

#[tokio::test]
async fn a_disabled_user_cannot_use_keys() {
    let world = World::new().await;
    let key = bot(&world).await;
    world.users.disable(&world.admin(), "bot").await.unwrap();
    assert!(matches!(sign_in(&world, "bot", values(&key)).await, Err(LoginRefusal::Credentials)));
}

#[tokio::test]
async fn keys_and_their_sessions_survive_a_restart() {
    let world = World::new().await;
    let key = bot(&world).await;
    let bearer = sign_in(&world, "bot", values(&key)).await.unwrap().session.bearer;
    let world = world.restart().await;
    world.auth.signed_in(&world.account, Some(bearer.expose())).await.unwrap();
    sign_in(&world, "bot", values(&key)).await.unwrap();
    world.users.revoke_key(&world.admin(), "bot", &key.app_key).await.unwrap();
    let refused = world.auth.signed_in(&world.account, Some(bearer.expose())).await;
    assert!(matches!(refused, Err(BearerRefusal::Unknown)));
}

#[tokio::test]
async fn ten_wrong_keys_lock_the_keys_of_a_name_out_for_the_rest_of_the_minute() {
    let world = World::new().await;
    let key = bot(&world).await;
    world.user("other", Role::Agent).await;
    let other = world.users.create_key(&world.admin(), "other").await.unwrap();
    for _ in 0..10 {
        let refused = sign_in(&world, "bot", values(&other)).await;
        assert!(matches!(refused, Err(LoginRefusal::Credentials)));
    }
    world.clock.advance(Duration::from_secs(20));
    for values in [values(&key), values(&other)] {
        match sign_in(&world, "bot", values).await {
            Err(LoginRefusal::Throttled { after }) => assert_eq!(after, Duration::from_secs(40)),
            other => panic!("{other:?}"),
        }
    }
    // Another name, and the same by password, are not concerned.
    sign_in(&world, "other", values(&other)).await.unwrap();
    world.login("bot").await;
    world.clock.advance(Duration::from_secs(40));
    sign_in(&world, "bot", values(&key)).await.unwrap();
}

#[tokio::test]
async fn guessed_passwords_do_not_lock_the_keys_out() {
    let world = World::new().await;
    let key = bot(&world).await;
    for _ in 0..11 {
        let guess = LoginRequest::password("bot".to_owned(), "wrong".to_owned());
        world.idp.login(&world.account, guess).await.unwrap_err();
    }
    sign_in(&world, "bot", values(&key)).await.unwrap();
}

#[tokio::test]
async fn guesses_at_once_count_and_right_keys_never_do() {
    let world = Arc::new(World::new().await);
    let key = bot(&world).await;
    // A bot that runs many times over signs in at one moment.
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (world, request) = (Arc::clone(&world), request("bot", values(&key)));
        logins.spawn(async move { world.idp.login(&world.account, request).await.map(drop) });
    }
    assert!(logins.join_all().await.iter().all(Result::is_ok));
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let mut wrong = request("bot", values(&key));
        wrong.secret = Some("0".repeat(32));
        let world = Arc::clone(&world);
        guesses.spawn(async move { world.idp.login(&world.account, wrong).await.unwrap_err() });
    }
    let refusals = guesses.join_all().await;
    let judged = refusals.iter().filter(|refusal| matches!(refusal, LoginRefusal::Credentials)).count();
    assert_eq!(judged, 10);
}
