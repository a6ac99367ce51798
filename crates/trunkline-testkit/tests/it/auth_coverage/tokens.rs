//! Tokens that are wrong in every way a token can be wrong.

use serde_json::{Value, json};
use trunkline_model::KeyPurpose;
use trunkline_testkit::TestServer;

use crate::forgery::{forgeries, segment, signed, signed_with_public_keys};
use crate::world::World;

pub(super) type Named = (String, String);

fn named(what: &str, token: impl Into<String>) -> Named {
    (what.to_owned(), token.into())
}

/// One good token of every kind.
pub(super) fn every_kind(world: &World) -> Vec<Named> {
    vec![
        named("an AppJWT", &world.app.app_jwt),
        named("a ConsumerJWS", &world.newcomer),
        named("a consumer's identity", &world.id_token),
        named("a consumer's token", &world.consumer_token),
        named("a bearer", &world.admin.bearer),
        named("a session cookie", &world.admin.cookie),
        named("a csrf token", &world.admin.csrf),
        named("a client secret", &world.app.secret),
        named("an API key", world.keys[0]["appKey"].as_str().unwrap()),
        named("an access token", world.keys[0]["accessToken"].as_str().unwrap()),
        named("the operator's token", TestServer::OPERATOR_TOKEN),
    ]
}

/// Good tokens of every kind but one, and forgeries of the signed ones.
pub(super) fn of_other_kinds(world: &World, kind: &str) -> Vec<Named> {
    let mut tokens = every_kind(world);
    tokens.retain(|(what, _)| what != kind);
    let signed = [
        ("AppJWT", &world.app.app_jwt),
        ("ConsumerJWS", &world.newcomer),
        ("identity", &world.id_token),
        ("consumer's token", &world.consumer_token),
    ];
    for (what, token) in signed {
        tokens.extend(forged(what, token, &world.jwks));
    }
    tokens
}

fn forged(what: &str, token: &str, jwks: &Value) -> Vec<Named> {
    let mut tokens: Vec<_> = forgeries(token)
        .into_iter()
        .enumerate()
        .map(|(n, token)| (format!("forged {what} {n}"), token))
        .collect();
    let by_public_key = signed_with_public_keys(token, jwks);
    tokens
        .extend(by_public_key.into_iter().enumerate().map(|(n, token)| (format!("HS256 {what} {n}"), token)));
    tokens
}

/// `AppJWT`s that are not valid here.
pub(super) fn bad_app_jwts(world: &World) -> Vec<Named> {
    let mut tokens = of_other_kinds(world, "an AppJWT");
    tokens.extend([
        named("an expired AppJWT", &world.expired_app_jwt),
        named("an AppJWT of another account", &world.elsewhere.app_jwt),
        named("an AppJWT of a disabled app", &world.disabled.app_jwt),
        named("an AppJWT of a deleted app", &world.deleted.app_jwt),
    ]);
    let good = segment(&world.app.app_jwt, 1);
    tokens.push(named("an AppJWT by the other key", signed(&world.server, KeyPurpose::ConsumerJws, &good)));
    for (name, value) in [
        ("azp", json!("75588e18-0213-4e33-8174-883acac7e3c4")),
        ("azp", json!("not-an-app")),
        ("azp", json!(world.elsewhere.id)),
        ("azp", json!(7)),
        ("aud", json!([TestServer::ACCOUNT])),
        ("aud", json!("20030040")),
        ("aud", json!("")),
        ("exp", json!(0)),
        ("exp", json!("tomorrow")),
        ("scope", json!(["msg.consumer"])),
    ] {
        tokens.push((format!("an AppJWT whose {name} is {value}"), changed(world, name, Some(value))));
    }
    tokens
}

/// Well signed `AppJWT`s without a mandatory claim, or not by Sentinel.
pub(super) fn incomplete_app_jwts(world: &World) -> Vec<Named> {
    let mut tokens: Vec<_> = ["aud", "azp", "scope", "iss", "exp", "iat"]
        .into_iter()
        .map(|name| (format!("an AppJWT without {name}"), changed(world, name, None)))
        .collect();
    tokens.push(named("an AppJWT by Mallory", changed(world, "iss", Some(json!("Mallory")))));
    tokens
}

fn changed(world: &World, name: &str, value: Option<Value>) -> String {
    let mut claims = segment(&world.app.app_jwt, 1);
    match value {
        Some(value) => claims[name] = value,
        None => drop(claims.as_object_mut().unwrap().remove(name)),
    }
    signed(&world.server, KeyPurpose::AppJwt, &claims)
}

/// Consumers' own tokens that are not valid here. `good` is one that is.
pub(super) fn bad_identities(world: &World, kind: &str, good: &str) -> Vec<Named> {
    let mut tokens = of_other_kinds(world, kind);
    let claims = segment(good, 1);
    for (purpose, what) in [(KeyPurpose::AppJwt, "an AppJWT's"), (KeyPurpose::ConsumerJws, "a ConsumerJWS's")]
    {
        tokens.push((format!("{kind} by {what} key"), signed(&world.server, purpose, &claims)));
    }
    for (name, value) in [
        ("sub", None),
        ("aud", None),
        ("iss", None),
        ("exp", None),
        ("iat", None),
        ("token_use", None),
        ("ext_consumer_id", None),
        ("sub", Some(json!("ABC"))),
        ("aud", Some(json!("acc:20030040"))),
        ("aud", Some(json!(TestServer::ACCOUNT))),
        ("iss", Some(json!("Sentinel"))),
        ("exp", Some(json!(0))),
        ("token_use", Some(json!("signed_down"))),
    ] {
        let mut claims = claims.clone();
        let what = format!("{kind} whose {name} is {value:?}");
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        tokens.push((what, signed(&world.server, KeyPurpose::WebConsumer, &claims)));
    }
    tokens
}

/// `ConsumerJWS`s that are not valid here.
pub(super) fn bad_consumer_jwss(world: &World) -> Vec<Named> {
    let mut tokens = of_other_kinds(world, "a ConsumerJWS");
    tokens.push(named("a ConsumerJWS of another account", &world.consumer_elsewhere));
    let good = segment(&world.newcomer, 1);
    tokens.push(named("a ConsumerJWS by the other key", signed(&world.server, KeyPurpose::AppJwt, &good)));
    for (name, value) in [
        ("account_id", None),
        ("ext_consumer_id", None),
        ("lp_consumer_id", None),
        ("account_id", Some(json!("20030040"))),
        ("account_id", Some(json!([TestServer::ACCOUNT]))),
        ("ext_consumer_id", Some(json!(""))),
        ("lp_consumer_id", Some(json!("ABC"))),
    ] {
        let mut claims = good.clone();
        let what = format!("a ConsumerJWS whose {name} is {value:?}");
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        tokens.push((what, signed(&world.server, KeyPurpose::ConsumerJws, &claims)));
    }
    tokens
}
