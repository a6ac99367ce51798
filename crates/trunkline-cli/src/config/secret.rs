//! A secret inside the configuration: read, used, never shown.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use trunkline_model::Secret;

/// What stands for a secret wherever the configuration is printed.
const HIDDEN: &str = "(hidden)";

/// A secret given inline.
#[derive(Clone)]
pub(crate) struct SecretText(Secret);

impl SecretText {
    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Compares configurations in tests; no secret is guessed through it.
impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}
