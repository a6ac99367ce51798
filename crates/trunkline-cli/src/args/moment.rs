//! Points in time on the command line.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use trunkline_wire::EpochMillis;

use crate::config::Span;

/// A point in time: as such, or so long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Moment {
    At(EpochMillis),
    Ago(Span),
}

/// Text that is no point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is written 2026-11-21T10:15:00Z, or as a span ago such as 30m, or in epoch milliseconds")]
pub(crate) struct MomentError;

impl Moment {
    /// The point itself.
    pub(crate) fn at(self, now: EpochMillis) -> EpochMillis {
        match self {
            Self::At(at) => at,
            Self::Ago(span) => {
                let millis = i64::try_from(span.get().as_millis()).unwrap_or(i64::MAX);
                EpochMillis(now.0.saturating_sub(millis))
            }
        }
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        // Shorter numbers would be seconds, which read as milliseconds lie in 1970.
        if text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(|millis| Self::At(EpochMillis(millis))).map_err(|_| MomentError);
        }
        if let Ok(span) = text.parse() {
            return Ok(Self::Ago(span));
        }
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| MomentError)?;
        Ok(Self::At(EpochMillis(timestamp.as_millisecond())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_are_read() {
        let now = EpochMillis(1_700_000_000_000);
        for (text, millis) in [
            ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-14T22:13:20.123Z", 1_700_000_000_123),
            ("2023-11-14T23:13:20+01:00", 1_700_000_000_000),
            ("1700000000123", 1_700_000_000_123),
            ("90s", 1_699_999_910_000),
            ("2d", 1_699_827_200_000),
            ("0s", 1_700_000_000_000),
            ("18446744073709551615ms", EpochMillis(1_700_000_000_000).0.saturating_sub(i64::MAX)),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().at(now), EpochMillis(millis), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "yesterday",
            "1700000000",
            "-1",
            "2026-11-21",
            "2026-11-21T10:15:00",
            "5 m",
            "99999999999999",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(MomentError), "{text}");
        }
    }
}
