//! The real time and real randomness: the only place that asks the system for either.

use std::pin::Pin;
use std::time::Duration;

use trunkline_model::{Clock, Rng, Timer};
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

impl Timer for SystemClock {
    fn sleep_until(&self, at: EpochMillis) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let span = Duration::from_millis(u64::try_from(at.0.saturating_sub(self.now().0)).unwrap_or(0));
        Box::pin(tokio::time::sleep(span))
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
