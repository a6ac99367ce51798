//! `[log]`: what the server says about itself.

use serde::{Deserialize, Serialize};

use super::{Invalid, require};

/// The layout of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// For programs: one JSON object a line.
    Json,
}

/// What the server says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Pretty, level: "info".to_owned() }
    }
}

impl Log {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        let is_filter =
            tracing_subscriber::EnvFilter::try_new(&self.level).is_ok() && !self.level.trim().is_empty();
        let rule = "must be error, warn, info, debug, trace, or a list of target=level";
        require(violations, is_filter, "log.level", rule);
    }
}
