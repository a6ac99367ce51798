//! CONVERSATION for new consumers; their tokens are made beforehand and measured apart.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::{Bench, CONNECTIONS, median};
use crate::load::{self, Exhaustible, Span};
use crate::platform::Openings;
use crate::report::{Bound, Row};
use crate::yardstick;

/// New consumers per run.
const CONSUMERS: usize = 20_000;
/// New consumers of the one run that is for trying out.
const FEW_CONSUMERS: usize = 5_000;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("conversation").await?;
    let per_run = if bench.plan.quick { FEW_CONSUMERS } else { CONSUMERS };
    let names = (0..per_run * bench.runs()).map(|n| format!("new-{n}")).collect();
    let mut signing = vec![yardstick::signing(bench.core, bench.span() / 2)?.rate];
    let (consumers, minting) = platform.consumers(names).await?;
    signing.push(yardstick::signing(bench.core, bench.span() / 2)?.rate);
    let each = Arc::new(Openings { caller: platform.caller.clone(), consumers, lenient: false });
    let next = Arc::new(AtomicUsize::new(0));
    let (mut rates, mut p99s) = (Vec::new(), Vec::new());
    let mut bases = vec![bench.echo_run(&bench.echo).await?.rate()];
    for run in 1..=bench.runs() {
        // The counter has run past the last end once per connection.
        next.store((run - 1) * per_run, std::sync::atomic::Ordering::Relaxed);
        let workloads = Exhaustible::spread(&each, &next, run * per_run, CONNECTIONS);
        let (outcome, _) = load::run(&platform.target, workloads, Span::exhausting()).await?;
        let outcome = outcome.all_well("CONVERSATION")?;
        rates.push(outcome.rate());
        p99s.push(outcome.latency.p99());
        bases.push(bench.echo_run(&bench.echo).await?.rate());
    }
    bench.discard(server, "conversation")?;
    Ok(vec![
        Row::compared("ConsumerJWS, new consumers", minting.rate(), "/s", ("RSA sign", median(signing))),
        Row::ratio(
            "CONVERSATION, new consumers",
            median(rates),
            "/s",
            ("echo", median(bases)),
            Bound::at_least(0.08, 0.15),
        ),
        Row::noted("  p99", super::milliseconds(median(p99s)), "ms"),
    ])
}
