//! How many arrivals each hundredth of a second had.

use std::time::{Duration, Instant};

/// What is told apart.
const STEP: Duration = Duration::from_millis(10);
/// An hour of steps; what comes later is put into the last.
const STEPS: usize = 360_000;

/// Counts by time, from the first arrival on.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    begin: Option<Instant>,
    counts: Vec<u32>,
}

impl Timeline {
    pub(crate) fn note(&mut self, at: Instant) {
        let begin = *self.begin.get_or_insert(at);
        let step = steps(at.saturating_duration_since(begin)).min(STEPS - 1);
        if step >= self.counts.len() {
            self.counts.resize(step + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(step) {
            *count += 1;
        }
    }

    /// Everything in the steps that begin in the span.
    pub(crate) fn between(&self, from: Instant, to: Instant) -> u64 {
        let Some(begin) = self.begin else { return 0 };
        let step = |at: Instant| at.checked_duration_since(begin).map_or(0, |after| steps(after + STEP / 2));
        let (from, to) = (step(from).min(self.counts.len()), step(to).min(self.counts.len()));
        self.counts.get(from..to).unwrap_or_default().iter().map(|count| u64::from(*count)).sum()
    }
}

fn steps(span: Duration) -> usize {
    usize::try_from(span.as_millis() / STEP.as_millis()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stopwatch;

    #[test]
    fn a_span_holds_what_came_in_it() {
        let mut timeline = Timeline::default();
        let begin = stopwatch::now();
        let after = |milliseconds| begin + Duration::from_millis(milliseconds);
        assert_eq!(timeline.between(begin, after(1000)), 0);
        for milliseconds in [0, 5, 15, 500, 990, 1500] {
            timeline.note(after(milliseconds));
        }
        assert_eq!(timeline.between(begin, after(1000)), 5);
        assert_eq!(timeline.between(after(10), after(1000)), 3);
        assert_eq!(timeline.between(after(1000), after(9000)), 1);
        assert_eq!(timeline.between(after(2000), after(1000)), 0);
    }
}
