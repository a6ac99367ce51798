//! What a run found.

use std::time::Duration;

use super::super::ledger::Ledger;
use super::arrivals::Arrivals;

/// What a run found; it fails instead when a promise is broken.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How often the server was killed.
    pub kills: usize,
    /// How many kills hit while an endpoint failed.
    pub outages: usize,
    /// Messages that were answered with 200.
    pub acknowledged: u64,
    /// Entries that arrived, each counted once for each app.
    pub delivered: u64,
    /// Chat states that arrived.
    pub chat_states: u64,
    /// Arrivals of entries that had been confirmed before.
    pub duplicates: u64,
    /// The most of them after one kill.
    pub most_duplicates: u64,
    /// From start to ready after each kill.
    pub(super) restarts: Vec<Duration>,
}

impl Summary {
    /// Notes a kill and the duplicates since the one before.
    pub(super) fn killed(&mut self, duplicates: u64) {
        self.duplicates += duplicates;
        self.most_duplicates = self.most_duplicates.max(duplicates);
    }

    pub(super) fn count(&mut self, ledger: &Ledger, arrivals: &Arrivals) {
        let mut counted = super::super::Summary::default();
        ledger.count(&mut counted);
        self.kills = self.restarts.len();
        self.acknowledged = counted.acknowledged;
        self.delivered = arrivals.entries();
        self.chat_states = arrivals.chat_states();
        self.restarts.sort_unstable();
    }

    /// Duplicates per kill.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn duplicates_per_kill(&self) -> f64 {
        self.duplicates as f64 / self.kills.max(1) as f64
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let restart = |place: usize| self.restarts.get(place).map_or(0, Duration::as_millis);
        let (median, longest) = (restart(self.restarts.len() / 2), restart(self.kills.saturating_sub(1)));
        writeln!(formatter, "kills                             {}", self.kills)?;
        writeln!(formatter, "  while an endpoint failed        {}", self.outages)?;
        writeln!(formatter, "messages acknowledged             {}", self.acknowledged)?;
        writeln!(
            formatter,
            "entries delivered, both apps      {}, none missing, first arrivals in order",
            self.delivered
        )?;
        writeln!(
            formatter,
            "chat states delivered             {}, none from before a kill",
            self.chat_states
        )?;
        writeln!(
            formatter,
            "delivered more than once          {}: {:.1} a kill, at most {}",
            self.duplicates,
            self.duplicates_per_kill(),
            self.most_duplicates
        )?;
        write!(formatter, "restart to ready                  median {median} ms, longest {longest} ms")
    }
}
