//! SEND, durable before the answer.

use super::{Bench, CONNECTIONS, CONVERSATIONS, median, milliseconds, open, texts};
use crate::http::Target;
use crate::load::{self, Outcome, Rotation, Span};
use crate::report::{Bound, Row};
use crate::yardstick;

/// What every accepted SEND answers. Source: spec 05 §4.1.
pub(super) const OK: &[u8] = b"\"code\":\"OK\"";

/// 64 connections over 1 000 open conversations.
pub(super) async fn plain(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("send").await?;
    let requests = texts(&platform, &open(&platform, CONVERSATIONS).await?);
    let medians = bench
        .beside_echo("SEND", &bench.echo, &platform.target, || {
            Rotation::spread(requests.clone(), CONNECTIONS, 200, OK)
        })
        .await?;
    bench.discard(server, "send")?;
    Ok(vec![
        Row::ratio("SEND", medians.rate, "/s", ("echo", medians.base), Bound::at_least(0.30, 0.50)),
        Row::noted("  p50", milliseconds(medians.p50), "ms"),
        Row::absolute("  p99", milliseconds(medians.p99), "ms", Bound::at_most(10.0, 4.0)),
    ])
}

/// The same over TLS.
pub(super) async fn tls(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("tls").await?;
    let requests = texts(&platform, &open(&platform, CONVERSATIONS).await?);
    let (echo, target) = (bench.tls_echo()?, server.tls()?);
    let medians = bench
        .beside_echo("SEND over TLS", &echo, &target, || {
            Rotation::spread(requests.clone(), CONNECTIONS, 200, OK)
        })
        .await?;
    bench.discard(server, "tls")?;
    Ok(vec![
        Row::ratio(
            "SEND over TLS",
            medians.rate,
            "/s",
            ("TLS echo", medians.base),
            Bound::at_least(0.30, 0.50),
        ),
        Row::absolute("  p99", milliseconds(medians.p99), "ms", Bound::at_most(10.0, 4.0)),
    ])
}

/// One connection: what one durable answer costs.
pub(super) async fn latency(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("latency").await?;
    let requests = texts(&platform, &open(&platform, CONVERSATIONS).await?);
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut bases = Vec::new();
    for _ in 0..bench.runs() {
        bases.push(sync_microseconds(bench)?);
        let workloads = Rotation::spread(requests.clone(), 1, 200, OK);
        let (outcome, _) = load::run(&platform.target, workloads, Span::of(bench.span())).await?;
        outcomes.push(outcome.all_well("SEND with one connection")?);
    }
    bases.push(sync_microseconds(bench)?);
    bench.discard(server, "latency")?;
    let p50 = median(outcomes.iter().map(|outcome| outcome.latency.p50()).collect());
    let bound = Bound::at_most(3.0, 2.0);
    Ok(vec![Row::ratio(
        "SEND p50, one connection",
        p50.as_secs_f64() * 1e6,
        "µs",
        ("fdatasync", median(bases)),
        bound,
    )])
}

/// How many of these are accepted per second, over all connections.
pub(super) async fn rate(bench: &Bench, target: &Target, requests: &[Vec<u8>]) -> anyhow::Result<f64> {
    let workloads = Rotation::spread(requests.to_vec(), CONNECTIONS, 200, OK);
    let (outcome, _) = load::run(target, workloads, Span::of(bench.span())).await?;
    Ok(outcome.all_well("SEND")?.rate())
}

fn sync_microseconds(bench: &Bench) -> anyhow::Result<f64> {
    let syncing = yardstick::syncing(bench.core, &bench.plan.work, bench.span() / 2)?;
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of one disk write")]
    let nanoseconds = syncing.p50_nanoseconds as f64;
    Ok(nanoseconds / 1e3)
}
