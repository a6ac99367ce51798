//! How far an export is, on a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use trunkline_wire::EpochMillis;

use super::lines::Seen;

/// A bar over the time in which the conversations were started: nobody counts them beforehand.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    from: Option<EpochMillis>,
    to: EpochMillis,
}

impl Progress {
    /// A bar between two moments; without the first it begins at the first conversation.
    pub(super) fn new(from: Option<EpochMillis>, to: EpochMillis) -> Self {
        let bar = ProgressBar::new(1);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, from, to }
    }

    /// No bar where the lines themselves are on the terminal.
    pub(super) fn beside_lines(from: Option<EpochMillis>, to: EpochMillis) -> Self {
        if std::io::stdout().is_terminal() {
            return Self { bar: ProgressBar::hidden(), from, to };
        }
        Self::new(from, to)
    }

    pub(super) fn show(&self, seen: &Seen) {
        let Some((_, last)) = seen.last else { return };
        let from = self.from.or(seen.first).unwrap_or(last);
        let span = |to: EpochMillis| u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0);
        let whole = span(self.to).max(1);
        self.bar.set_length(whole);
        self.bar.set_position(span(last).min(whole));
        self.bar.set_message(format!("{} conversations, {}", seen.conversations, HumanBytes(seen.bytes)));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::line;
    use super::*;

    #[test]
    fn the_bar_shows_how_far_it_is_in_time() {
        let seen = |numbers: &[u64]| {
            let text: String = numbers.iter().map(|number| line(*number)).collect();
            Seen::read(text.as_bytes()).unwrap()
        };
        for (from, to, lines, position, length) in [
            (Some(0), 100, &[3, 50][..], 50, 100),
            (None, 100, &[20, 60], 40, 80),
            (None, 100, &[20], 0, 80),
            // Conversations begin meanwhile, and clocks differ.
            (Some(0), 100, &[150], 100, 100),
            (None, 10, &[20], 0, 1),
        ] {
            let progress =
                Progress { bar: ProgressBar::hidden(), from: from.map(EpochMillis), to: EpochMillis(to) };
            progress.show(&seen(lines));
            assert_eq!((progress.bar.position(), progress.bar.length()), (position, Some(length)));
        }
    }
}
