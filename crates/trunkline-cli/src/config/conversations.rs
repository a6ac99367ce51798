//! `[conversations]`: defaults of the messaging core.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Invalid, Span, require};

/// When new conversations are offered to agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Offer {
    Creation,
    FirstMessage,
}

/// Defaults of the messaging core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Conversations {
    pub(crate) ttr_urgent: Span,
    pub(crate) ttr_prioritized: Span,
    pub(crate) ttr_normal: Span,
    pub(crate) close_after: Span,
    pub(crate) offer: Offer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retention: Option<Span>,
    pub(crate) max_request_characters: usize,
    pub(crate) cached: usize,
}

impl Default for Conversations {
    fn default() -> Self {
        Self {
            ttr_urgent: Span::from_secs(300),
            ttr_prioritized: Span::from_secs(600),
            ttr_normal: Span::from_secs(1200),
            close_after: Span::from_secs(7 * 24 * 3600),
            offer: Offer::Creation,
            retention: None,
            max_request_characters: 5000,
            cached: 10_000,
        }
    }
}

impl Conversations {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        let mut span = |value: Span, field| {
            let whole_seconds = value.get().subsec_millis() == 0 && !value.get().is_zero();
            require(violations, whole_seconds, field, "must be whole seconds, at least 1s");
        };
        span(self.ttr_urgent, "conversations.ttr_urgent");
        span(self.ttr_prioritized, "conversations.ttr_prioritized");
        span(self.ttr_normal, "conversations.ttr_normal");
        span(self.close_after, "conversations.close_after");
        let longest = Duration::from_hours(10 * 365 * 24);
        let field = "conversations.close_after";
        require(violations, self.close_after.get() <= longest, field, "must be ten years at most");
        let shortest = Duration::from_hours(1);
        let is_long = self.retention.is_none_or(|retention| retention.get() >= shortest);
        require(violations, is_long, "conversations.retention", "must be at least 1h");
        let enough = self.max_request_characters >= 1000;
        require(violations, enough, "conversations.max_request_characters", "must be at least 1000");
        require(violations, self.cached >= 100, "conversations.cached", "must be at least 100");
    }
}
