//! Points in time as the wire spells them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z: every time in messaging objects. Source: spec 00 §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EpochMillis(pub i64);

impl EpochMillis {
    /// Adds a span, staying at the end of time rather than wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The span from `earlier` to `self`, zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The second this point lies in.
    pub fn seconds(self) -> EpochSeconds {
        EpochSeconds(self.0.div_euclid(1000))
    }
}

/// Seconds since 1970-01-01T00:00:00Z: JWT claims, `client_id_issued_at`, `temp_url_expires`. Source: spec 00 §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EpochSeconds(pub i64);

impl EpochSeconds {
    /// Adds a span in whole seconds, staying at the end of time rather than wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)))
    }

    /// The first millisecond of this second.
    pub fn millis(self) -> EpochMillis {
        EpochMillis(self.0.saturating_mul(1000))
    }
}

/// Reads an optional whole number that JavaScript may have written with a fraction of zero (`3.0`).
///
/// # Errors
/// Fractions, text, numbers beyond ±2⁵³.
pub(crate) fn whole_number<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let Some(value) = Option::<crate::json::JsValue>::deserialize(deserializer)? else {
        return Ok(None);
    };
    value.as_integer().map(Some).ok_or_else(|| serde::de::Error::custom("expected a whole number"))
}
