//! Latencies in logarithmic buckets: constant memory, under 1 % error, no allocation while recording.

use std::time::Duration;

/// Buckets per power of two.
const STEPS: u64 = 128;
/// `log2(STEPS)`.
const STEP_BITS: u32 = 7;
/// Enough for every `u64` of nanoseconds.
const BUCKETS: usize = 58 * 128;

/// A distribution of durations.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    sum: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, sum: Duration::ZERO }
    }
}

impl Histogram {
    /// Adds one duration.
    pub fn record(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(nanoseconds)) {
            *count += 1;
            self.total += 1;
            self.sum += duration;
        }
    }

    /// Adds everything another histogram holds.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.sum += other.sum;
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The duration below which `per_mille` of a thousand recorded ones lie; zero when nothing was recorded.
    pub fn quantile(&self, per_mille: u64) -> Duration {
        let rank = (self.total * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(middle(index as u64));
            }
        }
        Duration::ZERO
    }

    /// The mean, exact; zero when nothing was recorded.
    pub fn mean(&self) -> Duration {
        let nanoseconds = self.sum.as_nanos().checked_div(u128::from(self.total)).unwrap_or(0);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    /// The median.
    pub fn p50(&self) -> Duration {
        self.quantile(500)
    }

    /// The 99th percentile.
    pub fn p99(&self) -> Duration {
        self.quantile(990)
    }
}

/// The bucket of a value: exact below [`STEPS`], then [`STEPS`] buckets to each power of two.
fn bucket(value: u64) -> usize {
    let index = match value.checked_ilog2() {
        Some(exponent) if exponent >= STEP_BITS => {
            let shift = exponent - STEP_BITS;
            (u64::from(shift) + 1) * STEPS + ((value >> shift) - STEPS)
        }
        _ => value,
    };
    usize::try_from(index).unwrap_or(BUCKETS - 1)
}

/// The value in the middle of a bucket.
fn middle(index: u64) -> u64 {
    if index < STEPS {
        return index;
    }
    let shift = index / STEPS - 1;
    ((STEPS + index % STEPS) << shift) + ((1_u64 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_within_one_percent_of_its_values() {
        for value in [0, 1, 127, 128, 129, 1_000, 65_535, 1_234_567, 9_876_543_210, u64::MAX / 3] {
            let found = middle(bucket(value) as u64);
            assert!(found.abs_diff(value) <= value / 100, "{value} became {found}");
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn quantiles_of_a_ramp_are_the_ramp() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|n| histogram.record(Duration::from_micros(n)));
        assert!(histogram.p50().abs_diff(Duration::from_micros(500)) < Duration::from_micros(5));
        assert!(histogram.p99().abs_diff(Duration::from_micros(990)) < Duration::from_micros(10));
        assert_eq!(histogram.count(), 1000);
        assert_eq!(histogram.mean(), Duration::from_nanos(500_500));
    }

    #[test]
    fn merging_adds_up() {
        let (mut left, mut right) = (Histogram::default(), Histogram::default());
        left.record(Duration::from_millis(1));
        right.record(Duration::from_millis(3));
        left.merge(&right);
        assert_eq!(left.count(), 2);
        assert!(left.p99() > Duration::from_millis(2));
        assert_eq!(Histogram::default().p50(), Duration::ZERO);
    }
}
