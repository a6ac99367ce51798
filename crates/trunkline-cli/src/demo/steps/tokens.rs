//! Steps 5 and 6: AppJWT (spec 03) and ConsumerJWS (spec 04).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use trunkline_wire::ConsumerId;

use crate::demo::call::Call;
use crate::demo::mismatch::{Mismatch, expect};
use crate::demo::walk::Walk;

/// How the connector calls the consumer.
pub(super) const EXTERNAL_ID: &str = "crm-4711";

/// Step 5: everything in the query, as the official sample sends it.
pub(crate) async fn app_jwt(walk: &mut Walk) -> Result<String, Mismatch> {
    let url = format!(
        "{}/sentinel/api/account/{}/app/token?v=1.0&grant_type=client_credentials&client_id={}&client_secret={}",
        walk.service("sentinel")?,
        walk.account,
        walk.client_id,
        walk.client_secret
    );
    let answer =
        walk.call(Call::post(url).header("content-type", "application/x-www-form-urlencoded")).await?;
    answer.status(200)?.members("", &["access_token", "token_type"])?.is("token_type", "Bearer")?;
    for (name, value) in [("cache-control", "no-store"), ("pragma", "no-cache")] {
        let found = answer.headers.get(name).and_then(|value| value.to_str().ok());
        expect(found == Some(value), format!("the header {name} is {found:?}, not {value}"))?;
    }
    let token = answer.text("access_token")?.to_owned();
    let claims = opened(walk, &token, &["aud", "azp", "scope", "iss", "exp", "iat"])?;
    expect(claims["aud"] == *walk.account, "aud is not the account")?;
    expect(claims["azp"] == *walk.client_id, "azp is not the client_id")?;
    expect(claims["scope"] == "msg.consumer", "scope is not msg.consumer")?;
    expect(claims["iss"] == "Sentinel", "iss is not Sentinel")?;
    let life = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
    expect(life == Some(3600), "exp is not an hour after iat")?;
    walk.app_jwt = token;
    Ok("valid for an hour".to_owned())
}

/// Step 6.
pub(crate) async fn consumer_jws(walk: &mut Walk) -> Result<String, Mismatch> {
    let url = format!("{}/api/account/{}/consumer?v=1.0", walk.service("idp")?, walk.account);
    let call = Call::post(url).authorization(&walk.app_jwt).json(&json!({"ext_consumer_id": EXTERNAL_ID}));
    let answer = walk.call(call).await?;
    answer.status(201)?.members("", &["token"])?;
    let token = answer.text("token")?.to_owned();
    let claims = opened(walk, &token, &["account_id", "ext_consumer_id", "lp_consumer_id"])?;
    expect(claims["account_id"] == *walk.account, "account_id is not the account")?;
    expect(claims["ext_consumer_id"] == EXTERNAL_ID, "ext_consumer_id is not the one that was asked for")?;
    let consumer = claims["lp_consumer_id"].as_str().unwrap_or_default();
    expect(ConsumerId::parse(consumer).is_ok(), "lp_consumer_id is not 64 lower-case hex digits")?;
    consumer.clone_into(&mut walk.consumer);
    walk.consumer_jws = token;
    Ok(format!("{EXTERNAL_ID} is a consumer for good"))
}

/// Decodes a token and checks header and claims down to the order of their members (spec 03 §4, 04 §3).
fn opened(walk: &mut Walk, token: &str, claims: &[&str]) -> Result<Value, Mismatch> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err(Mismatch::new("the token has not three parts"));
    };
    let decode = |part: &str| {
        BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Mismatch::new("the token is not base64url"))
    };
    let text =
        |part: &str| String::from_utf8(decode(part)?).map_err(|_| Mismatch::new("the token is not UTF-8"));
    let (header, payload) = (text(header)?, text(payload)?);
    walk.note("header", &header);
    walk.note("claims", &payload);
    let is_header = header.starts_with(r#"{"kid":""#) && header.ends_with(r#"","typ":"JWT","alg":"RS256"}"#);
    expect(is_header, "the header is not kid, typ, alg")?;
    expect(decode(signature)?.len() == 256, "the signature has not 2048 bits")?;
    let value: Value = serde_json::from_str(&payload).map_err(Mismatch::new)?;
    expect(
        value.as_object().is_some_and(|members| members.len() == claims.len()),
        format!("the claims are not {claims:?}"),
    )?;
    let places: Vec<_> = claims.iter().map(|claim| payload.find(&format!("\"{claim}\":"))).collect();
    let in_order = places.iter().all(Option::is_some) && places.is_sorted();
    expect(in_order, format!("the claims are not {claims:?} in this order"))?;
    Ok(value)
}
