//! Whose tokens an account trusts for consumers it has signed in itself. Source: spec 24 §2.
//!
//! The keys are set by the operator and nothing is fetched: the server calls nobody in order to believe somebody.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use trunkline_jose::TrustedKeys;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::operator::identity_provider as wire;
use trunkline_wire::operator::identity_provider::ProviderKey;
use trunkline_wire::{EpochMillis, EpochSeconds, ExternalConsumerId};

use crate::Error;

/// The longest issuer, audience, name or key name, in characters.
const MAX_TEXT: usize = 256;
/// The most keys: some that sign, and some that did.
const MAX_KEYS: usize = 16;
/// How the names begin that the platform makes up for consumers itself.
pub(super) const ANONYMOUS: &str = "anonymous-";

/// An identity provider that an account trusts, ready to verify its tokens.
#[derive(Clone)]
pub struct IdentityProvider {
    definition: wire::IdentityProvider,
    keys: TrustedKeys,
}

/// Why a provider's token was refused. Texts are safe to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderTokenRefusal {
    /// No RS256 token of one of its keys.
    #[error("the token was not signed with RS256 by a key of the account's identity provider")]
    Signature,
    /// Of another issuer, or for somebody else.
    #[error("{0} of the token is not what the account expects")]
    Mismatch(&'static str),
    /// A claim that is needed.
    #[error("{0} of the token is missing or cannot be used")]
    Claim(&'static str),
    /// Not valid yet.
    #[error("the token is not valid yet")]
    TooEarly,
    /// Past its end.
    #[error("the token has expired")]
    Expired,
}

/// What a verified token says about a consumer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verified {
    /// `sub`: the name outside the platform.
    pub(super) external: ExternalConsumerId,
    /// `exp`.
    pub(super) end: EpochSeconds,
    /// What is shown to agents: `claims` and `acr` of a profile (spec 21 §7.7).
    pub(super) claims: Members,
    pub(super) acr: Option<JsValue>,
}

/// The claims as they may come.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Option<JsValue>,
    #[serde(default, deserialize_with = "list")]
    aud: Vec<JsValue>,
    #[serde(default)]
    sub: Option<JsValue>,
    #[serde(default)]
    exp: Option<JsValue>,
    #[serde(default)]
    nbf: Option<JsValue>,
    #[serde(default)]
    acr: Option<JsValue>,
    #[serde(default, deserialize_with = "list")]
    lp_sdes: Vec<JsValue>,
}

/// A list, or its only element.
fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<JsValue>, D::Error> {
    Ok(match JsValue::deserialize(deserializer)? {
        JsValue::Array(list) => list,
        JsValue::Null => Vec::new(),
        one => vec![one],
    })
}

impl IdentityProvider {
    /// Checks a provider.
    ///
    /// # Errors
    /// [`Error::Invalid`]; the text names member and rule.
    pub fn new(definition: wire::IdentityProvider) -> Result<Self, Error> {
        let invalid = |text: String| Err(Error::Invalid(text));
        let texts = [
            ("name", definition.name.as_ref()),
            ("issuer", Some(&definition.issuer)),
            ("audience", definition.audience.as_ref()),
        ];
        for (name, text) in texts {
            if text.is_some_and(|text| !(1..=MAX_TEXT).contains(&text.chars().count())) {
                return invalid(format!("{name} must have 1 to {MAX_TEXT} characters"));
            }
        }
        if !(1..=MAX_KEYS).contains(&definition.keys.len()) {
            return invalid(format!("keys must be 1 to {MAX_KEYS}"));
        }
        let mut keys = TrustedKeys::default();
        for (index, key) in definition.keys.iter().enumerate() {
            let others = &definition.keys[..index];
            if let Err(rule) = check(key, others, definition.keys.len()) {
                return invalid(format!("keys[{index}]: {rule}"));
            }
            if let Err(error) = keys.add(key.kid.clone(), &key.n, &key.e) {
                return invalid(format!("keys[{index}]: {error}"));
            }
        }
        Ok(Self { definition, keys })
    }

    /// The provider as it was set.
    pub fn definition(&self) -> &wire::IdentityProvider {
        &self.definition
    }

    /// Reads a token of a consumer. Clocks may differ by `skew`.
    pub(super) fn verify(
        &self,
        token: &str,
        now: EpochMillis,
        skew: Duration,
    ) -> Result<Verified, ProviderTokenRefusal> {
        use ProviderTokenRefusal as Refusal;
        let claims: Claims = self.keys.verify(token).map_err(|_| Refusal::Signature)?;
        if claims.iss.as_ref().and_then(JsValue::as_text) != Some(&self.definition.issuer) {
            return Err(Refusal::Mismatch("iss"));
        }
        if let Some(audience) = &self.definition.audience
            && !claims.aud.iter().any(|aud| aud.as_text() == Some(audience))
        {
            return Err(Refusal::Mismatch("aud"));
        }
        let time = |claim: &JsValue, name| whole_seconds(claim).ok_or(Refusal::Claim(name));
        let end = time(claims.exp.as_ref().ok_or(Refusal::Claim("exp"))?, "exp")?;
        if now >= end.plus(skew).millis() {
            return Err(Refusal::Expired);
        }
        if let Some(begin) = &claims.nbf
            && now.plus(skew) < time(begin, "nbf")?.millis()
        {
            return Err(Refusal::TooEarly);
        }
        let sub = claims.sub.as_ref().and_then(JsValue::as_text).ok_or(Refusal::Claim("sub"))?;
        let external = ExternalConsumerId::parse(sub).map_err(|_| Refusal::Claim("sub"))?;
        if sub.starts_with(ANONYMOUS) {
            return Err(Refusal::Claim("sub"));
        }
        let mut shown = Members::default();
        shown.set("iss", JsValue::Text(self.definition.issuer.clone()));
        let sdes = claims.lp_sdes.into_iter().filter(|sde| sde.as_object().is_some()).collect();
        shown.set("lp_sdes", JsValue::Array(sdes));
        Ok(Verified { external, end, claims: shown, acr: claims.acr.filter(|acr| acr.as_text().is_some()) })
    }
}

/// A time of a token, which may have a fraction (RFC 7519 §2).
fn whole_seconds(claim: &JsValue) -> Option<EpochSeconds> {
    let JsValue::Number(number) = claim else { return None };
    JsValue::Number(number.floor())
        .as_integer()
        .filter(|seconds| (0..1 << 40).contains(seconds))
        .map(EpochSeconds)
}

fn check(key: &ProviderKey, others: &[ProviderKey], count: usize) -> Result<(), &'static str> {
    if key.is_private {
        return Err("this is a private key; only its public half is needed");
    }
    if key.kty != "RSA" {
        return Err("kty must be RSA");
    }
    if key.alg.as_deref().is_some_and(|alg| alg != "RS256") {
        return Err("alg must be RS256");
    }
    if key.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Err("use must be sig");
    }
    match &key.kid {
        None if count > 1 => Err("kid is needed when there are several keys"),
        Some(kid) if !(1..=MAX_TEXT).contains(&kid.chars().count()) => {
            Err("kid must have 1 to 256 characters")
        }
        Some(kid) if others.iter().any(|other| other.kid.as_ref() == Some(kid)) => Err("kid is there twice"),
        _ => Ok(()),
    }
}

impl fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityProvider").field("issuer", &self.definition.issuer).finish_non_exhaustive()
    }
}

impl PartialEq for IdentityProvider {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
}
