//! The real time and real randomness: the only place that asks the system for either.

use trunkline_model::{Clock, Rng};
use trunkline_wire::EpochMillis;

/// The system's wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn now(&self) -> EpochMillis {
        let now = std::time::SystemTime::now();
        // A clock before 1970 reads as 1970 rather than failing every request.
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        EpochMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's random numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system has random numbers");
    }
}
