//! A store with a million conversations: does it slow messages down, and how fast does it start?
//!
//! Filling goes through the API like everything else and takes minutes, so the filled store is kept in the working
//! directory; each run works on a copy.

use super::messages::rate;
use super::store::{self, MANY};
use super::{Bench, CONVERSATIONS, median, milliseconds, open, texts};
use crate::platform::Platform;
use crate::report::{Bound, Row};
use crate::server::{self, Launch, Server};

/// Conversations of a run that is for trying out.
const FEW: usize = 20_000;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let count = if bench.plan.quick { FEW } else { MANY };
    let (data_dir, samples) = store::filled(bench, count).await?;
    let launch = bench.launch(data_dir, bench.core);
    let (started, mut many) = starts(bench, &launch).await?;
    let platform = Platform::sign_in(&many).await?;
    let in_many = texts(&platform, &store::conversations(&platform, &samples).await?);

    let (few, few_platform) = bench.fresh("thousand").await?;
    let in_few = texts(&few_platform, &open(&few_platform, CONVERSATIONS).await?);
    let (mut many_rates, mut few_rates) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        few_rates.push(rate(bench, &few_platform.target, &in_few).await?);
        many_rates.push(rate(bench, &platform.target, &in_many).await?);
    }
    bench.discard(few, "thousand")?;
    many.process.kill()?;
    let after_kill = launch.start().await?.ready_after;
    server::clear(&launch.data_dir)?;
    Ok(vec![
        Row::ratio(
            &format!("SEND, {count} conversations stored"),
            median(many_rates),
            "/s",
            ("1000 stored", median(few_rates)),
            Bound::at_least(0.8, 0.95),
        ),
        Row::absolute(
            &format!("start to ready, {count} conversations"),
            started,
            "ms",
            Bound::at_most(1000.0, 200.0),
        ),
        Row::noted("  after SIGKILL under load", milliseconds(after_kill), "ms"),
    ])
}

/// Starts several times; the median in milliseconds, and the last server.
async fn starts(bench: &Bench, launch: &Launch) -> anyhow::Result<(f64, Server)> {
    let mut times = Vec::new();
    for _ in 1..bench.runs() {
        let server = launch.start().await?;
        times.push(server.ready_after);
        server::stop(server.process)?;
    }
    let server = launch.start().await?;
    times.push(server.ready_after);
    Ok((milliseconds(median(times)), server))
}
