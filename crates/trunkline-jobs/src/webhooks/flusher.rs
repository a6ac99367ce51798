//! Writes the progress of all apps together.
//!
//! Each commit of the store keeps whoever sends messages waiting for a moment. Many apps that each wrote on their own
//! would be felt there; together they are one more commit every now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use trunkline_model::{DeliveryProgress, Timer};
use trunkline_storage::Storage;
use trunkline_wire::EpochMillis;

use super::Options;

/// How long progress is collected: what a crash may cause to be delivered twice.
const WINDOW: Duration = Duration::from_millis(40);
/// The most apps written at once.
const MOST: usize = 1024;

/// Progress of one app, and who waits until it is written; the answer says whether it was.
pub(crate) type Flush = (DeliveryProgress, oneshot::Sender<bool>);

/// Takes progress to be written.
#[derive(Debug, Clone)]
pub(crate) struct Flusher(mpsc::Sender<Flush>);

impl Flusher {
    /// A flusher, and what [`run`] takes from.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Flush>) {
        let (sender, receiver) = mpsc::channel(MOST);
        (Self(sender), receiver)
    }

    /// Writes progress with that of other apps. False when it could not be written.
    pub(crate) async fn write(&self, progress: DeliveryProgress) -> bool {
        let (done, written) = oneshot::channel();
        self.0.send((progress, done)).await.is_ok() && written.await.unwrap_or(false)
    }
}

/// Writes until every flusher is gone.
pub(crate) async fn run(
    mut flushes: mpsc::Receiver<Flush>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Timer>,
    options: Options,
) {
    let mut batch = Vec::new();
    while let Some(first) = flushes.recv().await {
        batch.push(first);
        tokio::time::sleep(WINDOW).await;
        while batch.len() < MOST
            && let Ok(next) = flushes.try_recv()
        {
            batch.push(next);
        }
        let (progress, waiting): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let kept = i64::try_from(options.records_retention.as_millis()).unwrap_or(i64::MAX);
        let since = EpochMillis(clock.now().0.saturating_sub(kept));
        let outcome = storage.advance_deliveries(progress, options.records, since).await;
        if let Err(error) = &outcome {
            let error = error as &dyn std::error::Error;
            tracing::error!(error, "webhook delivery cannot write its progress");
        }
        for done in waiting {
            // Whoever waited may have gone away.
            let _ = done.send(outcome.is_ok());
        }
    }
}
