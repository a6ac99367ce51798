//! What is known about a consumer.

use trunkline_wire::{EpochMillis, JsonText};

/// The profile a connector set by `userprofile.SetUserProfile` (spec 05 §3.1): one JSON object, kept as it was relayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerProfile {
    /// The object: `firstName`, `authenticatedData.lp_sdes` and so on.
    pub profile: JsonText,
    /// When it last changed.
    pub updated_at: EpochMillis,
}
