//! What an app's deliveries can be asked for.

use tokio::sync::oneshot;
use trunkline_services::webhooks::{AppCommand, Replay, ReplayError};

use super::Worker;
use super::running::Found;
use crate::webhooks::reader::{Reader, Refused};

/// The most commands that wait.
pub(super) const QUEUE: usize = 16;

/// Who waits until something is in the store.
#[derive(Default)]
pub(super) struct Replies {
    flushes: Vec<oneshot::Sender<()>>,
    replays: Vec<oneshot::Sender<Result<(), ReplayError>>>,
    /// Those whose matter is in the progress that is being written.
    written: Written,
}

#[derive(Default)]
struct Written {
    flushes: Vec<oneshot::Sender<()>>,
    replays: Vec<oneshot::Sender<Result<(), ReplayError>>>,
}

impl Replies {
    /// Whether somebody waits for progress that can be written now.
    pub(super) fn wait_for_flush(&self, reader: &Reader) -> bool {
        !self.flushes.is_empty() || (!self.replays.is_empty() && !reader.is_going_back())
    }

    /// Progress is being written.
    pub(super) fn writing(&mut self, reader: &Reader) {
        self.written.flushes.append(&mut self.flushes);
        if !reader.is_going_back() {
            self.written.replays.append(&mut self.replays);
        }
    }

    /// Progress was written, or not.
    pub(super) fn written(&mut self, ok: bool) {
        for done in self.written.flushes.drain(..).filter(|_| ok) {
            // Whoever asked may have gone away.
            let _ = done.send(());
        }
        for done in self.written.replays.drain(..) {
            let _ = done.send(if ok { Ok(()) } else { Err(ReplayError::Store) });
        }
    }
}

impl Worker {
    pub(super) fn command(&mut self, command: AppCommand) {
        let now = self.shared.clock.now();
        match command {
            AppCommand::Resume { done } => {
                self.reader.resume(now);
                let _ = done.send(());
            }
            AppCommand::Flush { done } => {
                self.records.flush_now();
                self.replies.flushes.push(done);
            }
            AppCommand::Replay {
                replay: replay @ (Replay::Event { .. } | Replay::Conversation { .. }),
                done,
            } => {
                self.running.find(&self.shared, &self.app.account, replay, done);
            }
            AppCommand::Replay { replay: Replay::After(position), done } => {
                let taken = self.reader.replay_after(position, now);
                self.taken(taken, done);
            }
            AppCommand::Replay { replay: Replay::Outage, done } => {
                let taken = self.reader.replay_outage(now);
                self.taken(taken, done);
            }
        }
    }

    /// The first entry of a replay was looked for.
    pub(super) fn found(&mut self, found: Found) {
        let now = self.shared.clock.now();
        let entry = match (found.entry, found.replay) {
            (Err(_), _) => {
                let _ = found.done.send(Err(ReplayError::Store));
                return;
            }
            (Ok(Some(entry)), Replay::Event { version, .. }) if entry.entry.version == version => entry,
            (Ok(Some(entry)), Replay::Conversation { .. }) => entry,
            _ => {
                let _ = found.done.send(Err(ReplayError::Unknown));
                return;
            }
        };
        let taken = match found.replay {
            Replay::Event { .. } => self.reader.replay_event(&entry, now),
            _ => self.reader.replay_conversation(&entry, now),
        };
        self.taken(taken, found.done);
    }

    fn taken(&mut self, taken: Result<(), Refused>, done: oneshot::Sender<Result<(), ReplayError>>) {
        match taken {
            Ok(()) => self.replies.replays.push(done),
            Err(refused) => {
                let error = match refused {
                    Refused::NothingLost => ReplayError::NothingLost,
                    Refused::Busy => ReplayError::Busy,
                };
                let _ = done.send(Err(error));
            }
        }
    }
}
