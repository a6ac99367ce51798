//! A limit on how often something may happen: GCRA, one number for each that is limited.

use std::time::Duration;

use trunkline_wire::EpochMillis;

/// How many in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// All of them may come at once; at least one is allowed.
    pub(crate) requests: u32,
    /// The window.
    pub(crate) window: Duration,
}

/// What one of those that are limited has used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    /// When all of it can be used again, microseconds since the epoch.
    whole_at: i64,
}

impl Meter {
    /// Counts one.
    ///
    /// # Errors
    /// How long to wait; it is not counted then.
    pub(crate) fn take(&mut self, rate: Rate, now: EpochMillis) -> Result<(), Duration> {
        let window = i64::try_from(rate.window.as_micros()).unwrap_or(i64::MAX);
        let worth = (window / i64::from(rate.requests.max(1))).max(1);
        let now = now.0.saturating_mul(1000);
        let mut used = self.whole_at.saturating_sub(now).max(0);
        if used > window {
            // More than can be used: the clock was set back.
            used = 0;
        }
        let after = used + worth;
        if after > window {
            return Err(Duration::from_micros(u64::try_from(after - window).unwrap_or(0)));
        }
        self.whole_at = now + after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { requests: 3, window: Duration::from_secs(3) };

    #[test]
    fn a_whole_window_may_come_at_once_and_then_one_after_the_other() {
        let mut meter = Meter::default();
        for _ in 0..3 {
            assert_eq!(meter.take(RATE, EpochMillis(10_000)), Ok(()));
        }
        assert_eq!(meter.take(RATE, EpochMillis(10_000)), Err(Duration::from_secs(1)));
        assert_eq!(meter.take(RATE, EpochMillis(11_000)), Ok(()));
        assert!(meter.take(RATE, EpochMillis(11_999)).is_err());
        // A clock that steps back locks nobody out.
        assert_eq!(meter.take(RATE, EpochMillis(0)), Ok(()));
    }
}
