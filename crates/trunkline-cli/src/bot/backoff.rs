//! How long a bot waits before it tries again.

use std::time::Duration;

use trunkline_model::Rng;

/// The first pause.
pub(super) const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// Clients that were told to slow down wait at least so long before they sign in again (spec 20 §3.3).
const BUSY: Duration = Duration::from_secs(5);

/// The pauses between attempts: each twice the one before, up to a half shortened by chance, so that bots that lost
/// the same server do not come back at the same moment.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    attempts: u32,
}

impl Backoff {
    /// Pauses that begin with this one.
    pub(super) fn starting_with(first: Duration) -> Self {
        Self { first, attempts: 0 }
    }

    /// The next pause.
    pub(super) fn next(&mut self, server_is_busy: bool, rng: &dyn Rng) -> Duration {
        let full = self.first.saturating_mul(1 << self.attempts.min(5)).min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        let [byte] = rng.bytes::<1>();
        let pause = full.saturating_sub(full / 2 * u32::from(byte) / 255);
        if server_is_busy { pause.max(BUSY) } else { pause }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Always(u8);

    impl Rng for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn pauses(chance: u8) -> Vec<f32> {
        let mut backoff = Backoff::starting_with(FIRST);
        (0..7).map(|_| backoff.next(false, &Always(chance)).as_secs_f32()).collect()
    }

    #[test]
    fn pauses_grow_to_half_a_minute() {
        assert_eq!(pauses(0), [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(pauses(255), [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]);
    }

    #[test]
    fn a_busy_server_is_left_alone_for_five_seconds() {
        assert_eq!(Backoff::starting_with(FIRST).next(true, &Always(255)), BUSY);
    }
}
