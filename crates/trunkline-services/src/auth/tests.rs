//! The checks, against a real store; and the world that the tests of the neighbouring services share.

mod tokens;
mod users;
mod world;

pub(crate) use world::{TestRng, World, account};
