//! How long to wait before the next attempt.

use std::time::Duration;

/// Between attempts of retry by number. Source: spec 06 §6.1.
pub(crate) const BY_NUMBER: Duration = Duration::from_secs(30);

/// The longest gap of retry by time to live. Source: spec 06 §6.2.
const LONGEST: Duration = Duration::from_mins(5);

/// The gap before probe `n` of a failed app, 0 = the first one: 2, 4, 8 … 256 s, then 300 s each. Source: spec 06 §6.2.
pub(crate) fn before_probe(n: u32) -> Duration {
    Duration::from_secs(2).saturating_mul(2_u32.saturating_pow(n.min(16))).min(LONGEST)
}

/// Whether an event that failed `attempts` times is tried again when its webhook allows `max_retries`; absent means 0.
/// Source: spec 06 §6.1.
pub(crate) fn try_again(attempts: u32, max_retries: Option<u8>) -> bool {
    attempts <= u32::from(max_retries.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_double_from_two_seconds_up_to_five_minutes() {
        let gaps: Vec<u64> = (0..11).map(|n| before_probe(n).as_secs()).collect();
        assert_eq!(gaps, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(before_probe(u32::MAX), LONGEST);
    }

    #[test]
    fn an_event_gets_max_retries_further_attempts() {
        let attempts = |max_retries| (1..10).take_while(|n| try_again(*n, max_retries)).count();
        for max_retries in 0..=5 {
            assert_eq!(attempts(Some(max_retries)), usize::from(max_retries));
        }
        assert_eq!(attempts(None), 0);
    }
}
