//! What the writer is asked to do, and how the asker gets the answer.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;
use trunkline_storage::Error;

use crate::failure::{BatchFailure, During as _, failed};
use crate::log::{Change, Tombstones};
use crate::row::change;

/// A write.
pub(crate) enum Job {
    /// Appends to the log: the fast path, without a savepoint of its own.
    Append(Box<LogJob<Change>>),
    /// Writes over entries of the log.
    Replace(Box<LogJob<Tombstones>>),
    /// Anything else.
    Run(Box<dyn Operation>),
}

/// Something to do to the log, and who waits for it.
pub(crate) struct LogJob<W> {
    pub(crate) work: W,
    pub(crate) refused: Option<Error>,
    pub(crate) reply: oneshot::Sender<Result<(), Error>>,
}

impl<W> LogJob<W> {
    fn answer(self, operation: &'static str, outcome: &Result<(), BatchFailure>) {
        // A refusal may rest on neighbours that are not there after a failure.
        let answer = match (self.refused, outcome) {
            (_, Err(failure)) => Err(failure.answer(operation)),
            (Some(error), Ok(())) => Err(error),
            (None, Ok(())) => Ok(()),
        };
        let _ = self.reply.send(answer);
    }
}

/// Some work inside the writer's transaction.
pub(crate) trait Operation: Send {
    /// Does the work inside a savepoint and keeps the outcome.
    fn run(&mut self, connection: &Connection);

    /// Tells the asker, after the transaction.
    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailure>);
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is written may be personal.
        f.write_str(match self {
            Self::Append(_) => "Append(…)",
            Self::Replace(_) => "Replace(…)",
            Self::Run(_) => "Run(…)",
        })
    }
}

impl Job {
    /// Tells the asker, after the transaction. Nobody listens any more when the asker gave up; the write stands.
    pub(super) fn answer(self, outcome: &Result<(), BatchFailure>) {
        match self {
            Self::Run(task) => task.answer(outcome),
            Self::Append(job) => job.answer("commit", outcome),
            Self::Replace(job) => job.answer("replace_entries", outcome),
        }
    }
}

/// A closure to run in the writer's transaction.
pub(crate) struct Task<T, F> {
    pub(crate) name: &'static str,
    pub(crate) work: Option<F>,
    pub(crate) done: Option<Result<T, Error>>,
    pub(crate) reply: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Operation for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, Error> + Send,
{
    fn run(&mut self, connection: &Connection) {
        if let Some(work) = self.work.take() {
            self.done = Some(in_savepoint(connection, self.name, work));
        }
    }

    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailure>) {
        let answer = match (self.done, outcome) {
            // Its own failure tells more than the batch's, but a refusal may rest on neighbours that are gone.
            (Some(Err(error @ Error::Backend { .. })), Err(_)) => Err(error),
            (_, Err(failure)) => Err(failure.answer(self.name)),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(failed(self.name, "the operation was not run")),
        };
        let _ = self.reply.send(answer);
    }
}

/// Runs `work` so that its failure, a panic included, undoes its own writes and no others.
fn in_savepoint<T>(
    connection: &Connection,
    name: &'static str,
    work: impl FnOnce(&Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    change(connection, "SAVEPOINT operation", []).during(name)?;
    let done = catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(failed(name, "the operation panicked")));
    if done.is_err() {
        if connection.is_autocommit() {
            // SQLite has rolled back the whole transaction, savepoint and all; the writer will notice.
            return done;
        }
        change(connection, "ROLLBACK TO operation", []).during(name)?;
    }
    change(connection, "RELEASE operation", []).during(name)?;
    done
}
