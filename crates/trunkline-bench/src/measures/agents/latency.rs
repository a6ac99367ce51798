//! From the answer to a SEND to the event on the agent's socket, one message at a time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::super::{Bench, median, milliseconds, round_trip, texts};
use super::desk::{Desk, Numbers};
use crate::agent::AgentSocket;
use crate::histogram::Histogram;
use crate::load::Span;
use crate::platform::published;
use crate::report::{Bound, Row};
use crate::stopwatch;

/// How long an event may take before the run has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// One conversation, beside the round trip of the echo.
pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let mut desk = Desk::start(bench, "agent-latency", 1).await?;
    let socket = desk.sockets.pop().context("no agent")?;
    let (told, mut arrivals) = mpsc::channel(64);
    let mut reading = JoinSet::new();
    reading.spawn(read(socket, told));
    let mut latencies = Vec::new();
    let mut round_trips = vec![round_trip(bench).await?];
    for _ in 0..bench.runs() {
        let followed = follow(&desk, &mut arrivals, Span::of(bench.span())).await;
        latencies.push(match followed {
            Ok(latencies) => latencies,
            // Why the socket ended says more than that it did.
            Err(error) => match reading.try_join_next() {
                Some(ended) => return Err(ended?.err().unwrap_or(error)),
                None => return Err(error),
            },
        });
        round_trips.push(round_trip(bench).await?);
    }
    drop(reading);
    desk.discard(bench)?;
    let round_trip = median(round_trips);
    let above = |quantile: fn(&Histogram) -> Duration| {
        let quantiles = latencies.iter().map(quantile).collect();
        milliseconds(median(quantiles).saturating_sub(round_trip))
    };
    Ok(vec![
        Row::absolute(
            "agent has the event after SEND, p50 above a round trip",
            above(Histogram::p50),
            "ms",
            Bound::at_most(1.0, 0.2),
        ),
        Row::absolute("  p99", above(Histogram::p99), "ms", Bound::at_most(5.0, 1.0)),
        Row::noted("  the round trip", milliseconds(round_trip), "ms"),
    ])
}

async fn read(mut socket: AgentSocket, told: mpsc::Sender<(u64, Instant)>) -> anyhow::Result<()> {
    let mut numbers = Numbers::default();
    loop {
        let sequence = numbers.event(&mut socket).await?;
        told.send((sequence, stopwatch::now())).await?;
    }
}

/// Sends a message, waits for its event, sends the next. Zero when the event was before the answer.
async fn follow(
    desk: &Desk,
    arrivals: &mut mpsc::Receiver<(u64, Instant)>,
    span: Span,
) -> anyhow::Result<Histogram> {
    let requests = texts(&desk.platform, &desk.conversations);
    let request = requests.first().context("no conversation")?;
    let mut connection = desk.platform.target.connect().await?;
    let start = stopwatch::now() + span.warm_up;
    let mut latencies = Histogram::default();
    loop {
        let sent = stopwatch::now();
        if sent >= start + span.measured {
            return Ok(latencies);
        }
        let answer = connection.exchange(request).await?;
        let answered = stopwatch::now();
        let answered_sequence = published(&answer).with_context(|| format!("SEND: {}", answer.summary()))?;
        let arrival = tokio::time::timeout(PATIENCE, arrivals.recv()).await;
        let arrival = arrival.context("an event does not reach the agent")?;
        let (sequence, arrived) = arrival.context("the agent's socket ended")?;
        ensure!(
            sequence == answered_sequence,
            "event {sequence} came after {answered_sequence} was answered"
        );
        if sent >= start {
            latencies.record(arrived.saturating_duration_since(answered));
        }
    }
}
