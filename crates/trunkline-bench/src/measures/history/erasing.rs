//! Messages while an operator erases one consumer after the other, each with what he has said, for good.
//!
//! For information: each erasure empties the write-ahead log, and nobody has to erase that many in a row.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tokio::sync::watch;

use super::super::messages::OK;
use super::super::{Bench, CONNECTIONS, median, milliseconds};
use super::beside::Beside;
use crate::http::Target;
use crate::load::{self, Outcome, Rotation, Span};
use crate::platform::{self, Platform};
use crate::report::Row;
use crate::requests;

/// More than are erased in one run.
const PLENTY: usize = 10_000;

/// SEND without and with erasing, in turns on the same server.
pub(super) async fn measure(
    bench: &Bench,
    platform: &Platform,
    requests: &[Vec<u8>],
    mut consumers: impl Iterator<Item = String> + Send + 'static,
) -> anyhow::Result<Vec<Row>> {
    let target = &platform.target;
    let (mut alone, mut beside, mut erased) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        alone.push(run(bench, target, requests).await?);
        let names: Vec<String> = consumers.by_ref().take(PLENTY).collect();
        let erasing = Beside::begin(|done| erase(platform.clone(), names, done));
        beside.push(run(bench, target, requests).await?);
        erased.push(erasing.end().await?);
    }
    alone.push(run(bench, target, requests).await?);
    let rate = |outcomes: &[Outcome]| median(outcomes.iter().map(Outcome::rate).collect());
    let late = |outcomes: &[Outcome]| median(outcomes.iter().map(slow).collect());
    Ok(vec![
        Row::compared("SEND, consumers being erased", rate(&beside), "/s", ("without", rate(&alone))),
        Row::noted("  p99.9", milliseconds(late(&beside)), "ms"),
        Row::noted("  p99.9 without", milliseconds(late(&alone)), "ms"),
        Row::noted("  consumers meanwhile", median(erased), "/s"),
    ])
}

async fn run(bench: &Bench, target: &Target, requests: &[Vec<u8>]) -> anyhow::Result<Outcome> {
    let workloads = Rotation::spread(requests.to_vec(), CONNECTIONS, 200, OK);
    let (outcome, _) = load::run(target, workloads, Span::of(bench.span())).await?;
    outcome.all_well("SEND beside erasing")
}

fn slow(outcome: &Outcome) -> Duration {
    outcome.latency.quantile(999)
}

/// What went.
#[derive(Deserialize)]
struct Erased {
    conversations: u64,
}

async fn erase(platform: Platform, names: Vec<String>, done: watch::Sender<u32>) -> anyhow::Result<()> {
    for name in names {
        let request = requests::erase(&platform.caller.account, &platform.operator_token, &name);
        let erased: Erased = platform::fetch(&platform.target, &request, 200)
            .await
            .with_context(|| format!("erasing {name}"))?;
        ensure!(erased.conversations == 1, "{name} had {} conversations", erased.conversations);
        done.send_modify(|done| *done += 1);
    }
    Ok(())
}
