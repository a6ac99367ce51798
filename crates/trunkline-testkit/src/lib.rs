//! A whole platform for tests: the real router and the real store on loopback, with a clock moved by hand.
//!
//! ```no_run
//! # async fn example() {
//! let server = trunkline_testkit::TestServer::new().await;
//! let consumer = server.app().await.consumer("crm-4711").await;
//! let conversation = consumer.open().await;
//! assert_eq!(consumer.say(&conversation, "Is the shop open?").await, 0);
//! # }
//! ```

mod agent;
mod answer;
mod app;
mod clock;
mod consumer;
mod raw;
mod receiver;
mod rng;
mod server;
mod session;
mod web_consumer;

pub use agent::AgentSocket;
pub use answer::Answer;
pub use app::App;
pub use clock::TestClock;
pub use consumer::Consumer;
pub use raw::{RawAnswer, RawConnection};
pub use receiver::{Behaviour, Received, Receiver, TestAuthority, TestIdentity};
pub use rng::TestRng;
pub use server::{Settings, TestServer};
pub use session::Session;
