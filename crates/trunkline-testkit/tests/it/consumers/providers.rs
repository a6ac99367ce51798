//! Consumers whom the account has signed in itself. Source: spec 24 §2, 21 §7.7.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use reqwest::Method;
use serde_json::{Value, json};
use trunkline_jose::testing;
use trunkline_model::Clock as _;
use trunkline_testkit::{Answer, TestServer};

use super::{agent_in, done, events, open, say, server};
use crate::forgery::segment;

const ISSUER: &str = "https://id.example.org";
const PATH: &str = "/operator/v1/accounts/10020030/identity-provider";

async fn call(server: &TestServer, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = server.request(method, path).bearer_auth(TestServer::OPERATOR_TOKEN);
    Answer::to(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

/// The public half of a key of this number.
fn jwk(kid: &str, key: usize) -> Value {
    serde_json::to_value(testing::key(key).public().jwk(kid)).unwrap()
}

async fn trust(server: &TestServer, provider: &Value) {
    let answer = call(server, Method::PUT, PATH, Some(provider)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn provider() -> Value {
    json!({"issuer": ISSUER, "audience": "chat", "keys": [jwk("a", 1), jwk("b", 2)]})
}

fn signed(key: usize, header: &Value, claims: &Value) -> String {
    let segment = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", segment(header), segment(claims));
    let signature = testing::key(key).sign(text.as_bytes()).unwrap();
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn claims(server: &TestServer) -> Value {
    let now = server.clock.now().0 / 1000;
    json!({"iss": ISSUER, "aud": ["other", "chat"], "sub": "crm-4711", "exp": now + 600})
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": "a"})
}

async fn authenticate(server: &TestServer, token: &str) -> Answer {
    server.post_idp("authenticate", &json!({"authCode": token})).await
}

#[tokio::test]
async fn a_provider_is_set_shown_and_removed() {
    let server = server().await;
    let none = call(&server, Method::GET, PATH, None).await;
    assert_eq!(none.status, 404);
    assert!(none.text.contains("trunkline account identity set"), "{none:?}");
    let mut wanted = provider();
    wanted["name"] = json!("staff login");
    wanted["keys"][0]["x5t"] = json!("left out");
    trust(&server, &wanted).await;
    let shown = call(&server, Method::GET, PATH, None).await.json();
    wanted["keys"][0].as_object_mut().unwrap().remove("x5t");
    assert_eq!(shown, wanted);
    trust(&server, &shown).await;
    for _ in 0..2 {
        assert_eq!(call(&server, Method::DELETE, PATH, None).await.status, 200);
        assert_eq!(call(&server, Method::GET, PATH, None).await.status, 404);
    }
    let token = signed(1, &header(), &claims(&server));
    assert_eq!(authenticate(&server, &token).await.json()["internalErrorCode"], 40_107, "nobody is trusted");
}

#[tokio::test]
async fn a_provider_against_the_rules_is_refused_with_the_rule() {
    let server = server().await;
    let with = |member: &str, value: Value| {
        let mut key = jwk("a", 1);
        key[member] = value;
        json!({"issuer": ISSUER, "keys": [key]})
    };
    let short = BASE64URL_NOPAD.encode(&[0xff; 128]);
    for (provider, rule) in [
        (json!({"issuer": "", "keys": [jwk("a", 1)]}), "issuer must have"),
        (json!({"issuer": ISSUER, "keys": []}), "keys must be"),
        (json!({"issuer": ISSUER, "keys": [jwk("a", 1), jwk("a", 2)]}), "keys[1]: kid is there twice"),
        (with("kty", json!("EC")), "kty must be RSA"),
        (with("alg", json!("HS256")), "alg must be RS256"),
        (with("use", json!("enc")), "use must be sig"),
        (with("n", json!(short)), "2048"),
        (with("d", json!("AQ")), "private key"),
        (json!({"issuer": ISSUER, "keys": [{"kty": "oct", "k": "c2VjcmV0"}]}), "kty must be RSA"),
        (json!({"issuer": ISSUER, "jwks_uri": "https://id.example.org/jwks", "keys": []}), "unknown field"),
    ] {
        let refused = call(&server, Method::PUT, PATH, Some(&provider)).await;
        assert_eq!(refused.status, 400, "{provider}");
        assert!(refused.text.contains(rule), "{refused:?}");
    }
    let nowhere = "/operator/v1/accounts/unknown/identity-provider";
    assert_eq!(call(&server, Method::PUT, nowhere, Some(&provider())).await.status, 404);
}

/// The consumer is the one whom a connector names alike, and agents see what the token says.
#[tokio::test]
async fn who_was_signed_in_by_the_account_is_a_consumer() {
    // Strangers need not be welcome.
    let server = TestServer::new().await;
    trust(&server, &provider()).await;
    let mut claims = claims(&server);
    let sde = json!({"type": "ctmrinfo", "info": {"ctype": "gold"}});
    claims["lp_sdes"] = json!([sde]);
    claims["acr"] = json!("loa2");
    let answer = authenticate(&server, &signed(1, &header(), &claims)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = answer.json()["jwt"].as_str().unwrap().to_owned();
    let issued = segment(&token, 1);
    assert_eq!(issued["lp.ext"], json!({"sub": "crm-4711", "iss": ISSUER}));
    assert_eq!((&issued["exp"], &issued["aud"]), (&claims["exp"], &json!("acc:10020030")));

    let mut socket = server.consumer_socket(&token).await;
    let profile = json!({"firstName": "Ada", "acr": "loa9", "claims": {"iss": "me"}});
    done(&mut socket, "userprofile.SetUserProfile", profile).await;
    let conversation = open(&mut socket).await;
    say(&mut socket, &conversation, "hello").await;
    let me = events(&mut socket).await[0]["originatorId"].clone();
    assert_eq!(me, issued["sub"]);
    let mut agent = agent_in(&server, &conversation).await;
    let shown = done(&mut agent, ".ams.userprofile.GetUserProfile", me.clone()).await;
    let expected = json!({"claims": {"iss": ISSUER, "lp_sdes": [sde]}, "acr": "loa2", "firstName": "Ada"});
    assert_eq!(shown, expected);

    let app = server.app().await;
    let connector = app.consumer("crm-4711").await;
    let second = connector.try_open().await;
    assert_eq!(second.status, 400, "the consumer has an open conversation: {second:?}");

    server.clock.advance(Duration::from_secs(600 + 30));
    assert_eq!(socket.closed().await, (4401, "token expired".to_owned()));
}

#[tokio::test]
async fn a_token_opens_sockets_for_an_hour_at_most() {
    let server = server().await;
    trust(&server, &json!({"issuer": ISSUER, "keys": [jwk("a", 1)]})).await;
    let mut claims = claims(&server);
    let now = server.clock.now().0 / 1000;
    (claims["exp"], claims["aud"]) = (json!(now + 86_400), json!(7));
    // No name is needed for the only key; without an audience nobody looks at it.
    let exchanged = server
        .post_idp(
            "app/web/authenticate?v=3.0",
            &json!({"id_token": signed(1, &json!({"alg": "RS256"}), &claims)}),
        )
        .await;
    assert_eq!(exchanged.status, 200, "{exchanged:?}");
    let token = exchanged.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(segment(&token, 1)["exp"], now + 3600);
    let renewed = server.post_idp("anonymous/authorize", &json!({"id_token": token})).await;
    assert_eq!(renewed.status, 401, "it cannot be renewed");
}

#[tokio::test]
async fn other_tokens_are_refused_each_with_its_reason() {
    let server = server().await;
    trust(&server, &provider()).await;
    let now = server.clock.now().0 / 1000;
    let good = claims(&server);
    let with = |member: &str, value: Value| {
        let mut claims = good.clone();
        claims[member] = value;
        if claims[member].is_null() {
            claims.as_object_mut().unwrap().remove(member);
        }
        signed(1, &header(), &claims)
    };
    let alg = |alg: &str| signed(1, &json!({"alg": alg, "kid": "a"}), &good);
    for (what, token, code) in [
        ("no signature", format!("{}.", alg("none").rsplit_once('.').unwrap().0), 40_109),
        ("none", alg("none"), 40_109),
        ("HS256", alg("HS256"), 40_109),
        ("another key", signed(3, &header(), &good), 40_109),
        ("the other key's name", signed(1, &json!({"alg": "RS256", "kid": "b"}), &good), 40_109),
        ("an unknown name", signed(1, &json!({"alg": "RS256", "kid": "c"}), &good), 40_109),
        ("no name", signed(1, &json!({"alg": "RS256"}), &good), 40_109),
        ("garbage", "x".to_owned(), 40_109),
        ("issuer", with("iss", json!("https://elsewhere.example.org")), 40_110),
        ("no issuer", with("iss", Value::Null), 40_110),
        ("audience", with("aud", json!("other")), 40_110),
        ("no audience", with("aud", Value::Null), 40_110),
        ("no end", with("exp", Value::Null), 40_111),
        ("an end in words", with("exp", json!("soon")), 40_111),
        ("over", with("exp", json!(now - 31)), 40_108),
        ("to come", with("nbf", json!(now + 31)), 40_112),
        ("no subject", with("sub", Value::Null), 40_111),
        ("an empty subject", with("sub", json!("")), 40_111),
        ("a long subject", with("sub", json!("x".repeat(257))), 40_111),
        ("a name of ours", with("sub", json!("anonymous-0123")), 40_111),
    ] {
        let refused = authenticate(&server, &token).await;
        assert_eq!((refused.status, &refused.json()["internalErrorCode"]), (401, &json!(code)), "{what}");
    }
    for (what, token) in [
        ("as it is", with("x", json!(1))),
        ("a fraction of a second", with("exp", json!(1_700_000_600.5))),
        ("clocks differ", with("nbf", json!(now + 30))),
    ] {
        assert_eq!(authenticate(&server, &token).await.status, 200, "{what}");
    }
    // What one account trusts is nothing to another.
    let path = "/api/account/20030040/authenticate";
    let body = json!({"authCode": signed(1, &header(), &good)});
    let elsewhere = Answer::to(server.request(Method::POST, path).json(&body)).await;
    assert_eq!(elsewhere.status, 401, "{elsewhere:?}");
}

#[tokio::test]
async fn strangers_do_not_use_up_what_the_accounts_own_consumers_need() {
    let mut settings = trunkline_testkit::Settings::default();
    settings.options.idp.identities.anonymous = true;
    settings.options.idp.identities.per_minute = 1;
    let server = TestServer::with(settings).await;
    trust(&server, &provider()).await;
    server.sign_up().await;
    assert_eq!(server.post_idp("signup", &json!({})).await.status, 429);
    let token = signed(1, &header(), &claims(&server));
    for _ in 0..10 {
        assert_eq!(authenticate(&server, &token).await.status, 200);
    }
    assert_eq!(authenticate(&server, &token).await.status, 429);
}
