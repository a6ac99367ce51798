//! Writes the ledger.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::ensure;

use super::line::{FORGED, Line};
use crate::receiver::{Desk, Received, Reply, SignatureCheck};

/// Notes what comes in by one port.
#[derive(Debug)]
pub(super) struct Clerk {
    listener: usize,
    ledger: Arc<Mutex<File>>,
    instructions: Mutex<Instructions>,
}

#[derive(Debug, Default)]
struct Instructions {
    reply: Reply,
    check: Option<SignatureCheck>,
}

impl Clerk {
    pub(super) fn new(listener: usize, ledger: Arc<Mutex<File>>) -> Self {
        Self { listener, ledger, instructions: Mutex::default() }
    }

    pub(super) fn check_signatures(&self, client_secret: &str) {
        lock(&self.instructions).check = Some(SignatureCheck::new(client_secret));
    }

    pub(super) fn answer(&self, reply: Reply) {
        lock(&self.instructions).reply = reply;
    }

    /// Notes a mark.
    pub(super) fn mark(&self, number: u64) -> anyhow::Result<()> {
        ensure!(self.note(&Line::Mark(number)), "the ledger cannot be written");
        Ok(())
    }

    /// The file has no buffer, so the line is there for readers when this returns; whether it is.
    fn note(&self, line: &Line<'_>) -> bool {
        let text = format!("{line}\n");
        lock(&self.ledger).write_all(text.as_bytes()).is_ok()
    }
}

impl Desk for Clerk {
    fn take(&self, request: &Received<'_>, _: Instant) -> Reply {
        let instructions = lock(&self.instructions);
        let fits = |check: &SignatureCheck| check.fits(request.signature, request.body);
        let line = if instructions.check.as_ref().is_none_or(fits) {
            Line::of(self.listener, request, instructions.reply)
        } else {
            Line::Odd { listener: self.listener, what: FORGED }
        };
        // What the ledger does not know of must not be confirmed.
        if self.note(&line) { instructions.reply } else { Reply::Fail }
    }

    fn garbled(&self) {
        // The ledger then lacks a line about something that is not lost either.
        let _ = self.note(&Line::unreadable(self.listener));
    }
}

/// The values are right even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
