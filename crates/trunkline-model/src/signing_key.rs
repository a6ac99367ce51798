//! Keys that sign tokens, and their life.

use serde::{Deserialize, Serialize};
use trunkline_wire::EpochMillis;

use crate::SealedSecret;

/// What a key may sign; a token of one purpose never passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPurpose {
    /// Application tokens; they stop verifying an hour after the key stopped signing.
    AppJwt,
    /// Consumer identities; they verify for ever, because connectors keep them for good (spec 09 §2).
    ConsumerJws,
    /// Tokens of consumers without a connector (spec 24 §2); the last one ends a month after the key stopped signing.
    WebConsumer,
}

impl KeyPurpose {
    /// The lower-case name, which also begins the `kid`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppJwt => "appjwt",
            Self::ConsumerJws => "consumerjws",
            Self::WebConsumer => "webconsumer",
        }
    }
}

/// Where a key is in its life. Rotation promotes `Next` to `Active`, so every key has been in the JWKS before it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum KeyState {
    /// Published, not signing yet.
    Next,
    /// Signing.
    Active,
    /// Not signing any more; still verifying as long as its purpose says.
    Retired {
        /// When it stopped signing.
        at: EpochMillis,
    },
}

/// An RSA-2048 key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The key's name in token headers and in the JWKS: purpose, then the day it was made, `appjwt-21-11-26`.
    pub kid: String,
    /// What it may sign.
    pub purpose: KeyPurpose,
    /// Where it is in its life.
    pub state: KeyState,
    /// The private key, PKCS#8 DER, sealed.
    pub private_key: SealedSecret,
    /// When it was made.
    pub created_at: EpochMillis,
}
