//! Spec 03 over the wire.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_model::KeyPurpose;
use trunkline_services::auth::Operator;
use trunkline_testkit::{Answer, App, TestServer};
use trunkline_wire::installations::Manifest;

use crate::forgery::{segment, segment_text};

const V1: &str = "/sentinel/api/account/10020030/app/token";
const V2: &str = "/sentinel/api/v2/account/10020030/app/token";
const FORM: &str = "application/x-www-form-urlencoded";

async fn ask(server: &TestServer, path: &str, content_type: &str, body: &str) -> Answer {
    let request = server.request(Method::POST, path).header("content-type", content_type);
    Answer::to(request.body(body.to_owned())).await
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json;charset=utf-8"));
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(answer.text, format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#));
    token
}

fn credentials(app: &App<'_>) -> String {
    format!("client_id={}&client_secret={}", app.id, app.secret)
}

#[tokio::test]
async fn all_variants_get_the_same_token_within_a_second() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let client = credentials(&app);
    let grant = "grant_type=client_credentials";
    let first = token(&app.token().await);
    for (path, content_type, body) in [
        // A to D; then the forms of spec 03's open points.
        (format!("{V1}?v=1.0&{grant}&{client}"), FORM, String::new()),
        (format!("{V1}?v=1.0&{grant}"), FORM, client.clone()),
        (format!("{V1}?v=1.0"), FORM, format!("{client}&{grant}")),
        (V2.to_owned(), FORM, format!("{client}&{grant}")),
        (format!("{V1}?v=1.0&{grant}&{client}"), "application/json", String::new()),
        (format!("{V1}?v=1.0&{grant}&{client}"), FORM, format!("{grant}&{client}")),
        (V1.to_owned(), "application/x-www-form-urlencoded; charset=UTF-8", format!("{grant}&{client}")),
        (format!("{V2}?{grant}&{client}"), FORM, String::new()),
        (format!("{V1}?v=1&{}&{client}", "grant%5Ftype=client%5Fcredentials"), FORM, String::new()),
        (V1.to_owned(), FORM, format!("scope=+msg.consumer+&unknown=1&{grant}&{client}")),
        (V1.to_owned(), FORM, format!("scope=&{grant}&{client}")),
    ] {
        assert_eq!(token(&ask(&server, &path, content_type, &body).await), first, "{path} {body}");
    }
    server.clock.advance(std::time::Duration::from_secs(1));
    assert_ne!(token(&app.token().await), first);
}

/// Spec 03 §4, byte for byte.
#[tokio::test]
async fn the_token_has_the_header_and_claims_of_the_samples_in_their_order() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let token = token(&app.token().await);
    assert_eq!(segment_text(&token, 0), r#"{"kid":"appjwt-14-11-23","typ":"JWT","alg":"RS256"}"#);
    assert_eq!(
        segment_text(&token, 1),
        format!(
            r#"{{"aud":"10020030","azp":"{}","scope":"msg.consumer","iss":"Sentinel","exp":1700003600,"iat":1700000000}}"#,
            app.id
        )
    );
    let signature = token.split('.').nth(2).unwrap();
    assert_eq!(data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap().len(), 256);
    verify(&server, &token).await;
}

/// Verifies with nothing but the JWKS, as a stranger would.
async fn verify(server: &TestServer, token: &str) {
    let answer = server.get("/sentinel/well-known/jwks").await;
    assert_eq!(answer.header("cache-control"), Some("max-age=3600"));
    let jwks = answer.json();
    let kid = segment(token, 0)["kid"].clone();
    let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
    let number =
        |name: &str| data_encoding::BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let public = aws_lc_rs::signature::RsaPublicKeyComponents { n: number("n"), e: number("e") };
    public
        .verify(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .expect("the token verifies by the published key");
}

#[tokio::test]
async fn rotation_publishes_before_it_signs_and_fails_nobody() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let keys =
        async || server.get("/sentinel/well-known/jwks").await.json()["keys"].as_array().unwrap().clone();
    let (before, old) = (keys().await, app.app_jwt().await);
    server.services.keys.rotate(&Operator::this_process(), KeyPurpose::AppJwt).await.unwrap();
    server.clock.advance(std::time::Duration::from_secs(1));
    let new = app.app_jwt().await;
    let kid = |token: &str| segment(token, 0)["kid"].clone();
    assert_ne!(kid(&old), kid(&new));
    assert!(before.iter().any(|key| key["kid"] == kid(&new)), "it was published before it signed");
    for token in [&old, &new] {
        verify(&server, token).await;
    }
    for key in keys().await {
        let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.len(), 6, "{names:?}");
        assert_eq!(
            (&key["kty"], &key["use"], &key["alg"], &key["e"]),
            (&json!("RSA"), &json!("sig"), &json!("RS256"), &json!("AQAB"))
        );
    }
}

fn assert_refused(answer: &Answer, status: u16, error: &str, what: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["error"]), (status, &json!(error)), "{what}");
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
        "{what}"
    );
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    assert_eq!(answer.header("www-authenticate"), None);
}

#[tokio::test]
async fn every_row_of_the_error_table() {
    let server = TestServer::new().await;
    let app = server.app().await;
    let client = credentials(&app);
    let grant = "grant_type=client_credentials";
    for (query, body, status, error) in [
        ("v=2.0", format!("{grant}&{client}"), 400, "invalid_request"),
        ("v=", format!("{grant}&{client}&v=x"), 400, "invalid_request"),
        ("v=1.0", format!("{client}&{grant}&{grant}"), 400, "invalid_request"),
        ("v=1.0&v=1.0", format!("{client}&{grant}"), 400, "invalid_request"),
        ("v=1.0&client_secret=x", format!("{client}&{grant}"), 400, "invalid_request"),
        ("v=1.0", format!("{grant}&{client}&scope=%ff"), 400, "invalid_request"),
        ("v=1.0&%zz", format!("{grant}&{client}"), 400, "invalid_request"),
        ("v=1.0", client.clone(), 400, "invalid_request"),
        ("v=1.0", grant.to_owned(), 400, "invalid_request"),
        ("v=1.0", format!("{client}&grant_type="), 400, "invalid_request"),
        ("v=1.0", format!("{client}&grant_type=password"), 400, "unsupported_grant_type"),
        ("v=1.0", format!("{client}&grant_type=Client_Credentials"), 400, "unsupported_grant_type"),
        ("v=1.0", format!("{grant}&{client}&scope=msg.consumer+admin"), 400, "invalid_scope"),
        ("v=1.0", format!("{grant}&client_id={}&client_secret=%22%5c%c3%bc", app.id), 401, "invalid_client"),
        // In a query `+` is no space; a secret that holds one is another secret.
        (
            "v=1.0",
            format!("{grant}&client_id={}&client_secret={}+", app.id, app.secret),
            401,
            "invalid_client",
        ),
    ] {
        let what = format!("{query} {body}");
        assert_refused(&ask(&server, &format!("{V1}?{query}"), FORM, &body).await, status, error, &what);
    }
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let answer = ask(&server, V1, content_type, &format!("{grant}&{client}")).await;
        assert_refused(&answer, 400, "invalid_request", content_type);
    }
}

#[tokio::test]
async fn grants_and_scopes_are_those_of_the_manifest() {
    let server = TestServer::new().await;
    let admin = Operator::this_process().account_admin(TestServer::account());
    let ask_for = async |manifest: Value, scope: &str| {
        let manifest: Manifest = serde_json::from_value(manifest).unwrap();
        let (app, _) = server.services.installations.create(&admin, manifest, None).await.unwrap();
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}{scope}",
            app.app.id,
            app.secret.expose()
        );
        ask(&server, V1, FORM, &body).await
    };
    let only_code =
        json!({"client_name": "a", "grant_types": ["authorization_code"], "scope": "msg.consumer"});
    assert_refused(&ask_for(only_code, "").await, 400, "unauthorized_client", "another grant");
    let two = |name: &str| json!({"client_name": name, "scope": "msg.consumer other"});
    assert_eq!(segment(&token(&ask_for(two("b"), "").await), 1)["scope"], "msg.consumer other");
    assert_eq!(segment(&token(&ask_for(two("c"), "&scope=other").await), 1)["scope"], "other");
    let none = json!({"client_name": "d"});
    assert_refused(&ask_for(none, "&scope=msg.consumer").await, 400, "invalid_scope", "no scope held");
}
