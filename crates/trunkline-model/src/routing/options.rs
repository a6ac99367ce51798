//! How rings behave.

use std::time::Duration;

/// How routing behaves in an account. Spans below one millisecond count as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long an agent may think about a ring, and a proposal may wait for room. Source: spec 21 §9.
    pub ring_expiration: Duration,
    /// The pause before a conversation that all declined rings again; doubles every round.
    pub first_pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
    /// How long an accepted ring is kept for the store to confirm. What is confirmed later counts all the same.
    pub reservation: Duration,
    /// The most rings of one agent at a time, for agents without a maximum of conversations.
    pub rings_per_agent: usize,
    /// How many rings that have ended are remembered, to tell a late answer from an unknown ring.
    pub remembered_rings: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ring_expiration: Duration::from_secs(72),
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_mins(1),
            reservation: Duration::from_secs(30),
            rings_per_agent: 32,
            remembered_rings: 4096,
        }
    }
}

impl Options {
    /// Without spans that would let a moment repeat itself for ever.
    pub(super) fn sane(self) -> Self {
        let least = Duration::from_millis(1);
        Self {
            ring_expiration: self.ring_expiration.max(least),
            first_pause: self.first_pause.max(least),
            longest_pause: self.longest_pause.max(least),
            reservation: self.reservation.max(least),
            rings_per_agent: self.rings_per_agent.max(1),
            ..self
        }
    }

    /// The pause after this many earlier rounds.
    pub(super) fn pause(self, rounds: u32) -> Duration {
        let factor = 2_u32.saturating_pow(rounds);
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let options = Options::default();
        let seconds: Vec<_> = (0..7).map(|round| options.pause(round).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 60, 60, 60]);
        assert_eq!(options.pause(u32::MAX).as_secs(), 60);
    }
}
