//! Deliveries as they happen: server-sent events.

use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};

use super::TAIL_PATH;
use crate::{Auth, Endpoint};

/// A stream that has nothing to say sends a comment this often, so that both sides notice a dead connection.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Follows the deliveries of an app. The answer is `text/event-stream`; see the constants for its events. It ends when the
/// server shuts down and when nothing is delivered to the app any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailDeliveries {}

impl TailDeliveries {
    /// The event whose data is a [`DeliveryInfo`](super::DeliveryInfo); its `id` is that of the delivery.
    pub const DELIVERY: &'static str = "delivery";
    /// The event whose data is a [`Lagged`]: the reader was too slow.
    pub const LAGGED: &'static str = "lagged";
}

impl Endpoint for TailDeliveries {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = TAIL_PATH;
    const AUTH: Auth = Auth::Operator;
    /// There is no single body.
    type Response = ();
}

/// Says that deliveries are missing in a stream. The list has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lagged {
    /// How many.
    pub missed: u64,
}
