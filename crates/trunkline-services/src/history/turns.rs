//! How many requests for history are served at once.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Error;

/// Requests that run or wait.
const ADMITTED: usize = 64;

/// Turns of one kind of requests. Whoever names a conversation does not wait behind searches through thousands.
#[derive(Debug)]
pub(super) struct Turns {
    admitted: Semaphore,
    running: Semaphore,
}

/// The right to read, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _admitted: Option<SemaphorePermit<'a>>,
    _running: SemaphorePermit<'a>,
}

impl Turns {
    /// So many at once.
    pub(super) fn new(running: usize) -> Self {
        Self { admitted: Semaphore::new(ADMITTED), running: Semaphore::new(running) }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub(super) async fn take(&self) -> Result<Turn<'_>, Error> {
        let admitted = self.admitted.try_acquire().map_err(|_| Error::Overloaded)?;
        Ok(Turn { _admitted: Some(admitted), ..self.wait().await? })
    }

    /// Waits for a turn, however many others wait. For those whose number is bounded elsewhere, and who could not go on if
    /// they were refused.
    pub(super) async fn wait(&self) -> Result<Turn<'_>, Error> {
        let running = self.running.acquire().await.map_err(|_| Error::Overloaded)?;
        Ok(Turn { _admitted: None, _running: running })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn those_who_wait_are_counted() {
        let turns = Turns::new(2);
        let mut waiting: Vec<_> = (0..ADMITTED).map(|_| Box::pin(turns.take())).collect();
        let mut cx = Context::from_waker(Waker::noop());
        let mut running = Vec::new();
        for wait in &mut waiting {
            if let Poll::Ready(turn) = wait.as_mut().poll(&mut cx) {
                running.push(turn.unwrap());
            }
        }
        assert_eq!(running.len(), 2);
        assert!(matches!(pin!(turns.take()).poll(&mut cx), Poll::Ready(Err(Error::Overloaded))));
        running.pop();
        assert!(waiting[2].as_mut().poll(&mut cx).is_ready());
    }
}
