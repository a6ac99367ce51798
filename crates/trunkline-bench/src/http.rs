//! A lean HTTP/1.1 client: requests are bytes made beforehand, answers are cut, not interpreted.
//!
//! The load generator has one core and must never be the bottleneck, so nothing is allocated per exchange and only the
//! status, `Content-Length` and the body are looked at.

mod answer;
mod connection;
mod request;
mod stream;

pub use answer::Answer;
pub use connection::{Connection, ExchangeError, Target};
pub use request::Request;
pub use stream::Stream;
