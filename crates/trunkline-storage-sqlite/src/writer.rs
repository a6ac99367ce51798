//! The writer thread: drains the queue into one transaction, commits, answers.
//!
//! Whatever a batch makes visible, heads in memory included, becomes visible after its `COMMIT` and before the first
//! answer. When the transaction fails everybody in it gets the error and nothing is visible.

mod job;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

pub(crate) use job::{Job, LogJob, Task};

use crate::checkpoint::Checkpoints;
use crate::failure::BatchFailure;
use crate::log::heads::{Heads, Pending};
use crate::log::index::Cycle;
use crate::log::ring::Ring;
use crate::log::times::TimeMark;
use crate::log::{Appender, Refusal, position};
use crate::queue::{Closing, Queue, Taken};
use crate::vitals::{Vitals, now};
use crate::{Options, row};

/// How long a failed batch keeps the index from being tried again.
const AFTER_FAILURE: Duration = Duration::from_millis(200);
/// How long nothing must happen before the rest of the write-ahead log is moved into the database.
const IDLE: Duration = Duration::from_millis(300);

/// What the writer shares with the rest of the store.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) queue: Arc<Queue<Job>>,
    pub(crate) heads: Arc<Heads>,
    pub(crate) ring: Arc<Ring>,
    pub(crate) vitals: Arc<Vitals>,
    pub(crate) checkpoints: Arc<Checkpoints>,
}

/// The state of the writer thread.
pub(crate) struct Writer {
    connection: Connection,
    shared: Shared,
    options: Options,
    /// The last committed entry.
    end: TimeMark,
    /// The newest note of the time.
    noted: TimeMark,
    pending: Pending,
    cycle: Option<Cycle>,
    indexed: Instant,
    indexed_last: i64,
    failed: bool,
    /// Keeps other processes out as long as the writer lives.
    _lock: File,
}

/// Tells everybody when the thread ends, in whatever way.
struct Obituary(Arc<Queue<Job>>, Closing);

impl Drop for Obituary {
    fn drop(&mut self) {
        self.0.close(self.1);
    }
}

impl Writer {
    /// A writer that continues after the log's `end`.
    pub(crate) fn new(
        connection: Connection,
        shared: Shared,
        options: Options,
        (noted, end): (TimeMark, TimeMark),
        lock: File,
    ) -> Self {
        Self {
            connection,
            shared,
            options,
            end,
            noted,
            pending: Pending::default(),
            cycle: None,
            indexed: now(),
            indexed_last: end.ordinal,
            failed: false,
            _lock: lock,
        }
    }

    /// Works until the queue is closed.
    pub(crate) fn run(mut self) {
        let mut obituary = Obituary(Arc::clone(&self.shared.queue), Closing::Dead);
        let mut jobs = Vec::with_capacity(self.options.batch);
        loop {
            let taken = self.shared.queue.take(&mut jobs, self.options.batch, self.patience());
            if let Taken::Closed(closing) = taken {
                if closing == Closing::Orderly {
                    self.finish();
                }
                obituary.1 = closing;
                return;
            }
            self.begin_cycle_if_due();
            if !jobs.is_empty() || self.cycle.is_some() {
                self.batch(&mut jobs);
                self.shared.checkpoints.after_batch(&self.connection);
            } else if taken == Taken::Nothing {
                self.failed = false;
                self.shared.checkpoints.idle();
            }
        }
    }

    /// How long to wait for a job: not at all while the index is being written, else until it is due.
    fn patience(&self) -> Option<Duration> {
        if self.failed {
            Some(AFTER_FAILURE)
        } else if self.cycle.is_some() {
            Some(Duration::ZERO)
        } else if self.shared.heads.any_dirty() {
            Some(self.options.index_after.saturating_sub(self.indexed.elapsed()))
        } else {
            self.shared.checkpoints.any_waiting().then_some(IDLE)
        }
    }

    fn begin_cycle_if_due(&mut self) {
        if self.cycle.is_some() {
            return;
        }
        let entries = self.end.ordinal.abs_diff(self.indexed_last);
        let due =
            entries >= self.options.index_after_entries || self.indexed.elapsed() >= self.options.index_after;
        if due && self.shared.heads.any_dirty() {
            self.begin_cycle();
        }
    }

    fn begin_cycle(&mut self) {
        self.cycle = Some(Cycle::begin(&self.shared.heads, self.end, self.noted));
        self.indexed = now();
        self.indexed_last = self.end.ordinal;
    }

    /// Brings the index up to the log's end.
    fn finish(&mut self) {
        if self.cycle.is_none() {
            self.begin_cycle();
        }
        while self.cycle.is_some() || self.shared.heads.any_dirty() {
            if self.cycle.is_none() {
                self.begin_cycle();
            }
            self.batch(&mut Vec::new());
            if self.failed {
                // The log has everything; the next start reads its end again.
                return;
            }
        }
    }

    /// Runs jobs and a slice of the index in one transaction and answers the jobs.
    fn batch(&mut self, jobs: &mut Vec<Job>) {
        let outcome =
            catch_unwind(AssertUnwindSafe(|| self.transact(jobs))).unwrap_or(Err(BatchFailure::Panic));
        self.failed = outcome.is_err();
        if let Err(failure) = &outcome {
            tracing::error!(
                error = failure as &dyn std::error::Error,
                jobs = jobs.len(),
                "the store failed to commit"
            );
            self.shared.vitals.stop();
            self.roll_back();
        }
        for job in jobs.drain(..) {
            job.answer(&outcome);
        }
        // What made room for newer entries.
        self.pending.entries.clear();
    }

    fn transact(&mut self, jobs: &mut [Job]) -> Result<(), BatchFailure> {
        row::change(&self.connection, "BEGIN IMMEDIATE", [])?;
        let end = self.run_jobs(jobs)?;
        let written = match &self.cycle {
            Some(cycle) => Some(cycle.write(&self.connection, &self.shared.heads, &mut self.pending)?),
            None => None,
        };
        row::change(&self.connection, "COMMIT", [])?;
        if end != self.end || written.is_some() {
            self.shared.vitals.beat();
        }
        self.end = end;
        self.noted = self.pending.noted.take().unwrap_or(self.noted);
        self.shared.heads.publish(&mut self.pending);
        // Whoever learns of an entry here must find the head of its conversation.
        self.shared.ring.publish(&mut self.pending.entries, position(end.ordinal));
        self.shared.ring.replace(&mut self.pending.tombstones);
        if let (Some(written), Some(cycle)) = (written, &mut self.cycle) {
            cycle.advance(written);
        }
        self.cycle = self.cycle.take().filter(|cycle| !cycle.is_done());
        Ok(())
    }

    /// Runs the jobs and returns the last entry.
    fn run_jobs(&mut self, jobs: &mut [Job]) -> Result<TimeMark, BatchFailure> {
        let mut appender = Appender::new(&self.connection, &self.shared.heads, &mut self.pending, self.end)?;
        for job in jobs {
            match job {
                Job::Run(task) => task.run(&self.connection),
                Job::Append(append) => match appender.append(&mut append.work) {
                    Ok(()) => {}
                    Err(Refusal::Change(error)) => append.refused = Some(error),
                    Err(Refusal::Transaction(failure)) => return Err(failure),
                },
                Job::Replace(replace) => match appender.replace(&mut replace.work) {
                    Ok(()) => {}
                    Err(Refusal::Change(error)) => replace.refused = Some(error),
                    Err(Refusal::Transaction(failure)) => return Err(failure),
                },
            }
            // What runs after a rollback would become durable bit by bit, on top of what is no longer there.
            if self.connection.is_autocommit() {
                return Err(BatchFailure::RolledBack);
            }
        }
        Ok(appender.end())
    }

    fn roll_back(&mut self) {
        self.pending.clear();
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::error!(error = &error as &dyn std::error::Error, "the store failed to roll back");
        }
    }
}
