//! What a run found.

use std::time::Duration;

use super::record::Counts;

/// What a run found; it fails instead when a promise is broken.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How often the server was killed.
    pub kills: usize,
    /// Conversations there were.
    pub conversations: usize,
    /// Texts of consumers that were acknowledged and are in the log as answered.
    pub by_consumers: u64,
    /// The same of bots.
    pub by_bots: u64,
    /// Rings that made a bot the agent.
    pub accepted: usize,
    /// How often a bot gave a conversation back.
    pub given_back: usize,
    /// From start to ready, after each kill.
    pub restarts: Vec<Duration>,
    /// From then until each open conversation had an agent; before the first kill and after each.
    pub served: Vec<Duration>,
}

impl Summary {
    pub(super) fn counts(&mut self, counts: Counts) {
        let Counts { conversations, by_consumers, by_bots, accepted, given_back } = counts;
        (self.conversations, self.by_consumers, self.by_bots) = (conversations, by_consumers, by_bots);
        (self.accepted, self.given_back) = (accepted, given_back);
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "kills                             {}", self.kills)?;
        writeln!(formatter, "conversations                     {}", self.conversations)?;
        writeln!(
            formatter,
            "texts acknowledged, all found     {} of consumers, {} of bots",
            self.by_consumers, self.by_bots
        )?;
        writeln!(
            formatter,
            "rings accepted                    {}, {} given back",
            self.accepted, self.given_back
        )?;
        writeln!(formatter, "restart to ready                  {}", spread(&self.restarts))?;
        write!(formatter, "then until everybody was served   {}", spread(&self.served))
    }
}

fn spread(spans: &[Duration]) -> String {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let milliseconds = |place: usize| spans.get(place).map_or(0, Duration::as_millis);
    format!(
        "median {} ms, longest {} ms",
        milliseconds(spans.len() / 2),
        milliseconds(spans.len().wrapping_sub(1))
    )
}
