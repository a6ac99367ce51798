use aws_lc_rs::hmac;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Signer, testing};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Purpose {
    App,
    Consumer,
}

fn keys() -> VerifyingKeys<Purpose> {
    let mut keys = VerifyingKeys::default();
    keys.add("app".to_owned(), Purpose::App, testing::key(0).public());
    keys.add("consumer".to_owned(), Purpose::Consumer, testing::key(1).public());
    keys
}

fn signed(kid: &str, number: usize) -> String {
    Signer::new(kid.to_owned(), testing::key(number)).sign(&json!({"aud": "1", "exp": 1})).unwrap()
}

fn segment(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn verify(token: &str) -> Result<Value, VerifyError> {
    keys().verify::<Value>(token, Purpose::App).map(|(claims, _)| claims)
}

#[test]
fn a_token_verifies_for_its_purpose() {
    assert_eq!(verify(&signed("app", 0)).unwrap(), json!({"aud": "1", "exp": 1}));
    let keys = keys();
    let token = signed("consumer", 1);
    let (_, kid) = keys.verify::<Value>(&token, Purpose::Consumer).unwrap();
    assert_eq!(kid, "consumer");
}

#[test]
fn a_token_of_another_purpose_is_refused() {
    assert_eq!(verify(&signed("consumer", 1)).unwrap_err(), VerifyError::WrongPurpose);
    // Signed by the consumer key but named after the app key, and the other way round.
    assert_eq!(verify(&signed("app", 1)).unwrap_err(), VerifyError::BadSignature);
    let renamed = signed("consumer", 0);
    assert_eq!(keys().verify::<Value>(&renamed, Purpose::Consumer).unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn unknown_and_missing_key_names_are_refused() {
    assert_eq!(verify(&signed("other", 0)).unwrap_err(), VerifyError::UnknownKey);
    let good = signed("app", 0);
    let rest = good.split_once('.').unwrap().1;
    let nameless = format!("{}.{rest}", segment(&json!({"typ": "JWT", "alg": "RS256"})));
    assert_eq!(verify(&nameless).unwrap_err(), VerifyError::UnknownKey);
}

#[test]
fn alg_none_is_refused() {
    let claims = segment(&json!({"aud": "1", "exp": 1}));
    for alg in ["none", "None", "NONE", ""] {
        let header = segment(&json!({"kid": "app", "typ": "JWT", "alg": alg}));
        for token in
            [format!("{header}.{claims}."), format!("{header}.{claims}"), format!("{header}.{claims}.AAAA")]
        {
            assert!(verify(&token).is_err(), "{alg}");
        }
    }
}

#[test]
fn hs256_with_the_public_key_as_secret_is_refused() {
    let public = testing::key(0).public();
    let modulus = BASE64URL_NOPAD.decode(public.n.as_bytes()).unwrap();
    let jwk = serde_json::to_vec(&public.jwk("app")).unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&modulus));
    let head = format!(
        "{}.{}",
        segment(&json!({"kid": "app", "typ": "JWT", "alg": "HS256"})),
        segment(&json!({"aud": "1", "exp": 1}))
    );
    for secret in [modulus.as_slice(), public.n.as_bytes(), &jwk, pem.as_bytes()] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), head.as_bytes());
        let token = format!("{head}.{}", BASE64URL_NOPAD.encode(tag.as_ref()));
        assert_eq!(verify(&token).unwrap_err(), VerifyError::WrongAlgorithm);
    }
}

#[test]
fn other_rsa_algorithms_are_refused() {
    let good = signed("app", 0);
    let rest = good.split_once('.').unwrap().1;
    for alg in ["RS384", "RS512", "PS256", "ES256", "EdDSA"] {
        let token = format!("{}.{rest}", segment(&json!({"kid": "app", "typ": "JWT", "alg": alg})));
        assert_eq!(verify(&token).unwrap_err(), VerifyError::WrongAlgorithm, "{alg}");
    }
}

#[test]
fn a_key_inside_the_token_is_not_believed() {
    let attacker = testing::key(2);
    let header =
        segment(&json!({"kid": "evil", "typ": "JWT", "alg": "RS256", "jwk": attacker.public().jwk("evil")}));
    let head = format!("{header}.{}", segment(&json!({"aud": "1", "exp": 1})));
    let token = format!("{head}.{}", BASE64URL_NOPAD.encode(&attacker.sign(head.as_bytes()).unwrap()));
    assert_eq!(verify(&token).unwrap_err(), VerifyError::UnknownKey);
}

#[test]
fn critical_extensions_are_refused() {
    let key = testing::key(0);
    let head = format!(
        "{}.{}",
        segment(&json!({"kid": "app", "typ": "JWT", "alg": "RS256", "crit": ["b64"], "b64": false})),
        segment(&json!({"aud": "1"}))
    );
    let token = format!("{head}.{}", BASE64URL_NOPAD.encode(&key.sign(head.as_bytes()).unwrap()));
    assert_eq!(verify(&token).unwrap_err(), VerifyError::Malformed);
}

#[test]
fn the_documentations_typo_token_is_refused() {
    // Spec 03 §4: `ayJ…` decodes to a header that starts with `k`.
    let typo = signed("app", 0).replacen("eyJ", "ayJ", 1);
    assert_eq!(verify(&typo).unwrap_err(), VerifyError::Malformed);
}

#[test]
fn claims_of_another_type_are_malformed() {
    #[derive(Debug, serde::Deserialize)]
    struct Claims {
        #[expect(dead_code, reason = "only its type matters")]
        exp: String,
    }
    assert_eq!(keys().verify::<Claims>(&signed("app", 0), Purpose::App).unwrap_err(), VerifyError::Malformed);
}

#[test]
fn a_huge_token_is_refused_unread() {
    assert_eq!(verify(&"a".repeat(MAX_TOKEN_LEN + 1)).unwrap_err(), VerifyError::Malformed);
}

#[test]
fn the_jwks_has_what_is_published() {
    let jwks = keys().jwks(|kid| kid == "app");
    assert_eq!(jwks.len(), 1);
    assert_eq!(jwks[0].kid, "app");
}

proptest! {
    #[test]
    fn garbage_never_verifies(garbage in ".*") {
        prop_assert!(verify(&garbage).is_err());
    }

    #[test]
    fn token_shaped_garbage_never_verifies(garbage in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}") {
        prop_assert!(verify(&garbage).is_err());
    }

    #[test]
    fn no_changed_character_goes_unnoticed(at: prop::sample::Index, new in "[A-Za-z0-9_.-]") {
        let good = signed("app", 0);
        let at = at.index(good.len());
        let changed = format!("{}{new}{}", &good[..at], &good[at + 1..]);
        if changed != good {
            prop_assert!(verify(&changed).is_err());
        }
    }
}
