use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use trunkline_model::{KeyPurpose, Role};
use trunkline_wire::idp::LoginRequest;
use trunkline_wire::{AccountId, ExternalConsumerId};

use super::{IdpOptions, LoginRefusal};
use crate::Error;
use crate::auth::AppCaller;
use crate::auth::tests::{World, account};

async fn caller(world: &World) -> AppCaller {
    let app = world.app().await;
    let token = world.app_jwt(&app).await;
    world.auth.app_caller(&world.account, Some(&token)).await.unwrap()
}

fn external(text: &str) -> ExternalConsumerId {
    ExternalConsumerId::parse(text).unwrap()
}

#[tokio::test]
async fn a_consumer_jws_says_what_the_spec_says() {
    let world = World::new().await;
    let caller = caller(&world).await;
    let token = world.idp.consumer_jws(&caller, external("crm-4711")).await.unwrap();
    let secret = world.accounts.consumer_secret(&world.account).await.unwrap();
    let consumer = trunkline_jose::consumer_id(secret.as_bytes(), &external("crm-4711"));
    let parts: Vec<&str> = token.split('.').collect();
    let decoded = |part: &str| String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    assert_eq!(decoded(parts[0]), r#"{"kid":"consumerjws-21-11-26","typ":"JWT","alg":"RS256"}"#);
    assert_eq!(
        decoded(parts[1]),
        format!(r#"{{"account_id":"10020030","ext_consumer_id":"crm-4711","lp_consumer_id":"{consumer}"}}"#)
    );
}

#[tokio::test]
async fn a_known_consumer_costs_no_signature() {
    let world = World::new().await;
    let caller = caller(&world).await;
    let jws = async |name| world.idp.consumer_jws(&caller, external(name)).await.unwrap();
    let (first, together) = tokio::join!(jws("c"), jws("c"));
    assert!(Arc::ptr_eq(&first, &together));
    world.clock.advance(Duration::from_hours(24));
    assert!(Arc::ptr_eq(&first, &jws("c").await));
    assert_ne!(jws("C").await, first);
}

#[tokio::test]
async fn after_a_rotation_new_tokens_are_signed_and_old_ones_stay_good() {
    let world = World::new().await;
    let app = world.app().await;
    let app_jwt = world.app_jwt(&app).await;
    let caller = world.auth.app_caller(&world.account, Some(&app_jwt)).await.unwrap();
    let old = world.idp.consumer_jws(&caller, external("c")).await.unwrap();
    world.keys.rotate(&world.operator, KeyPurpose::ConsumerJws).await.unwrap();
    let new = world.idp.consumer_jws(&caller, external("c")).await.unwrap();
    assert_ne!(old, new);
    let mut consumers = Vec::new();
    for token in [&old, &new] {
        let proof = world.auth.on_behalf(&world.account, Some(&app_jwt), Some(token)).await.unwrap();
        consumers.push(proof.consumer());
    }
    assert_eq!(consumers[0], consumers[1]);
}

#[tokio::test]
async fn external_ids_have_1_to_256_characters() {
    let world = World::new().await;
    for (text, valid) in [("a", true), (&"é".repeat(256), true), ("", false), (&"a".repeat(257), false)] {
        let result = world.idp.external_id(Some(text));
        assert_eq!(result.is_ok(), valid);
        assert_eq!(matches!(result, Err(Error::Invalid(_))), !valid);
    }
    assert!(matches!(world.idp.external_id(None), Err(Error::Invalid(_))));
}

#[tokio::test]
async fn a_missing_external_id_is_made_up_only_when_switched_on() {
    let world = World::with(IdpOptions { mint_missing_external_ids: true, ..IdpOptions::default() }).await;
    let (one, two) = (world.idp.external_id(None).unwrap(), world.idp.external_id(None).unwrap());
    assert_eq!(one.as_str().len(), 32);
    assert_ne!(one, two);
    assert!(world.idp.external_id(Some("")).is_err());
}

async fn try_login(
    world: &World,
    account: &AccountId,
    name: &str,
    password: &str,
) -> Result<(), LoginRefusal> {
    world.idp.login(account, LoginRequest::password(name.to_owned(), password.to_owned())).await.map(drop)
}

#[tokio::test]
async fn a_login_yields_three_different_random_tokens() {
    let world = World::new().await;
    let ada = world.user("ada", Role::Admin).await;
    let (one, two) = (world.login("ada").await, world.login("ada").await);
    assert_eq!(one.user, ada);
    let mut tokens = Vec::new();
    for session in [&one.session, &two.session] {
        tokens
            .extend([&session.bearer, &session.cookie, &session.csrf].map(|token| token.expose().to_owned()));
        assert_eq!(session.ttl, Duration::from_hours(8));
    }
    assert!(
        tokens.iter().all(|token| token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 6);
}

#[tokio::test]
async fn wrong_credentials_cannot_be_told_apart() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    world.user("eve", Role::Agent).await;
    world.users.disable(&world.admin(), "eve").await.unwrap();
    let here = world.account.clone();
    for (account, name, password) in [
        (&here, "ada", "wrong"),
        (&here, "Ada", "password of ada"),
        (&here, "nobody", "password of nobody"),
        (&here, "eve", "password of eve"),
        (&account("20030040"), "ada", "password of ada"),
        (&account("unknown"), "ada", "password of ada"),
    ] {
        let refused = try_login(&world, account, name, password).await;
        assert!(matches!(refused, Err(LoginRefusal::Credentials)), "{account} {name}: {refused:?}");
    }
}

#[tokio::test]
async fn the_first_complete_set_of_credentials_counts() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    let login = async |body: &str| {
        let request = serde_json::from_str(body).unwrap();
        world.idp.login(&world.account, request).await.map(drop)
    };
    let keys = r#""appKey":"1","secret":"2","accessToken":"3","accessTokenSecret":"4""#;
    login(&format!(r#"{{"username":"ada","password":"password of ada",{keys}}}"#)).await.unwrap();
    let refused = login(&format!(r#"{{"username":"ada",{keys}}}"#)).await;
    assert!(matches!(refused, Err(LoginRefusal::Credentials)));
    let refused = login(r#"{"jwt":"dummy","assertion":"x"}"#).await;
    assert!(matches!(refused, Err(LoginRefusal::Saml)));
    for incomplete in
        ["{}", r#"{"username":"ada"}"#, r#"{"password":"x"}"#, r#"{"username":"ada","appKey":"1"}"#]
    {
        assert!(matches!(login(incomplete).await, Err(LoginRefusal::Incomplete)), "{incomplete}");
    }
}

#[tokio::test]
async fn ten_failures_lock_a_name_out_for_the_rest_of_the_minute() {
    let world = World::new().await;
    world.user("ada", Role::Admin).await;
    world.user("bob", Role::Admin).await;
    let here = world.account.clone();
    for _ in 0..10 {
        assert!(matches!(try_login(&world, &here, "ada", "wrong").await, Err(LoginRefusal::Credentials)));
    }
    world.clock.advance(Duration::from_secs(20));
    // The right password too: otherwise the lock would tell it from wrong ones.
    match try_login(&world, &here, "ada", "password of ada").await {
        Err(LoginRefusal::Throttled { after }) => assert_eq!(after, Duration::from_secs(40)),
        other => panic!("{other:?}"),
    }
    world.login("bob").await;
    world.clock.advance(Duration::from_secs(40));
    world.login("ada").await;
}

#[tokio::test]
async fn guesses_that_queue_up_together_count_too() {
    let world = Arc::new(World::new().await);
    world.user("ada", Role::Admin).await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let world = Arc::clone(&world);
        guesses.spawn(async move { try_login(&world, &world.account, "ada", "wrong").await.unwrap_err() });
    }
    let refusals = guesses.join_all().await;
    let tried = refusals.iter().filter(|refusal| matches!(refusal, LoginRefusal::Credentials)).count();
    assert_eq!(tried, 10);
}
