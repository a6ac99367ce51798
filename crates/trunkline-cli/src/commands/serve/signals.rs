//! The signals that end a server: SIGTERM and SIGINT.

use crate::failure::Failure;

#[cfg(unix)]
mod system {
    use anyhow::Context as _;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::failure::Failure;

    /// The signals, listened to from the start, so that none is lost.
    pub(crate) struct Signals {
        terminate: Signal,
        interrupt: Signal,
    }

    impl Signals {
        pub(super) fn new() -> Result<Self, Failure> {
            let listen = |kind| signal(kind).context("cannot listen for signals");
            Ok(Self {
                terminate: listen(SignalKind::terminate())?,
                interrupt: listen(SignalKind::interrupt())?,
            })
        }

        /// Waits for the next signal.
        pub(crate) async fn next(&mut self) {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use crate::failure::Failure;

    /// The console's interrupt.
    pub(crate) struct Signals;

    impl Signals {
        pub(super) fn new() -> Result<Self, Failure> {
            Ok(Self)
        }

        /// Waits for the next signal.
        pub(crate) async fn next(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

pub(crate) use system::Signals;

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self, Failure> {
        Self::new()
    }
}
