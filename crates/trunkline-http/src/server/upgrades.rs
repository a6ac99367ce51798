//! What becomes of a connection that is no longer HTTP.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where upgraded connections are served. Each upgrade request carries it as an extension.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upgrades {
    /// The listeners' tasks: shutdown waits for those of upgraded connections like for running requests.
    pub(crate) tasks: TaskTracker,
    /// How they are asked to end.
    pub(crate) shutdown: Shutdown,
}

/// The two steps of a shutdown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shutdown {
    /// Finish what was begun.
    pub(crate) begin: CancellationToken,
    /// Draining took too long: end at once.
    pub(crate) drop_now: CancellationToken,
}
