//! The outbound transport against receivers that misbehave.

mod addresses;
mod answers;
mod bodies;
mod caller;
mod connections;
mod keep_alive;
mod tls;
