//! How fast history is read while others write.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use trunkline_model::LogPosition;

/// Who has read for so long looks whether somebody wrote meanwhile.
const STRETCH: Duration = Duration::from_millis(5);
/// If so, the pause is so many times as long: a reader takes a third of the time at most, and a ninth of a busy core.
const PAUSES: u32 = 2;
/// The longest stretch that counts, however long a read had to wait.
const LONGEST: Duration = Duration::from_millis(50);

/// The pace of one request or export. Whoever reads much gives way to those who write, and only to them: nothing is slower
/// while nothing is written.
#[derive(Debug)]
pub(super) struct Pace {
    tail: watch::Receiver<LogPosition>,
    stretch: Mutex<Stretch>,
}

/// A stretch of reading.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    began: Instant,
    /// The end of the log at that time.
    position: LogPosition,
}

impl Pace {
    /// The pace of somebody who begins now; `tail` is the end of the log.
    pub(super) fn new(tail: watch::Receiver<LogPosition>) -> Self {
        let stretch = Mutex::new(Stretch { began: Instant::now(), position: *tail.borrow() });
        Self { tail, stretch }
    }

    /// Pauses if it is time for it.
    pub(super) async fn give_way(&self) {
        let Stretch { began, position } = *self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        let length = began.elapsed();
        if length < STRETCH {
            return;
        }
        let end = *self.tail.borrow();
        if end != position {
            tokio::time::sleep(length.min(LONGEST) * PAUSES).await;
        }
        let next = Stretch { began: Instant::now(), position: end };
        *self.stretch.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One read.
    const READ: Duration = Duration::from_millis(3);

    /// Reads 100 times, with a write beside each read or none; returns how long that took, pauses included.
    async fn reading(writes: bool) -> Duration {
        let (log, tail) = watch::channel(LogPosition::START);
        let (pace, began) = (Pace::new(tail), Instant::now());
        for _ in 0..100 {
            tokio::time::advance(READ).await;
            if writes {
                log.send_modify(|position| position.0 += 1);
            }
            pace.give_way().await;
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn while_nobody_writes_nothing_is_slower() {
        assert_eq!(reading(false).await, READ * 100);
    }

    #[tokio::test(start_paused = true)]
    async fn beside_those_who_write_two_thirds_of_the_time_are_pauses() {
        assert_eq!(reading(true).await, READ * 300);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_request_is_not_held_up_and_a_long_wait_not_doubled() {
        let (log, tail) = watch::channel(LogPosition::START);
        let (pace, began) = (Pace::new(tail), Instant::now());
        log.send_modify(|position| position.0 += 1);
        tokio::time::advance(Duration::from_millis(4)).await;
        pace.give_way().await;
        assert_eq!(began.elapsed(), Duration::from_millis(4));
        tokio::time::advance(Duration::from_secs(10)).await;
        pace.give_way().await;
        assert_eq!(began.elapsed(), Duration::from_millis(10_004) + LONGEST * PAUSES);
    }
}
