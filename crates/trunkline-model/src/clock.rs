//! Time and randomness as parameters, so that tests move both by hand.

use std::fmt::Debug;

use trunkline_wire::EpochMillis;

/// Tells the time.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The present moment.
    fn now(&self) -> EpochMillis;
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
