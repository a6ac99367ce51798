//! How delivery to an app stands, and "we are back".

use http::Method;
use serde::{Deserialize, Serialize};

use super::{RESUME_PATH, STATUS_PATH};
use crate::operator::Done;
use crate::{Auth, Endpoint, EpochMillis};

/// The state of an app's deliveries. With retry by number an app is always up. Source: spec 06 §6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// All endpoints answer in time.
    Up,
    /// An endpoint fails: everything waits.
    Failed,
    /// What waited is being sent.
    InTransition,
    /// What came in meanwhile is being sent.
    Recovered,
}

impl Phase {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Failed => "failed",
            Self::InTransition => "in_transition",
            Self::Recovered => "recovered",
        }
    }
}

/// How delivery to an app stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStatus {
    /// The state.
    pub phase: Phase,
    /// Since when.
    pub since: EpochMillis,
    /// The endpoints that failed last, without their query strings.
    pub failing: Vec<String>,
    /// When a failed app is probed next; `null` unless it failed.
    pub next_probe: Option<EpochMillis>,
    /// The place in the log of all conversations up to which everything is confirmed or given up, except for the
    /// conversations that wait.
    pub position: u64,
    /// Requests under way.
    pub in_flight: usize,
    /// Conversations with an event that waits for another attempt.
    pub waiting: usize,
    /// When the oldest event that is not delivered was decided; `null` when nothing is left to deliver.
    pub oldest: Option<EpochMillis>,
    /// Its age in milliseconds; 0 when nothing is left to deliver.
    pub lag_ms: u64,
    /// What was given up since the last replay of an outage; `null` if nothing was.
    pub lost: Option<LostInfo>,
    /// The median answer took too long for two minutes. Source: spec 06 §7.
    pub slow: bool,
}

/// The first and the last place in the log of what was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostInfo {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// Shows how delivery stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowStatus {}

impl Endpoint for ShowStatus {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = STATUS_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = DeliveryStatus;
}

/// "We are back": has failed endpoints tried now instead of at the next probe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeDeliveries {}

impl Endpoint for ResumeDeliveries {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = RESUME_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_the_documented_shape() {
        let status = DeliveryStatus {
            phase: Phase::InTransition,
            since: EpochMillis(1_700_000_000_000),
            failing: vec!["https://bridge.example.org/lp".to_owned()],
            next_probe: None,
            position: 41,
            in_flight: 2,
            waiting: 1,
            oldest: Some(EpochMillis(1_699_999_999_000)),
            lag_ms: 1000,
            lost: Some(LostInfo { first: 7, last: 9 }),
            slow: false,
        };
        let text = concat!(
            r#"{"phase":"in_transition","since":1700000000000,"failing":["https://bridge.example.org/lp"],"#,
            r#""next_probe":null,"position":41,"in_flight":2,"waiting":1,"oldest":1699999999000,"lag_ms":1000,"#,
            r#""lost":{"first":7,"last":9},"slow":false}"#
        );
        assert_eq!(serde_json::to_string(&status).unwrap(), text);
        assert_eq!(serde_json::from_str::<DeliveryStatus>(text).unwrap(), status);
    }

    #[test]
    fn phases_are_spelled_alike_everywhere() {
        for phase in [Phase::Up, Phase::Failed, Phase::InTransition, Phase::Recovered] {
            assert_eq!(serde_json::to_string(&phase).unwrap(), format!("\"{}\"", phase.as_str()));
        }
    }
}
