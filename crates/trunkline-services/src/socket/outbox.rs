//! What waits to be written to one socket: bounded, and in the order that clients rely on.
//!
//! A request's response goes out before the notifications it causes. While a request is being handled the outbox is
//! therefore *corked*: notifications are held back until the response is in.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use trunkline_wire::EpochMillis;
use trunkline_wire::agent::Close;

/// A reader with more than this waiting is too slow. Source: issue of the agent side, 1 MiB for 10 s.
const SOFT_LIMIT: usize = 1 << 20;
/// More than this is never kept: the socket is closed at once.
const HARD_LIMIT: usize = 8 << 20;
/// How long a reader may be too slow.
const PATIENCE: Duration = Duration::from_secs(10);

/// A frame, shared between the sockets that get it.
pub type Frame = Arc<str>;

/// What to do with the socket next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Write this.
    Frame(Frame),
    /// Close it.
    Close(Close),
}

/// The frames that wait for one socket.
#[derive(Debug, Default)]
pub struct Outbox {
    state: Mutex<State>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    held: VecDeque<Frame>,
    bytes: usize,
    corked: bool,
    /// Since when more than the soft limit waits.
    full_since: Option<EpochMillis>,
    close: Option<Close>,
}

impl Outbox {
    /// Holds notifications back until [`Outbox::respond`].
    pub fn cork(&self) {
        self.lock().corked = true;
    }

    /// Adds the response of the request that was handled, if it has one, with what belongs to it, and then what was held
    /// back.
    pub fn respond(&self, response: impl IntoIterator<Item = Frame>, now: EpochMillis) {
        let mut state = self.lock();
        state.corked = false;
        for frame in response {
            if state.grow(frame.len(), now) {
                state.frames.push_back(frame);
            }
        }
        let held = std::mem::take(&mut state.held);
        state.frames.extend(held);
        self.tell(state);
    }

    /// Adds a notification.
    pub fn notify(&self, frame: Frame, now: EpochMillis) {
        let mut state = self.lock();
        if state.grow(frame.len(), now) {
            if state.corked {
                state.held.push_back(frame);
            } else {
                state.frames.push_back(frame);
            }
        }
        self.tell(state);
    }

    /// Wakes the writer, and those who wait for room when there will be none.
    fn tell(&self, state: MutexGuard<'_, State>) {
        let is_closed = state.close.is_some();
        drop(state);
        self.filled.notify_one();
        if is_closed {
            self.emptied.notify_waiters();
        }
    }

    /// Closes the socket once what waits is written; a reader who is too slow gets nothing more.
    pub fn close(&self, close: Close) {
        let mut state = self.lock();
        if state.close.is_none() {
            state.close = Some(close);
        }
        if close == Close::ReadsTooSlowly {
            state.forget();
        }
        drop(state);
        self.filled.notify_one();
        self.emptied.notify_waiters();
    }

    /// Closes the socket of a reader who has been too slow for too long.
    pub fn check(&self, now: EpochMillis) {
        let too_long = self.lock().full_since.is_some_and(|since| now.since(since) >= PATIENCE);
        if too_long {
            self.close(Close::ReadsTooSlowly);
        }
    }

    /// True once the socket is to be closed.
    pub fn is_closed(&self) -> bool {
        self.lock().close.is_some()
    }

    /// Waits for the next thing to do.
    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.filled.notified().await;
        }
    }

    fn take(&self) -> Option<Next> {
        let mut state = self.lock();
        let Some(frame) = state.frames.pop_front() else {
            return state.close.map(Next::Close);
        };
        state.bytes -= frame.len();
        if state.bytes <= SOFT_LIMIT {
            state.full_since = None;
        }
        let room = state.bytes <= SOFT_LIMIT / 4;
        drop(state);
        if room {
            self.emptied.notify_waiters();
        }
        Some(Next::Frame(frame))
    }

    /// Waits until little is left, so that a long list is written at the reader's pace. False when the socket closes.
    pub async fn has_room(&self) -> bool {
        loop {
            let emptied = self.emptied.notified();
            if let Some(room) = self.room() {
                return room;
            }
            emptied.await;
        }
    }

    /// Whether there is room; `None` while it must be waited for.
    fn room(&self) -> Option<bool> {
        let state = self.lock();
        if state.close.is_some() {
            return Some(false);
        }
        (state.bytes <= SOFT_LIMIT / 4).then_some(true)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is right even if a holder panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts bytes; false when nothing more is taken.
    fn grow(&mut self, bytes: usize, now: EpochMillis) -> bool {
        if self.close.is_some() {
            return false;
        }
        self.bytes += bytes;
        if self.bytes > HARD_LIMIT {
            self.close = Some(Close::ReadsTooSlowly);
            self.forget();
            return false;
        }
        if self.bytes > SOFT_LIMIT {
            self.full_since.get_or_insert(now);
        }
        true
    }

    fn forget(&mut self) {
        self.frames.clear();
        self.held.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMillis = EpochMillis(1_000);

    fn frame(bytes: usize) -> Frame {
        "x".repeat(bytes).into()
    }

    #[tokio::test]
    async fn the_response_goes_before_what_the_request_caused() {
        let outbox = Outbox::default();
        outbox.notify("earlier".into(), NOW);
        outbox.cork();
        outbox.notify("caused".into(), NOW);
        outbox.respond(Some("response".into()), NOW);
        for expected in ["earlier", "response", "caused"] {
            assert_eq!(outbox.next().await, Next::Frame(expected.into()));
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_beyond_the_hard_limit_corked_or_not() {
        for corked in [false, true] {
            let outbox = Outbox::default();
            if corked {
                outbox.cork();
            }
            for _ in 0..20 {
                outbox.notify(frame(1 << 20), NOW);
            }
            outbox.respond(Some("response".into()), NOW);
            assert_eq!(outbox.next().await, Next::Close(Close::ReadsTooSlowly));
        }
    }

    #[tokio::test]
    async fn a_closed_outbox_takes_nothing_more() {
        let outbox = Outbox::default();
        outbox.cork();
        outbox.notify("before".into(), NOW);
        outbox.close(Close::GoingAway);
        outbox.notify("after".into(), NOW);
        outbox.respond(None, NOW);
        assert_eq!(outbox.next().await, Next::Frame("before".into()));
        assert_eq!(outbox.next().await, Next::Close(Close::GoingAway));
        assert!(!outbox.has_room().await);
    }

    #[tokio::test]
    async fn a_reader_may_be_slow_for_ten_seconds() {
        let outbox = Outbox::default();
        outbox.notify(frame(SOFT_LIMIT + 1), NOW);
        outbox.check(EpochMillis(NOW.0 + 9_999));
        assert!(!outbox.is_closed());
        outbox.check(EpochMillis(NOW.0 + 10_000));
        assert_eq!(outbox.next().await, Next::Close(Close::ReadsTooSlowly));
    }

    #[tokio::test]
    async fn a_reader_who_catches_up_is_not_slow() {
        let outbox = Outbox::default();
        outbox.notify(frame(SOFT_LIMIT + 1), NOW);
        outbox.next().await;
        outbox.check(EpochMillis(NOW.0 + 60_000));
        assert!(!outbox.is_closed());
    }
}
