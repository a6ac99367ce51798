//! How delivery behaves.

use std::time::Duration;

/// Bounds and switches of delivery. The defaults suit one machine.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most requests under way for one app.
    pub max_in_flight: usize,
    /// How old a chat state may be when it is sent.
    pub chat_state_lifetime: Duration,
    /// Whether messages for agents and managers only are delivered, too. Source: spec 06 §3, fourth open point.
    pub agent_only_messages: bool,
    /// How many delivery records are kept of each app.
    pub records: usize,
    /// How long delivery records are kept.
    pub records_retention: Duration,
    /// Whether an app whose endpoint is too slow is disabled. Source: spec 06 §7.
    pub disable_slow_apps: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_in_flight: 64,
            chat_state_lifetime: Duration::from_secs(10),
            agent_only_messages: false,
            records: 1000,
            records_retention: Duration::from_hours(168),
            disable_slow_apps: false,
        }
    }
}
