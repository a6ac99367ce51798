//! Work that goes on while something else is measured.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::stopwatch;

/// How long one step may take before the run has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who makes one step after the other. Ends when it is dropped.
pub(super) struct Beside {
    working: JoinSet<anyhow::Result<()>>,
    done: watch::Receiver<u32>,
    began: Instant,
}

impl Beside {
    /// Begins work that counts its steps.
    pub(super) fn begin<W>(work: impl FnOnce(watch::Sender<u32>) -> W) -> Self
    where
        W: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (told, done) = watch::channel(0);
        let mut working = JoinSet::new();
        working.spawn(work(told));
        Self { working, done, began: stopwatch::now() }
    }

    /// How many steps per second were made. Waits for the first if there was none.
    pub(super) async fn end(mut self) -> anyhow::Result<f64> {
        let (done, elapsed) = (*self.done.borrow(), self.began.elapsed());
        let first = tokio::time::timeout(PATIENCE, self.done.wait_for(|done| *done > 0)).await;
        let is_answered = first.context("work beside SEND makes no step")?.is_ok();
        // Why it ended says more than that it did.
        if let Some(ended) = self.working.try_join_next() {
            ended?.context("work beside SEND")?;
        }
        ensure!(is_answered, "work beside SEND ended without a step");
        Ok(f64::from(done) / elapsed.as_secs_f64())
    }
}
