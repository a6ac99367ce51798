//! A receiver that was down: what the waiting events cost, and how fast they go out once it is back.

use anyhow::ensure;

use super::super::memory::settled;
use super::super::{Bench, median};
use super::listening::Listening;
use crate::report::{Bound, Row};
use crate::stopwatch;

/// Events that wait in a real run.
const EVENTS: usize = 100_000;
/// Events that wait in a run that is for trying out.
const FEW_EVENTS: usize = 10_000;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let events = if bench.plan.quick { FEW_EVENTS } else { EVENTS };
    let mut listening = Listening::start(bench, "backlog").await?;
    // As many are delivered first: then all caches have their size before anything waits.
    listening.send(events).await?;
    listening.delivered().await?;
    let (mut rates, mut sizes) = (Vec::new(), Vec::new());
    let mut bases = vec![bench.echo_run(&bench.echo).await?.rate()];
    for _ in 0..bench.runs() {
        let without = settled(&listening.server).await?;
        listening.receiver.stop().await?;
        listening.send(events).await?;
        let with = settled(&listening.server).await?;
        ensure!(listening.undelivered() == events as u64, "messages arrived at a receiver that was down");
        sizes.push(with - without);
        listening.receiver.start()?;
        let resumed = stopwatch::now();
        listening.resume().await?;
        let took = listening.delivered().await?.saturating_duration_since(resumed);
        #[expect(clippy::cast_precision_loss, reason = "a hundred thousand")]
        rates.push(events as f64 / took.as_secs_f64());
        bases.push(bench.echo_run(&bench.echo).await?.rate());
    }
    listening.discard(bench)?;
    Ok(vec![
        Row::ratio(
            &format!("webhook drain of {events} events"),
            median(rates),
            "/s",
            ("echo", median(bases)),
            Bound::at_least(0.10, 0.20),
        ),
        Row::absolute(
            &format!("memory for {events} undelivered events"),
            median(sizes),
            "MB",
            Bound::at_most(20.0, 5.0),
        ),
    ])
}
