//! `/operator/v1/keys`: the keys that sign tokens.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::{Auth, Endpoint, EpochMillis};

/// Where keys are listed.
pub const PATH: &str = "/operator/v1/keys";
/// Rotates the keys of one purpose.
pub const ROTATE_PATH: &str = "/operator/v1/keys/{purpose}/rotate";

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Purpose {
    /// Application tokens.
    AppJwt,
    /// Consumer identities.
    ConsumerJws,
    /// Tokens of consumers without a connector.
    WebConsumer,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::AppJwt, Self::ConsumerJws, Self::WebConsumer];

    /// The name in paths and commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppJwt => "appjwt",
            Self::ConsumerJws => "consumerjws",
            Self::WebConsumer => "webconsumer",
        }
    }

    /// Finds a purpose by its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// Published, not signing yet: it signs after the next rotation.
    Next,
    /// Signing.
    Active,
    /// Not signing any more.
    Retired,
}

impl State {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// A key, without its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInfo {
    /// Its name in token headers and in the JWKS.
    pub kid: String,
    /// What it signs.
    pub purpose: Purpose,
    /// Where it is in its life.
    pub state: State,
    /// When it was made.
    pub created_at: EpochMillis,
    /// When it stopped signing; `null` while it has not.
    pub retired_at: Option<EpochMillis>,
}

/// Keys, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeyInfo>,
}

/// Lists all keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListKeys {}

impl Endpoint for ListKeys {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = KeyList;
}

/// Makes the next key of a purpose the signing one. The answer lists the keys of that purpose afterwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateKey {}

impl Endpoint for RotateKey {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = ROTATE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = KeyList;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_are_spelled_alike_in_paths_and_bodies() {
        for purpose in Purpose::ALL {
            assert_eq!(serde_json::to_string(&purpose).unwrap(), format!("\"{}\"", purpose.as_str()));
            assert_eq!(Purpose::parse(purpose.as_str()), Some(purpose));
        }
        assert_eq!(Purpose::parse("AppJwt"), None);
    }
}
