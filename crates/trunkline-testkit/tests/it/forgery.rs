//! Tokens that must not pass.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use trunkline_model::KeyPurpose;
use trunkline_testkit::TestServer;

/// A segment of a token, as JSON.
pub(crate) fn segment(token: &str, index: usize) -> Value {
    serde_json::from_str(&segment_text(token, index)).unwrap()
}

/// A segment of a token, as its text.
pub(crate) fn segment_text(token: &str, index: usize) -> String {
    let bytes = BASE64URL_NOPAD.decode(token.split('.').nth(index).unwrap().as_bytes()).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Variants of a token that must all fail.
pub(crate) fn forgeries(token: &str) -> Vec<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let kid = &segment(token, 0)["kid"];
    let none = encode(&json!({"kid": kid, "typ": "JWT", "alg": "none"}));
    let unknown = encode(&json!({"kid": "appjwt-01-01-70", "typ": "JWT", "alg": "RS256"}));
    let no_kid = encode(&json!({"typ": "JWT", "alg": "RS256"}));
    let other_hash = encode(&json!({"kid": kid, "typ": "JWT", "alg": "RS512"}));
    let mut flipped = signature.to_owned();
    let last = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(0..1, last);
    vec![
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{unknown}.{claims}.{signature}"),
        format!("{no_kid}.{claims}.{signature}"),
        format!("{other_hash}.{claims}.{signature}"),
        format!("{header}.{claims}.{flipped}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("a{}.{claims}.{signature}", &header[1..]),
        format!("{token}.{signature}"),
        "..".to_owned(),
        "garbled".to_owned(),
        "x".repeat(8000),
    ]
}

/// The token signed anew with HS256, the secret being a public key in each form in which libraries print one.
pub(crate) fn signed_with_public_keys(token: &str, jwks: &Value) -> Vec<String> {
    let mut forged = Vec::new();
    for key in jwks["keys"].as_array().unwrap() {
        let header = json!({"kid": key["kid"], "typ": "JWT", "alg": "HS256"}).to_string();
        let signed =
            format!("{}.{}", BASE64URL_NOPAD.encode(header.as_bytes()), token.split('.').nth(1).unwrap());
        let number = |name: &str| BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap();
        let der = pkcs1(&number("n"), &number("e"));
        let pem = data_encoding::BASE64.encode(&der);
        let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{pem}\n-----END RSA PUBLIC KEY-----\n");
        for secret in [number("n"), der, pem.into_bytes(), key.to_string().into_bytes()] {
            let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
            let tag = aws_lc_rs::hmac::sign(&secret, signed.as_bytes());
            forged.push(format!("{signed}.{}", BASE64URL_NOPAD.encode(tag.as_ref())));
        }
    }
    forged
}

/// A token with these claims and a good signature by the active key of a purpose.
pub(crate) fn signed(server: &TestServer, purpose: KeyPurpose, claims: &Value) -> String {
    server.services.keys.active(purpose).unwrap().sign(claims).unwrap()
}

/// `RSAPublicKey` of RFC 8017.
fn pkcs1(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = [integer(modulus), integer(exponent)].concat();
    tagged(0x30, &numbers)
}

fn integer(number: &[u8]) -> Vec<u8> {
    // A leading zero keeps the number positive.
    let sign: &[u8] = if number.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    tagged(2, &[sign, number].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(7)..];
    let mut der = vec![tag];
    if content.len() >= 0x80 {
        der.push(0x80 | u8::try_from(length.len()).unwrap());
    }
    der.extend_from_slice(length);
    der.extend_from_slice(content);
    der
}
