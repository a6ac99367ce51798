//! Text that clients also write as a number: ids and times.

use serde::{Deserialize, Serialize};

use crate::EpochMillis;
use crate::json::JsValue;

/// Text, or a whole number as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Loose(pub String);

impl Loose {
    /// The moment that the number of milliseconds names; `None` when it is no whole number.
    pub fn millis(&self) -> Option<EpochMillis> {
        self.0.trim().parse().ok().map(EpochMillis)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(JsValue::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<JsValue> for Loose {
    type Error = &'static str;

    fn try_from(value: JsValue) -> Result<Self, Self::Error> {
        match (value.as_integer(), value) {
            (Some(number), _) => Ok(Self(number.to_string())),
            (None, JsValue::Text(text)) => Ok(Self(text)),
            _ => Err("expected text or a whole number"),
        }
    }
}
