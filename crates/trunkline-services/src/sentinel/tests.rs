use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use trunkline_model::KeyPurpose;
use trunkline_wire::installations::{GrantType, Manifest};
use trunkline_wire::sentinel::TokenErrorCode;

use super::*;
use crate::auth::tests::{World, account};
use crate::installations::InstalledApp;

fn request(app: &InstalledApp) -> TokenRequest {
    TokenRequest::new(app.app.id, app.secret.expose().to_owned())
}

async fn refused(world: &World, request: TokenRequest) -> (TokenErrorCode, u16) {
    let refusal = world.sentinel.token(&world.account, request).await.err().unwrap();
    (refusal.code(), refusal.code().status().as_u16())
}

#[tokio::test]
async fn a_token_says_what_the_spec_says() {
    let world = World::new().await;
    let app = world.app().await;
    let issued = world.sentinel.token(&world.account, request(&app)).await.unwrap();
    assert_eq!(issued.app, app.app.id);
    let parts: Vec<&str> = issued.token.split('.').collect();
    let decoded = |part: &str| String::from_utf8(BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    assert_eq!(decoded(parts[0]), r#"{"kid":"appjwt-21-11-26","typ":"JWT","alg":"RS256"}"#);
    assert_eq!(
        decoded(parts[1]),
        format!(
            r#"{{"aud":"10020030","azp":"{}","scope":"msg.consumer","iss":"Sentinel","exp":1795222800,"iat":1795219200}}"#,
            app.app.id
        )
    );
    world.keys.verify::<Value>(KeyPurpose::AppJwt, &issued.token).unwrap();
}

#[tokio::test]
async fn one_app_gets_one_token_a_second() {
    let world = World::new().await;
    let (app, other) = (world.app().await, world.app_with(Manifest::connector("other")).await);
    let first = world.app_jwt(&app).await;
    // The very same allocation: nothing was signed.
    assert!(Arc::ptr_eq(&first, &world.app_jwt(&app).await));
    assert_ne!(world.app_jwt(&other).await, first);
    world.clock.advance(Duration::from_secs(1));
    assert_ne!(world.app_jwt(&app).await, first);
}

#[tokio::test]
async fn those_who_ask_together_share_one_signature() {
    let world = World::new().await;
    let app = world.app().await;
    let (one, two) = tokio::join!(world.app_jwt(&app), world.app_jwt(&app));
    assert!(Arc::ptr_eq(&one, &two));
}

#[tokio::test]
async fn parameters_are_demanded() {
    let world = World::new().await;
    let app = world.app().await;
    let mut without = request(&app);
    without.v = None;
    world.sentinel.token(&world.account, without.clone()).await.unwrap();
    without.v = Some("1".to_owned());
    world.sentinel.token(&world.account, without.clone()).await.unwrap();
    without.v = Some("2.0".to_owned());
    assert_eq!(refused(&world, without).await, (TokenErrorCode::InvalidRequest, 400));
    for clear in [
        (|request| request.grant_type = None) as fn(&mut TokenRequest),
        |request| request.client_id = None,
        |request| request.client_secret = None,
    ] {
        let mut without = request(&app);
        clear(&mut without);
        assert_eq!(refused(&world, without).await, (TokenErrorCode::InvalidRequest, 400));
    }
    let mut other = request(&app);
    other.grant_type = Some("password".to_owned());
    assert_eq!(refused(&world, other).await, (TokenErrorCode::UnsupportedGrantType, 400));
}

#[tokio::test]
async fn wrong_clients_cannot_be_told_apart() {
    let world = World::new().await;
    let app = world.app().await;
    let disabled = world.app_with(Manifest::connector("disabled")).await;
    world.installations.set_enabled(&world.admin(), disabled.app.id, false).await.unwrap();
    let deleted = world.app_with(Manifest::connector("deleted")).await;
    world.installations.delete(&world.admin(), deleted.app.id, None).await.unwrap();
    let change = |id: Option<&str>, secret: Option<&str>| {
        let mut request = request(&app);
        request.client_id = id.map(str::to_owned).or(request.client_id);
        request.client_secret = secret.map(str::to_owned).or(request.client_secret);
        request
    };
    for wrong in [
        change(Some("75588e18-0213-4e33-8174-883acac7e3c4"), None),
        change(Some("nobody"), None),
        change(None, Some("x")),
        change(None, Some(disabled.secret.expose())),
        request(&disabled),
        request(&deleted),
    ] {
        let refusal = world.sentinel.token(&world.account, wrong).await.err().unwrap();
        assert!(matches!(refusal, TokenRefusal::Client), "{refusal:?}");
        assert_eq!((refusal.code(), refusal.code().status().as_u16()), (TokenErrorCode::InvalidClient, 401));
    }
    for elsewhere in ["20030040", "unknown"] {
        let refusal = world.sentinel.token(&account(elsewhere), request(&app)).await.err().unwrap();
        assert!(matches!(refusal, TokenRefusal::Client), "{refusal:?}");
    }
}

#[tokio::test]
async fn both_secrets_sign_in_while_they_overlap() {
    let world = World::new().await;
    let old = world.app().await;
    let overlap = Duration::from_mins(10);
    world.sentinel.token(&world.account, request(&old)).await.unwrap();
    let rotated = world.installations.rotate_secret(&world.admin(), old.app.id, overlap).await;
    let new = world.installations.get(&world.admin(), old.app.id).await.map(|(app, _)| app).unwrap();
    rotated.unwrap();
    assert_ne!(new.secret.expose(), old.secret.expose());
    world.sentinel.token(&world.account, request(&new)).await.unwrap();
    world.clock.advance(overlap.checked_sub(Duration::from_millis(1)).unwrap());
    world.sentinel.token(&world.account, request(&old)).await.unwrap();
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(refused(&world, request(&old)).await, (TokenErrorCode::InvalidClient, 401));
    world.sentinel.token(&world.account, request(&new)).await.unwrap();
}

#[tokio::test]
async fn an_app_without_the_grant_is_unauthorized() {
    let world = World::new().await;
    let mut manifest = Manifest::connector("no grant");
    manifest.grant_types = vec![GrantType::RefreshToken];
    let app = world.app_with(manifest).await;
    assert_eq!(refused(&world, request(&app)).await, (TokenErrorCode::UnauthorizedClient, 400));
}

#[tokio::test]
async fn scopes_must_be_held() {
    let world = World::new().await;
    let app = world.app().await;
    let mut wish = request(&app);
    wish.scope = Some("msg.consumer".to_owned());
    let token = world.sentinel.token(&world.account, wish.clone()).await.unwrap().token;
    assert!(Arc::ptr_eq(&token, &world.app_jwt(&app).await));
    for scope in ["admin", "msg.consumer admin"] {
        wish.scope = Some(scope.to_owned());
        assert_eq!(refused(&world, wish.clone()).await, (TokenErrorCode::InvalidScope, 400));
    }
}
