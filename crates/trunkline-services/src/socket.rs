//! What the sockets of agents and of consumers have in common.

mod departures;
mod fault;
mod outbox;

pub(crate) use departures::{Departures, Ticket};
pub(crate) use fault::fault;
pub use outbox::{Frame, Next, Outbox};
