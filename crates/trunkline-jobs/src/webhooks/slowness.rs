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
const FEWEST: u32 = 10;
/// Answers are counted in steps of this length.
const STEP: Duration = Duration::from_secs(5);

/// How many of an app's newest answers were slow, by endpoint.
#[derive(Debug, Default)]
pub(crate) struct Slowness(HashMap<Arc<str>, Samples>);

#[derive(Debug, Default)]
struct Samples {
    steps: VecDeque<Step>,
    /// Since when the median has been too high.
    slow_since: Option<EpochMillis>,
}

/// The answers of a few seconds.
#[derive(Debug)]
struct Step {
    began: EpochMillis,
    answers: u32,
    /// Those above the threshold: when they are more than half of all, so is the median.
    slow: u32,
}

impl Slowness {
    /// Notes an answer or a failure.
    pub(crate) fn note(&mut self, endpoint: &Arc<str>, at: EpochMillis, took: Duration) {
        if !self.0.contains_key(endpoint) {
            self.0.insert(Arc::clone(endpoint), Samples::default());
        }
        let Some(samples) = self.0.get_mut(endpoint) else { return };
        if samples.steps.back().is_none_or(|step| at.since(step.began) >= STEP) {
            samples.steps.push_back(Step { began: at, answers: 0, slow: 0 });
        }
        if let Some(step) = samples.steps.back_mut() {
            step.answers += 1;
            step.slow += u32::from(took > THRESHOLD);
        }
    }

    /// An endpoint whose median has been above the threshold for two minutes, if there is one.
    pub(crate) fn slowest(&mut self, now: EpochMillis) -> Option<Arc<str>> {
        self.0.retain(|_, samples| {
            while samples.steps.pop_front_if(|step| now.since(step.began) > SPAN).is_some() {}
            !samples.steps.is_empty()
        });
        for samples in self.0.values_mut() {
            let answers: u32 = samples.steps.iter().map(|step| step.answers).sum();
            let slow: u32 = samples.steps.iter().map(|step| step.slow).sum();
            let is_slow = answers >= FEWEST && slow > answers / 2;
            samples.slow_since = is_slow.then(|| samples.slow_since.unwrap_or(now));
        }
        let slow = |samples: &Samples| samples.slow_since.is_some_and(|since| now.since(since) >= SPAN);
        self.0.iter().find(|(_, samples)| slow(samples)).map(|(endpoint, _)| Arc::clone(endpoint))
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
