//! `/operator/v1/accounts/{account}/identity-provider`: whose tokens an account trusts for its consumers. Source: spec 24 §2.

use http::Method;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use super::Done;
use crate::{Auth, Endpoint};

/// Where it is shown, set and removed.
pub const PATH: &str = "/operator/v1/accounts/{account}/identity-provider";

/// An issuer of tokens, and the public keys with which it signs them. Nothing is fetched: new keys are set here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `iss` of its tokens.
    pub issuer: String,
    /// What `aud` of its tokens must be or hold; not looked at without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Its keys.
    pub keys: Vec<ProviderKey>,
}

/// A public RSA key (RFC 7517); members that mean nothing here are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderKey {
    /// `RSA`.
    pub kty: String,
    /// Its name; needed when there are several keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// `RS256`, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `sig`, if it is there.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// The modulus, base64url.
    #[serde(default)]
    pub n: String,
    /// The exponent, base64url.
    #[serde(default)]
    pub e: String,
    /// Whether there is a `d`, which only private keys have. It is not kept.
    #[serde(default, rename = "d", deserialize_with = "is_there", skip_serializing)]
    pub is_private: bool,
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Shows the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowIdentityProvider {}

impl Endpoint for ShowIdentityProvider {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = IdentityProvider;
}

/// Sets the provider, in place of the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetIdentityProvider(pub IdentityProvider);

impl Endpoint for SetIdentityProvider {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = IdentityProvider;
}

/// Removes the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearIdentityProvider {}

impl Endpoint for ClearIdentityProvider {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}
