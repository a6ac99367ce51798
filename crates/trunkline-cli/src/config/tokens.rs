//! `[tokens]`: how long tokens and sessions live.

use serde::{Deserialize, Serialize};

use super::{Invalid, Span, require};

/// How long tokens and sessions live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tokens {
    pub(crate) appjwt_life: Span,
    pub(crate) clock_skew: Span,
    pub(crate) session_life: Span,
    pub(crate) mint_missing_consumer_ids: bool,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            appjwt_life: Span::from_secs(3600),
            clock_skew: Span::from_secs(30),
            session_life: Span::from_secs(8 * 3600),
            mint_missing_consumer_ids: false,
        }
    }
}

impl Tokens {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        require(
            violations,
            self.appjwt_life >= Span::from_secs(1),
            "tokens.appjwt_life",
            "must be at least 1s",
        );
        require(
            violations,
            self.clock_skew <= Span::from_secs(300),
            "tokens.clock_skew",
            "must be at most 5m",
        );
        // Agents refresh every ten minutes (spec 20 §4).
        let long_enough = self.session_life >= Span::from_secs(30 * 60);
        require(violations, long_enough, "tokens.session_life", "must be at least 30m");
    }
}
