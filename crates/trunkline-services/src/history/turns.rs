//! How many searches run at once.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Error;

/// Searches that run. Each reads one slice at a time, so that half of the store's readers are left for everybody else.
const RUNNING: usize = 2;
/// Searches that run or wait.
const ADMITTED: usize = 64;

/// Turns of searches.
#[derive(Debug)]
pub(super) struct Turns {
    admitted: Semaphore,
    running: Semaphore,
}

/// The right to search, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _admitted: SemaphorePermit<'a>,
    _running: SemaphorePermit<'a>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self { admitted: Semaphore::new(ADMITTED), running: Semaphore::new(RUNNING) }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub(super) async fn take(&self) -> Result<Turn<'_>, Error> {
        let admitted = self.admitted.try_acquire().map_err(|_| Error::Overloaded)?;
        let running = self.running.acquire().await.map_err(|_| Error::Overloaded)?;
        Ok(Turn { _admitted: admitted, _running: running })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn those_who_wait_are_counted() {
        let turns = Turns::new();
        let mut waiting: Vec<_> = (0..ADMITTED).map(|_| Box::pin(turns.take())).collect();
        let mut cx = Context::from_waker(Waker::noop());
        let mut running = Vec::new();
        for wait in &mut waiting {
            if let Poll::Ready(turn) = wait.as_mut().poll(&mut cx) {
                running.push(turn.unwrap());
            }
        }
        assert_eq!(running.len(), RUNNING);
        assert!(matches!(pin!(turns.take()).poll(&mut cx), Poll::Ready(Err(Error::Overloaded))));
        running.pop();
        assert!(waiting[RUNNING].as_mut().poll(&mut cx).is_ready());
    }
}
