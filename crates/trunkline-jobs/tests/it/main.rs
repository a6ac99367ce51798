//! Background work over real sockets and a real store. One module per piece of work.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod outage;
mod sweeping;
mod transport;
