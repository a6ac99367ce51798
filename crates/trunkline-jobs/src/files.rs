//! Removes what shared files leave behind: uploads nobody published, files whose time is over, bytes nothing needs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_model::Timer;
use trunkline_services::files::{Files, SweepProgress};

use crate::rounds::outlive;

/// From the end of a round to the next one.
pub const INTERVAL: Duration = Duration::from_mins(10);

/// Begins to sweep: a round at once and then every [`INTERVAL`]. Shows how many rounds are over.
pub fn start(
    files: Arc<Files>,
    timer: Arc<dyn Timer>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> watch::Receiver<u64> {
    let (rounds, shown) = watch::channel(0);
    tasks.spawn(async move { stop.run_until_cancelled(sweep(&files, &*timer, &rounds)).await });
    shown
}

async fn sweep(files: &Files, timer: &dyn Timer, rounds: &watch::Sender<u64>) {
    loop {
        let next = timer.now().plus(INTERVAL);
        if let Some(Err(error)) = outlive("a sweep of files", round(files)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "files could not be swept");
        }
        rounds.send_modify(|rounds| *rounds += 1);
        timer.sleep_until(next).await;
    }
}

/// Steps until nothing is left to do; others get a turn after each.
async fn round(files: &Files) -> Result<(), trunkline_services::Error> {
    let mut progress = SweepProgress::default();
    while files.sweep(&mut progress).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}
