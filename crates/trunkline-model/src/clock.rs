//! Time and randomness as parameters, so that tests move both by hand.

use std::fmt::Debug;
use std::pin::Pin;

use trunkline_wire::EpochMillis;

/// Tells the time.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The present moment.
    fn now(&self) -> EpochMillis;
}

/// Tells the time and waits for it.
pub trait Timer: Clock {
    /// Ends when the clock shows `at` or later.
    fn sleep_until(&self, at: EpochMillis) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Makes unpredictable bytes.
pub trait Rng: Send + Sync + Debug + 'static {
    /// Fills `bytes` completely.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Rng {
    /// An array of unpredictable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}
