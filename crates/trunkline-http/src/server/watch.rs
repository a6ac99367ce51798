//! The watchdog's notes about one connection: what it is doing and until when it may.
//!
//! The socket, the service and the response body write the notes while the connection's task is polled; the task reads
//! them after each poll ([`super::connection`]). Writing a note is a store and at most one look at the clock, so a
//! request costs no timer operation: a deadline that moves later is noticed only when the old one fires.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use hyper::body::Incoming;
use tokio::time::Instant;

use super::Limits;

/// No deadline.
pub(super) const NEVER: u64 = u64::MAX;

/// How long a connection that closes is still read from, so that the peer sees the answer rather than a reset.
const LINGER: Duration = Duration::from_secs(1);

/// What a connection's read side is doing.
mod phase {
    /// Opened, nothing heard yet.
    pub(super) const FRESH: u8 = 0;
    /// Between requests.
    pub(super) const IDLE: u8 = 1;
    /// In the middle of a request's head.
    pub(super) const HEAD: u8 = 2;
    /// A request is being handled; its body has its own limit.
    pub(super) const BUSY: u8 = 3;
}

/// How a connection is asked to end.
mod closing {
    pub(super) const NO: u8 = 0;
    pub(super) const AFTER_REQUEST: u8 = 1;
    pub(super) const NOW: u8 = 2;
}

/// The notes. Times are microseconds since the connection was opened.
pub(super) struct Watch {
    opened: Instant,
    limits: Arc<Limits>,
    phase: AtomicU8,
    read_until: AtomicU64,
    write_until: AtomicU64,
    body_unread: AtomicBool,
    leftover: Mutex<Option<Incoming>>,
    closing: AtomicU8,
    task: OnceLock<Waker>,
}

impl Watch {
    pub(super) fn new(limits: Arc<Limits>) -> Self {
        Self {
            opened: Instant::now(),
            phase: AtomicU8::new(phase::FRESH),
            read_until: AtomicU64::new(micros(limits.head)),
            write_until: AtomicU64::new(NEVER),
            body_unread: AtomicBool::new(false),
            leftover: Mutex::new(None),
            closing: AtomicU8::new(closing::NO),
            task: OnceLock::new(),
            limits,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn after(&self, span: Duration) -> u64 {
        micros(self.opened.elapsed()).saturating_add(micros(span))
    }

    /// The moment a noted deadline stands for.
    pub(super) fn instant(&self, deadline: u64) -> Instant {
        self.opened + Duration::from_micros(deadline)
    }

    /// The TLS handshake is over: the time for the first head begins now.
    pub(super) fn handshake_ends(&self) {
        self.phase.store(phase::FRESH, Ordering::Relaxed);
        self.write_until.store(NEVER, Ordering::Relaxed);
        self.read_until.store(self.after(self.limits.head), Ordering::Relaxed);
    }

    /// Bytes came in.
    pub(super) fn bytes_come(&self) {
        match self.phase.load(Ordering::Relaxed) {
            phase::FRESH => self.phase.store(phase::HEAD, Ordering::Relaxed),
            phase::IDLE => {
                self.phase.store(phase::HEAD, Ordering::Relaxed);
                self.read_until.store(self.after(self.limits.head), Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// A request's head is complete.
    pub(super) fn request_begins(&self) {
        self.phase.store(phase::BUSY, Ordering::Relaxed);
        self.read_until.store(NEVER, Ordering::Relaxed);
    }

    /// An answer was handed over completely.
    pub(super) fn response_ends(&self) {
        self.phase.store(phase::IDLE, Ordering::Relaxed);
        self.read_until.store(self.after(self.limits.idle), Ordering::Relaxed);
    }

    /// The peer takes no bytes at present.
    pub(super) fn write_blocks(&self) {
        self.limit_write(self.limits.write);
    }

    /// The peer took bytes.
    pub(super) fn write_moves(&self) {
        if self.write_until.load(Ordering::Relaxed) != NEVER {
            self.write_until.store(NEVER, Ordering::Relaxed);
        }
    }

    /// Everything was sent; only the peer's end is awaited.
    pub(super) fn lingers(&self) {
        self.limit_write(LINGER.min(self.limits.write));
    }

    fn limit_write(&self, span: Duration) {
        if self.write_until.load(Ordering::Relaxed) == NEVER {
            self.write_until.store(self.after(span), Ordering::Relaxed);
        }
    }

    /// The next deadline, [`NEVER`] if there is none.
    pub(super) fn deadline(&self) -> u64 {
        let write = self.write_until.load(Ordering::Relaxed);
        // An answer counts as over when it is buffered; the idle time must not cut its way through a slow socket.
        if write == NEVER { self.read_until.load(Ordering::Relaxed) } else { write }
    }

    /// Whether closing now would make the peer's unread bytes reset the connection under the answer.
    pub(super) fn peer_may_send(&self) -> bool {
        self.body_unread.load(Ordering::Relaxed)
            || matches!(self.phase.load(Ordering::Relaxed), phase::HEAD | phase::BUSY)
    }

    /// Notes that a request's body stays unread, hence that this connection ends with the answer.
    pub(super) fn body_stays_unread(&self) {
        self.body_unread.store(true, Ordering::Relaxed);
    }

    /// Keeps the rest of a request body its handler did not want.
    pub(super) fn put_leftover(&self, body: Incoming) {
        *self.leftover.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }

    pub(super) fn take_leftover(&self) -> Option<Incoming> {
        self.leftover.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Names the task to wake when the connection is asked to close. The first call counts.
    pub(super) fn set_task(&self, waker: &Waker) {
        self.task.get_or_init(|| waker.clone());
    }

    /// Asks the connection to end after the request it is handling.
    pub(super) fn close_gracefully(&self) {
        self.ask(closing::AFTER_REQUEST);
    }

    /// Asks the connection to end at once.
    pub(super) fn close_now(&self) {
        self.ask(closing::NOW);
    }

    fn ask(&self, how: u8) {
        self.closing.store(how, Ordering::SeqCst);
        if let Some(task) = self.task.get() {
            task.wake_by_ref();
        }
    }

    pub(super) fn should_close(&self) -> bool {
        self.closing.load(Ordering::SeqCst) != closing::NO
    }

    pub(super) fn should_close_now(&self) -> bool {
        self.closing.load(Ordering::SeqCst) == closing::NOW
    }
}

fn micros(span: Duration) -> u64 {
    // Longer than any limit that makes sense, and short enough for arithmetic on instants.
    const LONGEST: Duration = Duration::from_hours(24 * 365);
    u64::try_from(span.min(LONGEST).as_micros()).unwrap_or(NEVER)
}
