//! `[consumers]`: consumers who need no connector.

use serde::{Deserialize, Serialize};

use super::{Invalid, require};

/// Consumers who need no connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Consumers {
    pub(crate) anonymous: bool,
    pub(crate) sign_ups_per_minute: u32,
}

impl Default for Consumers {
    fn default() -> Self {
        Self { anonymous: false, sign_ups_per_minute: 600 }
    }
}

impl Consumers {
    pub(super) fn validate(&self, violations: &mut Vec<Invalid>) {
        let some = self.sign_ups_per_minute > 0;
        require(violations, some, "consumers.sign_ups_per_minute", "must be at least 1");
    }
}
