//! A bounded queue with one taker, who takes everything that is there at once.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use trunkline_storage::Error;

use crate::failure::failed;
use crate::vitals::now;

/// Why no more is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// The taker finishes what was accepted and leaves everything in order.
    Orderly,
    /// The taker finishes what was accepted and leaves at once.
    Abrupt,
    /// The taker is gone.
    Dead,
}

/// What the taker found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Something to do.
    Jobs,
    /// Nothing until the time was up.
    Nothing,
    /// Nothing, and nothing will come.
    Closed(Closing),
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<T> {
    jobs: VecDeque<T>,
    taker_waits: bool,
    closing: Option<Closing>,
}

impl<T> Queue<T> {
    /// An empty queue for so many jobs.
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State { jobs: VecDeque::new(), taker_waits: false, closing: None };
        Self { state: Mutex::new(state), filled: Condvar::new(), capacity }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job, or says at once why not.
    pub(crate) fn push(&self, job: T) -> Result<(), Error> {
        let mut state = self.lock();
        match state.closing {
            None => {}
            Some(Closing::Orderly | Closing::Abrupt) => return Err(Error::Closed),
            Some(Closing::Dead) => return Err(failed("write", "the writer thread ended")),
        }
        if state.jobs.len() >= self.capacity {
            return Err(Error::Overloaded);
        }
        state.jobs.push_back(job);
        let wake = state.taker_waits;
        state.taker_waits = false;
        drop(state);
        if wake {
            self.filled.notify_one();
            // Where both share a core, the taker would otherwise begin only when this thread has nothing left to do, and
            // whoever waits for a commit would wait for that, too. Elsewhere this returns at once.
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Moves up to `most` jobs into `jobs`, waiting for the first one until `patience` is over (`None`: for ever).
    pub(crate) fn take(&self, jobs: &mut Vec<T>, most: usize, patience: Option<Duration>) -> Taken {
        let until = patience.map(|patience| now() + patience);
        let mut state = self.lock();
        loop {
            if !state.jobs.is_empty() {
                let count = state.jobs.len().min(most);
                jobs.extend(state.jobs.drain(..count));
                return Taken::Jobs;
            }
            if let Some(closing) = state.closing {
                return Taken::Closed(closing);
            }
            let Some(rest) = until.map_or(Some(Duration::MAX), rest_until) else {
                return Taken::Nothing;
            };
            state.taker_waits = true;
            state = if until.is_some() {
                self.filled.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner).0
            } else {
                self.filled.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
            state.taker_waits = false;
        }
    }

    /// How many jobs wait.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// True while jobs are accepted.
    pub(crate) fn is_open(&self) -> bool {
        self.lock().closing.is_none()
    }

    /// Accepts no more. Closing again changes nothing, except that the dead stay dead.
    pub(crate) fn close(&self, closing: Closing) {
        let mut state = self.lock();
        if state.closing.is_none() || closing == Closing::Dead {
            state.closing = Some(closing);
        }
        if closing == Closing::Dead {
            state.jobs.clear();
        }
        drop(state);
        self.filled.notify_one();
    }
}

/// What is left of the time, `None` when it is over.
fn rest_until(until: Instant) -> Option<Duration> {
    until.checked_duration_since(now()).filter(|rest| !rest.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_refuses_at_once() {
        let queue = Queue::new(2);
        assert!(queue.push(1).is_ok());
        assert!(queue.push(2).is_ok());
        assert!(matches!(queue.push(3), Err(Error::Overloaded)));
        let mut jobs = Vec::new();
        assert_eq!(queue.take(&mut jobs, 10, None), Taken::Jobs);
        assert_eq!(jobs, [1, 2]);
    }

    #[test]
    fn what_was_accepted_before_closing_is_still_taken() {
        let queue = Queue::new(2);
        assert!(queue.push(1).is_ok());
        queue.close(Closing::Orderly);
        assert!(matches!(queue.push(2), Err(Error::Closed)));
        let mut jobs = Vec::new();
        assert_eq!(queue.take(&mut jobs, 10, None), Taken::Jobs);
        assert_eq!(queue.take(&mut jobs, 10, None), Taken::Closed(Closing::Orderly));
    }

    #[test]
    fn a_dead_taker_fails_later_jobs() {
        let queue = Queue::new(2);
        queue.close(Closing::Orderly);
        queue.close(Closing::Dead);
        assert!(matches!(queue.push(1), Err(Error::Backend { .. })));
    }
}
