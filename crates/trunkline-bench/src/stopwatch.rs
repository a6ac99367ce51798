//! The one place that reads the monotonic clock: measuring is this crate's purpose.

use std::time::Instant;

/// The present moment of the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "durations are measured here, nothing is decided by them")]
pub fn now() -> Instant {
    Instant::now()
}
