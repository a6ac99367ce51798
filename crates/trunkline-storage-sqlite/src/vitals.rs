//! When the writer was last known to work.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The present moment of the machine. Domain time comes in as an argument; this one only measures the store itself.
#[expect(clippy::disallowed_methods, reason = "measures how the store works, no domain time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Remembers the last durable write, until one fails.
#[derive(Debug, Default)]
pub(crate) struct Vitals(Mutex<Option<Instant>>);

impl Vitals {
    /// A write became durable.
    pub(crate) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now());
    }

    /// A write failed: what was durable before proves nothing any more.
    pub(crate) fn stop(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// True when a write became durable within this span and none failed since.
    pub(crate) fn within(&self, span: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|last| last.elapsed() < span)
    }
}
