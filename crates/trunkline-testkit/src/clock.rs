//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use trunkline_model::Clock;
use trunkline_wire::EpochMillis;

/// Starts at 2023-11-14T22:13:20Z, the moment the examples of the contract use.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_700_000_000_000))
    }
}

impl TestClock {
    /// Moves the time forward.
    pub fn advance(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).expect("tests move time by less than an age");
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> EpochMillis {
        EpochMillis(self.0.load(Ordering::SeqCst))
    }
}
