//! The load generator: closed loop, one request at a time on each connection, all connections on one thread.

mod workload;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;

use crate::histogram::Histogram;
use crate::http::{Answer, Connection, Target};
use crate::stopwatch;

pub use workload::{Each, Exhaustible, Rotation, Workload};

/// What a run brought.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Answers that were as expected, within the measured time.
    pub completed: u64,
    /// Answers that were as expected, warm-up included.
    pub accepted: u64,
    /// Answers that were not, warm-up included.
    pub failed: u64,
    /// The first unexpected answer.
    pub first_failure: Option<String>,
    /// When measuring began.
    pub began: Option<Instant>,
    /// How long was measured.
    pub elapsed: Duration,
    /// Latencies of the completed exchanges.
    pub latency: Histogram,
}

impl Outcome {
    /// Completed exchanges per second.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn rate(&self) -> f64 {
        if self.elapsed.is_zero() { 0.0 } else { self.completed as f64 / self.elapsed.as_secs_f64() }
    }

    /// Refuses an outcome with unexpected answers: a rate of errors says nothing.
    ///
    /// # Errors
    /// When at least one answer was not as expected.
    pub fn all_well(self, what: &str) -> anyhow::Result<Self> {
        match &self.first_failure {
            None => Ok(self),
            Some(first) => bail!("{what}: {} answers were not as expected; the first: {first}", self.failed),
        }
    }

    fn merge(&mut self, other: Self) {
        self.completed += other.completed;
        self.accepted += other.accepted;
        self.failed += other.failed;
        self.latency.merge(&other.latency);
        if self.first_failure.is_none() {
            self.first_failure = other.first_failure;
        }
    }
}

/// How long a run lasts.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Before measuring starts.
    pub warm_up: Duration,
    /// Measured time; a run also ends when no workload has another request.
    pub measured: Duration,
}

impl Span {
    /// A tenth of warm-up, then `measured`.
    pub fn of(measured: Duration) -> Self {
        Self { warm_up: measured / 10, measured }
    }

    /// Until the workloads are exhausted.
    pub fn exhausting() -> Self {
        Self { warm_up: Duration::ZERO, measured: Duration::from_hours(24) }
    }
}

/// Runs one connection per workload and gives the workloads back.
///
/// # Errors
/// When a connection cannot be opened or breaks.
pub async fn run<W: Workload>(
    target: &Target,
    workloads: Vec<W>,
    span: Span,
) -> anyhow::Result<(Outcome, Vec<W>)> {
    let mut connections = Vec::with_capacity(workloads.len());
    for _ in 0..workloads.len() {
        connections.push(target.connect().await.context("connecting the load generator")?);
    }
    let start = stopwatch::now() + span.warm_up;
    let mut tasks = JoinSet::new();
    for (connection, workload) in connections.into_iter().zip(workloads) {
        tasks.spawn(drive(connection, workload, start, start + span.measured));
    }
    let mut outcome = Outcome::default();
    let mut workloads = Vec::new();
    while let Some(result) = tasks.join_next().await {
        let (part, workload) = result.context("a connection's task failed")??;
        outcome.merge(part);
        workloads.push(workload);
    }
    outcome.began = Some(start);
    outcome.elapsed = stopwatch::now().saturating_duration_since(start).min(span.measured);
    Ok((outcome, workloads))
}

async fn drive<W: Workload>(
    mut connection: Connection,
    mut workload: W,
    start: Instant,
    end: Instant,
) -> anyhow::Result<(Outcome, W)> {
    let mut outcome = Outcome::default();
    let mut request = Vec::with_capacity(4096);
    let mut sent = stopwatch::now();
    loop {
        request.clear();
        if sent >= end || !workload.write(&mut request) {
            return Ok((outcome, workload));
        }
        let answer = connection.exchange(&request).await?;
        let accepted = workload.accepts(&answer);
        let received = stopwatch::now();
        if accepted {
            outcome.accepted += 1;
            if sent >= start && received <= end {
                outcome.completed += 1;
                outcome.latency.record(received - sent);
            }
        } else {
            outcome.failed += 1;
            outcome.first_failure.get_or_insert_with(|| Answer::summary(&answer));
        }
        sent = received;
    }
}
