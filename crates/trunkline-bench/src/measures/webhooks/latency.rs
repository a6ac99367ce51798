//! From the answer to a SEND to the arrival of its webhook, one message at a time.

use std::time::Duration;

use anyhow::Context as _;

use super::super::{Bench, median, milliseconds, round_trip};
use super::listening::Listening;
use crate::histogram::Histogram;
use crate::load::Span;
use crate::platform::published;
use crate::receiver::ConversationKey;
use crate::report::{Bound, Row};
use crate::stopwatch;

/// How long messages took.
#[derive(Default)]
struct Latencies {
    /// From reading the answer to having read the webhook; zero when the webhook was first.
    after_answer: Histogram,
    /// From sending the message to having read the webhook.
    end_to_end: Histogram,
}

/// One app, beside the round trip of the echo.
pub(super) async fn alone(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let mut listening = Listening::start(bench, "webhook-latency").await?;
    let mut latencies = Vec::new();
    let mut round_trips = vec![round_trip(bench).await?];
    for _ in 0..bench.runs() {
        latencies.push(follow(&mut listening, Span::of(bench.span())).await?);
        round_trips.push(round_trip(bench).await?);
    }
    listening.delivered().await?;
    listening.discard(bench)?;
    let round_trip = median(round_trips);
    let above = |quantile: fn(&Histogram) -> Duration| {
        let quantiles = latencies.iter().map(|latencies| quantile(&latencies.after_answer)).collect();
        milliseconds(median(quantiles).saturating_sub(round_trip))
    };
    let end_to_end = |quantile: fn(&Histogram) -> Duration| {
        milliseconds(median(latencies.iter().map(|latencies| quantile(&latencies.end_to_end)).collect()))
    };
    Ok(vec![
        Row::absolute(
            "webhook after SEND, p50 above a round trip",
            above(Histogram::p50),
            "ms",
            Bound::at_most(1.0, 0.3),
        ),
        Row::absolute("  p99", above(Histogram::p99), "ms", Bound::at_most(5.0, 2.0)),
        Row::noted("  the round trip", milliseconds(round_trip), "ms"),
        Row::noted("  from sending to webhook, p50", end_to_end(Histogram::p50), "ms"),
        Row::noted("  from sending to webhook, p99", end_to_end(Histogram::p99), "ms"),
    ])
}

/// The same app beside nine dead ones: from sending to webhook, because alone the webhook comes with the answer.
pub(super) async fn beside_dead_apps(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let mut alone = Listening::start(bench, "healthy-alone").await?;
    let (mut beside, dead) = Listening::start_beside(bench, "healthy-beside", true).await?;
    let (mut p99_alone, mut p99_beside) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        p99_alone.push(follow(&mut alone, Span::of(bench.span())).await?.end_to_end.p99());
        p99_beside.push(follow(&mut beside, Span::of(bench.span())).await?.end_to_end.p99());
    }
    for listening in [alone, beside] {
        listening.delivered().await?;
        listening.discard(bench)?;
    }
    drop(dead);
    Ok(vec![Row::ratio(
        "healthy app's p99 beside 9 dead apps",
        milliseconds(median(p99_beside)),
        "ms",
        ("alone", milliseconds(median(p99_alone))),
        Bound::at_most(1.3, 1.1),
    )])
}

/// Sends a message, waits for its webhook, sends the next.
async fn follow(listening: &mut Listening, span: Span) -> anyhow::Result<Latencies> {
    let requests: Vec<_> = listening
        .conversations
        .iter()
        .zip(listening.texts())
        .filter_map(|(open, request)| Some((ConversationKey::parse(open.id.as_bytes())?, request)))
        .collect();
    let mut connection = listening.platform.target.connect().await?;
    let start = stopwatch::now() + span.warm_up;
    let mut latencies = Latencies::default();
    for (conversation, request) in requests.iter().cycle() {
        let sent = stopwatch::now();
        if sent >= start + span.measured {
            break;
        }
        let answer = connection.exchange(request).await?;
        let answered = stopwatch::now();
        let sequence = published(&answer).with_context(|| format!("SEND: {}", answer.summary()))?;
        listening.accepted(1);
        let arrived = listening.receiver.desk().message(*conversation, sequence).await?;
        if sent >= start {
            latencies.after_answer.record(arrived.saturating_duration_since(answered));
            latencies.end_to_end.record(arrived.saturating_duration_since(sent));
        }
    }
    Ok(latencies)
}
