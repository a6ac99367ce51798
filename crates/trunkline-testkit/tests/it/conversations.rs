//! CONVERSATION and SEND. Source: spec 05.

mod bad_input;
mod closing;
mod opening;
mod publishing;
mod tokens;
