//! A clock that stands still until it is moved.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use trunkline_model::{Clock, Timer};
use trunkline_wire::EpochMillis;

/// Starts at 2023-11-14T22:13:20Z, the moment the examples of the contract use.
#[derive(Debug)]
pub struct TestClock(watch::Sender<i64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(watch::Sender::new(1_700_000_000_000))
    }
}

impl TestClock {
    /// Moves the time forward and wakes whoever waited for it.
    pub fn advance(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).expect("tests move time by less than an age");
        self.0.send_modify(|now| *now += millis);
    }
}

impl Clock for TestClock {
    fn now(&self) -> EpochMillis {
        EpochMillis(*self.0.borrow())
    }
}

impl Timer for TestClock {
    fn sleep_until(&self, at: EpochMillis) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            // A clock that is gone never gets there.
            if now.wait_for(|now| *now >= at.0).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
