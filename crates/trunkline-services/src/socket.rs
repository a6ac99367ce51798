//! What the sockets of agents and of consumers have in common.

mod outbox;

pub use outbox::{Frame, Next, Outbox};
