//! Bad credentials for a route, by the kind of credentials it asks for.

use serde_json::{Value, json};
use trunkline_testkit::{Session, TestServer};
use trunkline_wire::Auth;

use super::refusal::Refusal;
use super::tokens::{
    Named, bad_app_jwts, bad_consumer_jwss, bad_identities, every_kind, incomplete_app_jwts, of_other_kinds,
};
use crate::world::call::Call;
use crate::world::routes::{Case, client_credentials, with_bearer_in_path};
use crate::world::{ELSEWHERE, World};

/// A request that must be refused.
pub(super) struct Bad {
    pub(super) what: String,
    pub(super) call: Call,
    pub(super) refusal: Refusal,
}

fn bad(what: impl Into<String>, call: Call, refusal: Refusal) -> Bad {
    Bad { what: what.into(), call, refusal }
}

pub(super) fn of(case: &Case, world: &World) -> Vec<Bad> {
    let call = case.call(world);
    match case.auth() {
        // A consumer's token is refused by the close of the socket: `bad_tokens_close_the_sockets_of_consumers`.
        Auth::None | Auth::ConsumerToken => Vec::new(),
        Auth::Credentials if case.path.ends_with("/login") => logins(&call, world),
        Auth::Credentials => clients(&call, world),
        Auth::SessionCookie => sessions(&call, world),
        Auth::AdminBearer => {
            let powerless = [("an agent's bearer", &world.agent), ("a manager's bearer", &world.manager)];
            bearers(&call, world, &powerless)
        }
        Auth::UserBearer => bearers(&call, world, &[]),
        Auth::BearerInPath => bearers_in_path(&call, world),
        Auth::SignUp => sign_ups(&call, case, world),
        Auth::IdToken => identities(&call, case, world),
        Auth::SignedUrl => signed_urls(&call, world),
        Auth::AppJwt => app_jwts(&call, world),
        Auth::AppJwtOnBehalf => on_behalf(&call, case, world),
        Auth::Operator => operator_tokens(&call, world),
    }
}

/// `Authorization` missing in every way.
fn missing(call: &Call, refusal: Refusal) -> Vec<Bad> {
    let mut all = vec![bad("nothing", call.clone(), refusal)];
    for value in ["", "Bearer", "Bearer ", "jwt"] {
        all.push(bad(format!("{value:?}"), call.clone().authorization(value), refusal));
    }
    all
}

/// `Authorization` with each of these tokens, raw and with a scheme.
fn authorizations(call: &Call, tokens: Vec<Named>, refusal: Refusal) -> Vec<Bad> {
    let with = |(what, token): Named| {
        let raw = bad(what.clone(), call.clone().authorization(token.clone()), refusal);
        [raw, bad(what, call.clone().authorization(format!("Bearer {token}")), refusal)]
    };
    tokens.into_iter().flat_map(with).collect()
}

/// `powerless` are users of the account who may not call the route.
fn bearers(call: &Call, world: &World, powerless: &[(&str, &Session)]) -> Vec<Bad> {
    let mut all = missing(call, Refusal::Configuration(401));
    let mut unknown = of_other_kinds(world, "a bearer");
    for (what, session) in [
        ("an expired bearer", &world.expired),
        ("the bearer of a disabled user", &world.disabled_user),
        ("a bearer after logout", &world.signed_out),
    ] {
        unknown.push((what.to_owned(), session.bearer.clone()));
    }
    unknown.push(("a bearer in capitals".to_owned(), world.admin.bearer.to_uppercase()));
    unknown.push(("a password".to_owned(), format!("Basic {}:{}", TestServer::ADMIN, TestServer::PASSWORD)));
    all.extend(authorizations(call, unknown, Refusal::Configuration(401)));
    let forbidden = [("the bearer of another account's admin", &world.admin_elsewhere)];
    let forbidden = powerless.iter().copied().chain(forbidden);
    let forbidden = forbidden.map(|(what, session)| (what.to_owned(), session.bearer.clone()));
    all.extend(authorizations(call, forbidden.collect(), Refusal::Configuration(403)));
    all
}

fn bearers_in_path(call: &Call, world: &World) -> Vec<Bad> {
    let mut all = Vec::new();
    let mut unknown = of_other_kinds(world, "a bearer");
    for (what, bearer) in [
        ("an expired bearer", &world.expired.bearer),
        ("the bearer of a disabled user", &world.disabled_user.bearer),
        ("a bearer after logout", &world.signed_out.bearer),
        ("a bearer in capitals", &world.agent.bearer.to_uppercase()),
        ("the bearer of another account's admin", &world.admin_elsewhere.bearer),
    ] {
        unknown.push((what.to_owned(), bearer.clone()));
    }
    // A segment of nothing or of dots is taken for a way through the path: that path does not exist.
    unknown.retain(|(_, bearer)| !bearer.trim_matches('.').is_empty());
    for (what, bearer) in unknown {
        let call = with_bearer_in_path(call, &bearer);
        all.push(bad(what.clone(), call.clone(), Refusal::Common(401)));
        // What stands in the path counts, wherever else a good one is.
        let elsewhere = call.authorization(format!("Bearer {}", world.agent.bearer));
        all.push(bad(format!("{what}, a good one in Authorization"), elsewhere, Refusal::Common(401)));
    }
    let good = with_bearer_in_path(call, &world.agent.bearer);
    for account in [ELSEWHERE, "99", "a%20b"] {
        let path = good.path.replace(TestServer::ACCOUNT, account);
        all.push(bad(format!("account {account}"), Call { path, ..good.clone() }, Refusal::Common(401)));
    }
    all
}

fn sign_ups(call: &Call, case: &Case, world: &World) -> Vec<Bad> {
    let unknown = Refusal::Consumer(401, 40_106);
    let mut all = Vec::new();
    for account in ["99", "a%20b"] {
        let path = call.path.replace(TestServer::ACCOUNT, account);
        all.push(bad(format!("account {account}"), Call { path, ..call.clone() }, unknown));
    }
    if case.path.ends_with("/authorize") {
        all.extend(shown(call, case, world, true));
    }
    all
}

fn identities(call: &Call, case: &Case, world: &World) -> Vec<Bad> {
    let mut all = vec![
        bad("nothing", call.clone(), Refusal::Consumer(400, 40_002)),
        bad("no token", call.clone().body("{}"), Refusal::Consumer(400, 40_003)),
    ];
    all.extend(shown(call, case, world, false));
    let good = case.good(world);
    let path = good.path.replace(TestServer::ACCOUNT, ELSEWHERE);
    all.push(bad("another account", Call { path, ..good }, Refusal::Consumer(401, 40_107)));
    all
}

/// Bad identities in the body. One that has ended may still be renewed, so that is none where `renews`.
fn shown(call: &Call, case: &Case, world: &World, renews: bool) -> Vec<Bad> {
    let tokens = bad_identities(world, "a consumer's identity", &world.id_token);
    let tokens = tokens.into_iter().filter(|(what, _)| !what.contains("whose exp is Some") || !renews);
    let refused = |(what, token): Named| {
        let code = if what.contains("whose exp is Some") { 40_108 } else { 40_107 };
        let call = call.clone().body(json!({case.token_member(): token}).to_string());
        bad(what, call, Refusal::Consumer(401, code))
    };
    tokens.map(refused).collect()
}

fn signed_urls(call: &Call, world: &World) -> Vec<Bad> {
    let refusal = if call.method == "HEAD" { Refusal::Head(401) } else { Refusal::Common(401) };
    let method = if call.method == "PUT" { "PUT" } else { "GET" };
    let now = world.server.services.clock.now().seconds().0;
    let good = world.signed_url(&world.file, method, now + 60);
    let (signature, expires) = good.split_once('&').unwrap();
    let digits = signature.trim_start_matches("temp_url_sig=");
    let altered = format!("{}{}", &digits[..39], if digits.ends_with('0') { '1' } else { '0' });
    let mut all = vec![bad("nothing", call.clone(), refusal)];
    for (what, query) in [
        ("no signature", expires.to_owned()),
        ("no end", signature.to_owned()),
        ("an empty signature", format!("temp_url_sig=&{expires}")),
        ("an empty end", format!("{signature}&temp_url_expires=")),
        ("an altered signature", format!("temp_url_sig={altered}&{expires}")),
        ("half a signature", format!("temp_url_sig={}&{expires}", &digits[..20])),
        ("a longer signature", format!("{signature}0&{expires}")),
        ("a signature in capitals", format!("temp_url_sig={}&{expires}", digits.to_uppercase())),
        ("another end", format!("{signature}&temp_url_expires={}", now + 61)),
        ("an end that is no number", format!("{signature}&temp_url_expires=tomorrow")),
        ("two signatures", format!("{good}&{signature}")),
        ("two ends", format!("{good}&{expires}")),
        ("an expired URL", world.signed_url(&world.file, method, now - 1)),
        ("a URL that expires now", world.signed_url(&world.file, method, now)),
        ("a URL for deleting", world.signed_url(&world.file, "DELETE", now + 60)),
        ("a URL of another file", world.signed_url(&world.file.replace("PNG", "GIF"), method, now + 60)),
        ("a URL signed with another account's key", world.signed_url_elsewhere(method, now + 60)),
    ] {
        all.push(bad(what, call.clone().query(&query), refusal));
    }
    if call.method != "HEAD" {
        let other = if method == "PUT" { "GET" } else { "PUT" };
        let url = world.signed_url(&world.file, other, now + 60);
        all.push(bad(format!("a URL for {other}"), call.clone().query(&url), refusal));
    }
    for (what, token) in every_kind(world) {
        let query = format!("temp_url_sig={}&{expires}", token.replace([' ', '&', '#', '+', '%'], "x"));
        all.push(bad(format!("{what} as signature"), call.clone().query(&query), refusal));
        all.push(bad(format!("{what} in Authorization"), call.clone().authorization(token), refusal));
    }
    for account in [ELSEWHERE, "99", "a%20b"] {
        let mut call = call.clone().query(&good);
        call.path = call.path.replacen(TestServer::ACCOUNT, account, 1);
        all.push(bad(format!("account {account}"), call, refusal));
    }
    all
}

fn operator_tokens(call: &Call, world: &World) -> Vec<Bad> {
    let mut all = missing(call, Refusal::Operator);
    let mut tokens = of_other_kinds(world, "the operator's token");
    let token = TestServer::OPERATOR_TOKEN;
    tokens.push(("a longer token".to_owned(), format!("{token}!")));
    tokens.push(("a shorter token".to_owned(), token[1..].to_owned()));
    all.extend(authorizations(call, tokens, Refusal::Operator));
    all
}

fn app_jwts(call: &Call, world: &World) -> Vec<Bad> {
    let mut all = missing(call, Refusal::Consumer(401, 40_105));
    let mut tokens = bad_app_jwts(world);
    tokens.extend(incomplete_app_jwts(world));
    all.extend(authorizations(call, tokens, Refusal::Consumer(401, 40_102)));
    let unscoped = ("an AppJWT of another scope".to_owned(), world.unscoped.app_jwt.clone());
    all.extend(authorizations(call, vec![unscoped], Refusal::Consumer(403, 40_301)));
    all
}

fn on_behalf(call: &Call, case: &Case, world: &World) -> Vec<Bad> {
    let good_jws = case.consumer(world);
    let for_consumer = call.clone().header("x-lp-on-behalf", good_jws);
    let mut all = missing(&for_consumer, Refusal::SendApi(40_105));
    // The AppJWT is missed first, whatever the other header says.
    all.extend(missing(call, Refusal::SendApi(40_105)));
    let mut tokens = bad_app_jwts(world);
    tokens.push(("an AppJWT of another scope".to_owned(), world.unscoped.app_jwt.clone()));
    all.extend(authorizations(&for_consumer, tokens, Refusal::SendApi(40_102)));
    let incomplete = incomplete_app_jwts(world);
    all.extend(authorizations(&for_consumer, incomplete, Refusal::SendApi(40_001)));
    let by_app = call.clone().authorization(&world.app.app_jwt);
    for value in [None, Some(""), Some("Bearer "), Some("jwt")] {
        let by_app = by_app.clone();
        let call = value.map_or(by_app.clone(), |value| by_app.header("x-lp-on-behalf", value));
        all.push(bad(format!("{value:?} as ConsumerJWS"), call, Refusal::SendApi(40_104)));
    }
    for (what, token) in bad_consumer_jwss(world) {
        let call = by_app.clone().header("x-lp-on-behalf", token);
        all.push(bad(format!("{what} as ConsumerJWS"), call, Refusal::SendApi(40_103)));
    }
    all
}

fn clients(call: &Call, world: &World) -> Vec<Bad> {
    let invalid = Refusal::OAuth(401, "invalid_client");
    let incomplete = Refusal::OAuth(400, "invalid_request");
    let (id, secret) = (&world.app.id, &world.app.secret);
    let mut all = vec![bad("nothing", call.clone(), incomplete)];
    for (what, parameters) in [
        ("no secret", format!("grant_type=client_credentials&client_id={id}")),
        ("an empty secret", client_credentials(id, "")),
        ("no client", format!("grant_type=client_credentials&client_secret={secret}")),
        ("no grant", format!("client_id={id}&client_secret={secret}")),
        ("two secrets", format!("{}&client_secret=x", client_credentials(id, secret))),
    ] {
        all.push(bad(what, call.clone().query(&parameters), incomplete));
    }
    for (what, token) in every_kind(world) {
        // Nothing in a header stands for client credentials.
        all.push(bad(format!("{what} in Authorization"), call.clone().authorization(token), incomplete));
    }
    let jwt = &world.app.app_jwt;
    for (what, id, secret) in [
        ("a wrong secret", id, "m4q0v7t2b9k1s8e5h3g6d0a2u9"),
        ("half a secret", id, &secret[..13]),
        ("a longer secret", id, &format!("{secret}0")),
        ("the secret in capitals", id, &secret.to_uppercase()),
        ("an AppJWT as secret", id, jwt),
        ("a bearer as secret", id, &world.admin.bearer),
        ("another app's secret", id, &world.unscoped.secret),
        ("a disabled app", &world.disabled.id, &world.disabled.secret),
        ("a deleted app", &world.deleted.id, &world.deleted.secret),
        ("another account's app", &world.elsewhere.id, &world.elsewhere.secret),
        ("an unknown app", &"75588e18-0213-4e33-8174-883acac7e3c4".to_owned(), secret),
        ("the id in capitals", &id.to_uppercase(), secret),
        ("no id", &"garbled".to_owned(), secret),
    ] {
        all.push(bad(what, call.clone().query(&client_credentials(id, secret)), invalid));
    }
    all
}

fn logins(call: &Call, world: &World) -> Vec<Bad> {
    let (incomplete, wrong) = (Refusal::Login(400, 0), Refusal::Login(401, 8));
    let with = |body: Value| call.clone().body(body.to_string());
    let password = TestServer::PASSWORD;
    let mut all =
        vec![bad("nothing", call.clone(), incomplete), bad("no credentials", with(json!({})), incomplete)];
    for (what, name, password) in [
        ("a wrong password", TestServer::ADMIN, "wrong"),
        ("the name in capitals", "ADA", password),
        ("an unknown user", "nobody", password),
        ("a disabled user", "gone", password),
        ("a user of another account", "eve", password),
        ("the operator's token", "operator", TestServer::OPERATOR_TOKEN),
    ] {
        all.push(bad(what, with(json!({"username": name, "password": password})), wrong));
    }
    let [key, of_disabled, elsewhere, revoked] = &world.keys;
    for (what, member, value) in [
        ("another user's API key", "username", TestServer::ADMIN),
        ("an unknown API key", "appKey", &"0".repeat(32)),
        ("a garbled API key", "appKey", "1"),
        ("a wrong secret", "secret", &"0".repeat(32)),
        ("a wrong access token", "accessToken", &"0".repeat(32)),
        ("a wrong token secret", "accessTokenSecret", &"0".repeat(32)),
        ("an API key and a wrong password", "password", "wrong"),
    ] {
        let mut key = key.clone();
        key[member] = json!(value);
        all.push(bad(what, with(key), wrong));
    }
    for (what, key) in [
        ("a disabled user's API key", of_disabled),
        ("an API key of another account", elsewhere),
        ("a revoked API key", revoked),
    ] {
        all.push(bad(what, with(key.clone()), wrong));
    }
    let mut half = key.clone();
    half.as_object_mut().unwrap().remove("accessToken");
    all.push(bad("half an API key", with(half), incomplete));
    all.push(bad("SAML", with(json!({"jwt": "dummy", "assertion": "x"})), Refusal::Login(501, 0)));
    for account in [ELSEWHERE, "99", "a%20b"] {
        let mut elsewhere = with(json!({"username": TestServer::ADMIN, "password": password}));
        elsewhere.path = elsewhere.path.replace(TestServer::ACCOUNT, account);
        all.push(bad(format!("account {account}"), elsewhere, wrong));
    }
    all
}

fn sessions(call: &Call, world: &World) -> Vec<Bad> {
    let (unknown, mismatch) = (Refusal::Login(401, 0), Refusal::Login(401, 10));
    let visitor = &world.visitor;
    let with = |cookie: &str, csrf: &str| {
        let call = call.clone().header("cookie", format!("Session_id={cookie}"));
        call.body(json!({"csrf": csrf}).to_string())
    };
    let mut all =
        vec![bad("no cookie", call.clone().body(json!({"csrf": visitor.csrf}).to_string()), unknown)];
    for (what, session) in [
        ("an expired session", &world.expired),
        ("a disabled user's session", &world.disabled_user),
        ("a session after logout", &world.signed_out),
        ("another account's session", &world.admin_elsewhere),
    ] {
        let Session { cookie, csrf, .. } = session;
        all.push(bad(what, with(cookie, csrf), unknown));
    }
    for (what, token) in of_other_kinds(world, "a session cookie") {
        all.push(bad(format!("{what} as cookie"), with(&token, &visitor.csrf), unknown));
        all.push(bad(format!("{what} as csrf"), with(&visitor.cookie, &token), mismatch));
    }
    all.push(bad("another session's csrf", with(&visitor.cookie, &world.admin.csrf), mismatch));
    all.push(bad("an empty csrf", with(&visitor.cookie, ""), mismatch));
    let bearer = call.clone().authorization(format!("Bearer {}", visitor.bearer));
    let bearer = bearer.body(json!({"csrf": visitor.csrf}).to_string());
    all.push(bad("the bearer instead of the cookie", bearer, unknown));
    let account = with(&visitor.cookie, &visitor.csrf);
    for name in [ELSEWHERE, "99", "a%20b"] {
        let path = account.path.replace(TestServer::ACCOUNT, name);
        all.push(bad(format!("account {name}"), Call { path, ..account.clone() }, unknown));
    }
    all
}
