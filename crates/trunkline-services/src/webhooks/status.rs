//! How deliveries to an app stand.

use trunkline_model::{LogPosition, LostRange};
use trunkline_wire::EpochMillis;

/// The state of an app's deliveries. With retry by number an app is always up. Source: spec 06 §6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeliveryPhase {
    /// All endpoints answer in time.
    #[default]
    Up,
    /// An endpoint fails: everything waits in the log.
    Failed,
    /// What waited is being sent.
    InTransition,
    /// What came in meanwhile is being sent.
    Recovered,
}

impl DeliveryPhase {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Up, Self::Failed, Self::InTransition, Self::Recovered];

    /// The word in metrics and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Failed => "failed",
            Self::InTransition => "in_transition",
            Self::Recovered => "recovered",
        }
    }
}

/// What an app's deliveries look like at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppStatus {
    /// The state.
    pub phase: DeliveryPhase,
    /// Since when.
    pub since: EpochMillis,
    /// The endpoints that failed last, without their query strings.
    pub failing: Vec<String>,
    /// When a failed app is probed next.
    pub next_probe: Option<EpochMillis>,
    /// Up to here everything is confirmed or given up, except for the conversations that wait.
    pub position: LogPosition,
    /// Requests under way.
    pub in_flight: usize,
    /// Conversations with an event that waits for another attempt.
    pub waiting: usize,
    /// When the oldest event that is not delivered was decided; `None` when nothing is left to deliver.
    pub oldest: Option<EpochMillis>,
    /// What was given up since the last replay of an outage.
    pub lost: Option<LostRange>,
    /// The median answer took too long for two minutes. Source: spec 06 §7.
    pub slow: bool,
}

impl AppStatus {
    /// All is well, and nothing was tried yet.
    pub fn new(since: EpochMillis, position: LogPosition) -> Self {
        Self {
            phase: DeliveryPhase::Up,
            since,
            failing: Vec::new(),
            next_probe: None,
            position,
            in_flight: 0,
            waiting: 0,
            oldest: None,
            lost: None,
            slow: false,
        }
    }
}
