//! The reader against a log in memory and endpoints that do what they are told.

mod order;
mod phases;
mod random;
mod replays;
mod retries;
mod world;
