//! What handlers take from a request: tokens, bodies, query and form parameters, path parameters.
//!
//! Nothing here answers in a family's name: refusals are values (or have a common default answer), and each family
//! maps them to its own body.

mod body;
mod pairs;
mod params;
mod token;

pub use body::{Body, BodyError, JsonBodyError};
pub use pairs::{Pairs, PairsError};
pub use params::{Params, account};
pub use token::token;
