//! Whether an endpoint takes too long. Source: spec 06 §7.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use trunkline_wire::EpochMillis;

/// A median above this is too slow.
const THRESHOLD: Duration = Duration::from_millis(2500);
/// Over this time.
const SPAN: Duration = Duration::from_mins(2);
/// Fewer answers say nothing.
const FEWEST: usize = 10;
/// The newest answers of an endpoint that are looked at.
const MOST: usize = 512;

/// The durations of an app's newest answers by endpoint.
#[derive(Debug, Default)]
pub(crate) struct Slowness(HashMap<Arc<str>, Samples>);

#[derive(Debug, Default)]
struct Samples {
    newest: VecDeque<(EpochMillis, Duration)>,
    /// Since when the median has been too high.
    slow_since: Option<EpochMillis>,
}

impl Slowness {
    /// Notes an answer or a failure.
    pub(crate) fn note(&mut self, endpoint: &Arc<str>, at: EpochMillis, took: Duration) {
        if !self.0.contains_key(endpoint) {
            self.0.insert(Arc::clone(endpoint), Samples::default());
        }
        if let Some(samples) = self.0.get_mut(endpoint) {
            if samples.newest.len() >= MOST {
                samples.newest.pop_front();
            }
            samples.newest.push_back((at, took));
        }
    }

    /// An endpoint whose median has been above the threshold for two minutes, if there is one.
    pub(crate) fn slowest(&mut self, now: EpochMillis) -> Option<Arc<str>> {
        self.0.retain(|_, samples| {
            while samples.newest.pop_front_if(|(at, _)| now.since(*at) > SPAN).is_some() {}
            !samples.newest.is_empty()
        });
        for samples in self.0.values_mut() {
            let slow = samples.newest.len() >= FEWEST && samples.median() > THRESHOLD;
            samples.slow_since = slow.then(|| samples.slow_since.unwrap_or(now));
        }
        let slow = |samples: &Samples| samples.slow_since.is_some_and(|since| now.since(since) >= SPAN);
        self.0.iter().find(|(_, samples)| slow(samples)).map(|(endpoint, _)| Arc::clone(endpoint))
    }
}

impl Samples {
    fn median(&self) -> Duration {
        let mut took: Vec<Duration> = self.newest.iter().map(|(_, took)| *took).collect();
        let middle = took.len() / 2;
        *took.select_nth_unstable(middle).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Arc<str> {
        "https://example.org/".into()
    }

    /// Answers of one second apart from `from` on.
    fn answers(slowness: &mut Slowness, from: i64, count: i64, took: Duration) {
        for second in from..from + count {
            slowness.note(&endpoint(), EpochMillis(second * 1000), took);
            slowness.slowest(EpochMillis(second * 1000));
        }
    }

    #[test]
    fn two_minutes_above_the_threshold_are_too_slow() {
        let mut slowness = Slowness::default();
        answers(&mut slowness, 0, 120, Duration::from_millis(2501));
        assert_eq!(slowness.slowest(EpochMillis(120_000)), None);
        assert_eq!(slowness.slowest(EpochMillis(130_000)), Some(endpoint()));
    }

    #[test]
    fn a_median_at_the_threshold_is_not() {
        let mut slowness = Slowness::default();
        answers(&mut slowness, 0, 140, THRESHOLD);
        assert_eq!(slowness.slowest(EpochMillis(140_000)), None);
    }

    #[test]
    fn a_fast_minute_ends_it() {
        let mut slowness = Slowness::default();
        answers(&mut slowness, 0, 130, Duration::from_secs(4));
        answers(&mut slowness, 130, 70, Duration::from_millis(10));
        assert_eq!(slowness.slowest(EpochMillis(200_000)), None);
    }

    #[test]
    fn a_few_answers_say_nothing() {
        let mut slowness = Slowness::default();
        for second in 0..9 {
            slowness.note(&endpoint(), EpochMillis(second * 13_000), Duration::from_secs(5));
            assert_eq!(slowness.slowest(EpochMillis(second * 13_000)), None);
        }
    }
}
