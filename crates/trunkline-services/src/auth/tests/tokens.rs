use std::time::Duration;

use serde_json::{Value, json};
use trunkline_model::KeyPurpose;
use trunkline_wire::{ExternalConsumerId, installations::Manifest};

use super::{World, account};
use crate::auth::{AppJwtRefusal, ConsumerJwsRefusal, OnBehalf, OnBehalfRefusal};

/// The claims of a good token, with one member changed (or removed, with `null`).
fn claims(world: &World, app: &str, change: &str, value: Value) -> Value {
    let mut claims = json!({
        "aud": world.account, "azp": app, "scope": "msg.consumer", "iss": "Sentinel",
        "exp": world.now() + 3600, "iat": world.now(),
    });
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(change);
    } else {
        claims[change] = value;
    }
    claims
}

async fn check(world: &World, claims: Value) -> Result<(), AppJwtRefusal> {
    let token = world.signed(KeyPurpose::AppJwt, claims).await;
    world.auth.app_caller(&world.account, Some(&token)).await.map(drop)
}

async fn consumer_jws(world: &World, app_jwt: &str, external: &str) -> std::sync::Arc<str> {
    let caller = world.auth.app_caller(&world.account, Some(app_jwt)).await.unwrap();
    world.idp.consumer_jws(&caller, ExternalConsumerId::parse(external).unwrap()).await.unwrap()
}

async fn on_behalf(
    world: &World,
    app: Option<&str>,
    consumer: Option<&str>,
) -> Result<OnBehalf, OnBehalfRefusal> {
    world.auth.on_behalf(&world.account, app, consumer).await
}

macro_rules! assert_refused {
    ($result:expr, $pattern:pat) => {{
        let result = $result;
        assert!(matches!(result, Err($pattern)), "{result:?}");
    }};
}

#[tokio::test]
async fn an_issued_token_is_accepted_again_and_again() {
    let world = World::new().await;
    let app = world.app().await;
    let token = world.app_jwt(&app).await;
    for _ in 0..2 {
        let caller = world.auth.app_caller(&world.account, Some(&token)).await.unwrap();
        assert_eq!(caller.app().id, app.app.id);
        assert_eq!(*caller.account(), world.account);
    }
}

#[tokio::test]
async fn a_token_is_refused_30_seconds_after_its_end_even_when_remembered() {
    let world = World::new().await;
    let token = world.app_jwt(&world.app().await).await;
    let check = async || world.auth.app_caller(&world.account, Some(&token)).await.map(drop);
    world.clock.advance(Duration::from_secs(3600 + 29));
    check().await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    assert_refused!(check().await, AppJwtRefusal::Expired);
    assert_refused!(check().await, AppJwtRefusal::Expired);
}

#[tokio::test]
async fn missing_and_garbled_tokens_are_told_apart() {
    let world = World::new().await;
    for (token, missing) in [(None, true), (Some(""), true), (Some("x"), false), (Some("a.b.c"), false)] {
        let refused = world.auth.app_caller(&world.account, token).await.unwrap_err();
        assert_eq!(matches!(refused, AppJwtRefusal::Missing), missing, "{token:?}");
        assert_eq!(matches!(refused, AppJwtRefusal::Malformed), !missing, "{token:?}");
    }
}

#[tokio::test]
async fn every_mandatory_claim_is_demanded() {
    let world = World::new().await;
    let app = world.app().await.app.id.to_string();
    check(&world, claims(&world, &app, "x", json!(1))).await.unwrap();
    for name in ["aud", "azp", "scope", "iss", "exp", "iat"] {
        let refused = check(&world, claims(&world, &app, name, Value::Null)).await.unwrap_err();
        assert!(
            matches!(refused, AppJwtRefusal::MissingClaim(missing) if missing == name),
            "{name}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn claims_are_checked() {
    let world = World::new().await;
    let app = world.app().await.app.id.to_string();
    let with = |name, value| claims(&world, &app, name, value);
    check(&world, with("iss", json!("sentinel"))).await.unwrap();
    check(&world, with("scope", json!("other msg.consumer"))).await.unwrap();
    assert_refused!(check(&world, with("iss", json!("Somebody"))).await, AppJwtRefusal::WrongIssuer);
    assert_refused!(check(&world, with("aud", json!("20030040"))).await, AppJwtRefusal::WrongAccount);
    assert_refused!(check(&world, with("scope", json!("msg.consumerx"))).await, AppJwtRefusal::Scope);
    assert_refused!(check(&world, with("exp", json!(world.now() - 31))).await, AppJwtRefusal::Expired);
    assert_refused!(check(&world, with("exp", json!("soon"))).await, AppJwtRefusal::Malformed);
    assert_refused!(check(&world, with("azp", json!("me"))).await, AppJwtRefusal::Malformed);
    let nobody = json!("75588e18-0213-4e33-8174-883acac7e3c4");
    assert_refused!(check(&world, with("azp", nobody)).await, AppJwtRefusal::AppNotLive);
}

#[tokio::test]
async fn a_remembered_token_does_not_open_another_account() {
    let world = World::new().await;
    let token = world.app_jwt(&world.app().await).await;
    world.auth.app_caller(&world.account, Some(&token)).await.unwrap();
    let refused = world.auth.app_caller(&account("20030040"), Some(&token)).await;
    assert_refused!(refused, AppJwtRefusal::WrongAccount);
}

#[tokio::test]
async fn a_disabled_and_a_deleted_app_is_refused_at_once() {
    let world = World::new().await;
    for delete in [false, true] {
        let app = world.app_with(Manifest::connector(format!("app {delete}"))).await;
        let token = world.app_jwt(&app).await;
        world.auth.app_caller(&world.account, Some(&token)).await.unwrap();
        if delete {
            world.installations.delete(&world.admin(), app.app.id, None).await.unwrap();
        } else {
            world.installations.set_enabled(&world.admin(), app.app.id, false).await.unwrap();
        }
        let refused = world.auth.app_caller(&world.account, Some(&token)).await;
        assert_refused!(refused, AppJwtRefusal::AppNotLive);
    }
}

#[tokio::test]
async fn an_app_speaks_for_its_consumer() {
    let world = World::new().await;
    let app = world.app().await;
    let app_jwt = world.app_jwt(&app).await;
    let jws = consumer_jws(&world, &app_jwt, "crm-4711").await;
    for _ in 0..2 {
        let proof = on_behalf(&world, Some(&app_jwt), Some(&jws)).await.unwrap();
        assert_eq!(proof.external_id().as_str(), "crm-4711");
        assert_eq!(proof.app().id, app.app.id);
        let secret = world.accounts.consumer_secret(&world.account).await.unwrap();
        assert_eq!(proof.consumer(), trunkline_jose::consumer_id(secret.as_bytes(), proof.external_id()));
    }
}

#[tokio::test]
async fn the_checks_come_in_the_documented_order() {
    use {AppJwtRefusal as A, ConsumerJwsRefusal as C, OnBehalfRefusal as Refusal};
    let world = World::new().await;
    let app_jwt = world.app_jwt(&world.app().await).await;
    let jws = consumer_jws(&world, &app_jwt, "c").await;
    assert_refused!(on_behalf(&world, None, None).await, Refusal::AppJwt(A::Missing));
    assert_refused!(on_behalf(&world, None, Some("x")).await, Refusal::AppJwt(A::Missing));
    assert_refused!(on_behalf(&world, Some("x"), None).await, Refusal::ConsumerJws(C::Missing));
    assert_refused!(on_behalf(&world, Some("x"), Some("x")).await, Refusal::AppJwt(A::Malformed));
    assert_refused!(on_behalf(&world, Some(&app_jwt), Some("x")).await, Refusal::ConsumerJws(C::Malformed));
    // Each token in the other's place.
    assert_refused!(on_behalf(&world, Some(&jws), Some(&jws)).await, Refusal::AppJwt(A::WrongPurpose));
    assert_refused!(
        on_behalf(&world, Some(&app_jwt), Some(&app_jwt)).await,
        Refusal::ConsumerJws(C::WrongPurpose)
    );
}

#[tokio::test]
async fn a_consumer_of_another_account_is_refused() {
    let world = World::new().await;
    let app_jwt = world.app_jwt(&world.app().await).await;
    let claims = json!({"account_id": "20030040", "ext_consumer_id": "c", "lp_consumer_id": "a".repeat(64)});
    let jws = world.signed(KeyPurpose::ConsumerJws, claims).await;
    for _ in 0..2 {
        let refused = on_behalf(&world, Some(&app_jwt), Some(&jws)).await;
        assert_refused!(refused, OnBehalfRefusal::ConsumerJws(ConsumerJwsRefusal::WrongAccount));
    }
    let jws = world
        .signed(KeyPurpose::ConsumerJws, json!({"account_id": "10020030", "ext_consumer_id": "c"}))
        .await;
    let refused = on_behalf(&world, Some(&app_jwt), Some(&jws)).await;
    assert_refused!(
        refused,
        OnBehalfRefusal::ConsumerJws(ConsumerJwsRefusal::MissingClaim("lp_consumer_id"))
    );
}
