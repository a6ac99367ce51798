//! Erases what accounts do not want to keep any longer.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trunkline_model::Timer;
use trunkline_services::Error;
use trunkline_services::erasure::{Erasure, RetentionProgress};

use crate::rounds::outlive;

/// From the end of a round to the next one.
pub const INTERVAL: Duration = Duration::from_mins(10);

/// Begins to erase: a round at once and then every [`INTERVAL`]. Shows how many rounds are over.
pub fn start(
    erasure: Arc<Erasure>,
    timer: Arc<dyn Timer>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> watch::Receiver<u64> {
    let (rounds, shown) = watch::channel(0);
    tasks.spawn(async move {
        let mut progress = RetentionProgress::default();
        stop.run_until_cancelled(retain(&erasure, &mut progress, &*timer, &rounds)).await;
        end(&erasure, progress).await;
    });
    shown
}

async fn retain(
    erasure: &Erasure,
    progress: &mut RetentionProgress,
    timer: &dyn Timer,
    rounds: &watch::Sender<u64>,
) {
    loop {
        let next = timer.now().plus(INTERVAL);
        *progress = RetentionProgress::default();
        if outlive("a round of retention", round(erasure, progress)).await.is_none() {
            outlive("noting what was erased", end(erasure, std::mem::take(progress))).await;
        }
        rounds.send_modify(|rounds| *rounds += 1);
        timer.sleep_until(next).await;
    }
}

/// Steps until nothing is left to do; others get a turn after each. Trouble with one account ends the round only where it
/// keeps the next account from being found.
async fn round(erasure: &Erasure, progress: &mut RetentionProgress) {
    loop {
        match erasure.retain(progress).await {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => return,
            Err(error) => {
                warn(&error, "old conversations could not be erased");
                if !progress.goes_on() {
                    return;
                }
            }
        }
    }
}

/// Notes what a round erased that was not made to its end.
async fn end(erasure: &Erasure, progress: RetentionProgress) {
    if let Err(error) = erasure.end_retention(progress).await {
        warn(&error, "what was erased could not be noted");
    }
}

fn warn(error: &Error, what: &str) {
    tracing::warn!(error = error as &dyn std::error::Error, "{what}");
}
