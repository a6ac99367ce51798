//! What the sockets of agents and of consumers have in common.

mod departures;
mod outbox;

pub(crate) use departures::{Departures, Ticket};
pub use outbox::{Frame, Next, Outbox};
