//! The queue before the signing threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use trunkline_jose::SignError;

use super::blocking;
use crate::Error;

/// Lets a few signatures run at the same time and a bounded number of requests wait.
pub(super) struct Signing {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
}

impl Signing {
    pub(super) fn new(signers: usize, max_waiting: usize) -> Self {
        Self { running: Arc::new(Semaphore::new(signers.max(1))), waiting: AtomicUsize::new(0), max_waiting }
    }

    /// Runs one signature on a blocking thread.
    pub(super) async fn run(
        &self,
        sign: impl FnOnce() -> Result<String, SignError> + Send + 'static,
    ) -> Result<Arc<str>, Error> {
        let permit = match Arc::clone(&self.running).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let signed = blocking(move || {
            // Freed when the work is done, even if the request that wanted it has gone away.
            let _permit = permit;
            sign()
        });
        signed.await?.map(Arc::from).map_err(|error| Error::Crypto(error.into()))
    }

    async fn wait(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Error> {
        let _place = Place::take(&self.waiting, self.max_waiting).ok_or(Error::Overloaded)?;
        Arc::clone(&self.running).acquire_owned().await.map_err(|error| Error::Crypto(error.into()))
    }
}

/// A place in a bounded queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, max: usize) -> Option<Self> {
        let more = |count| (count < max).then_some(count + 1);
        waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn too_many_waiting_signatures_are_turned_away() {
        let signing = Signing::new(1, 1);
        let (go, gate) = mpsc::channel::<()>();
        let first = signing.run(move || {
            gate.recv().ok();
            Ok("first".to_owned())
        });
        let second = signing.run(|| Ok("second".to_owned()));
        let third = async {
            let refused = signing.run(|| Ok("third".to_owned())).await;
            go.send(()).unwrap();
            refused
        };
        // Polled in this order: the first runs, the second waits, the third finds the queue full.
        let (first, second, third) = tokio::join!(biased; first, second, third);
        assert_eq!(&*first.unwrap(), "first");
        assert_eq!(&*second.unwrap(), "second");
        assert!(matches!(third, Err(Error::Overloaded)));
        assert_eq!(signing.waiting.load(Ordering::Relaxed), 0);
    }
}
