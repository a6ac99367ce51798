//! Delivery of webhooks: readers of the conversation log that POST what they find. Source: spec 06, design §1.
//!
//! The log is the outbox: there is no queue beside it. One `feeder` reads its end and hands entries to the apps of their
//! accounts; each enabled app has a `worker` that sends them and moves the app's cursor when they are confirmed. The
//! worker decides nothing: what is sent next, what waits and up to where everything is settled is the `reader`'s, which
//! is pure and therefore tested without sockets and clocks. What a worker cannot take at once stays in the log and is read
//! from the store later, so memory does not grow with what is undelivered.

mod backoff;
mod engine;
mod feeder;
mod flusher;
mod inbox;
mod options;
mod policy;
mod reader;
mod sampler;
mod slowness;
pub mod transport;
mod worker;

pub use engine::start;
pub use options::Options;
