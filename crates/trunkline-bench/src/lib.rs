//! Measures the real `trunkline` binary from outside, and kills it.
//!
//! Nothing here links the server: the binary is started as a child process and spoken to over sockets, so what is
//! measured and what is proved is what an operator runs. The one exception is routing, a pure machine that is measured by
//! itself, without a server. `cargo xtask bench` and `cargo xtask soak` are the doors;
//! the crash test of `trunkline-cli` uses [`crash`] too.

pub mod agent;
pub mod crash;
pub mod environment;
pub mod histogram;
pub mod http;
pub mod load;
pub mod measures;
pub mod platform;
pub mod random;
pub mod receiver;
pub mod report;
pub mod requests;
pub mod server;
pub mod stopwatch;
mod timeline;
pub mod yardstick;
