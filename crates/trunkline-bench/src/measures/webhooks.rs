//! Webhooks: what the receiver confirms, how soon, and what a backlog costs.
//!
//! The receiver shares the load generator's thread, so arrivals and answers are timed by one clock. It checks every
//! signature and the order of every conversation; one odd arrival fails the run.

mod backlog;
mod dead;
mod flow;
mod latency;
mod listening;

use super::Bench;
use crate::report::Row;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = flow::measure(bench).await?;
    rows.extend(latency::alone(bench).await?);
    rows.extend(latency::beside_dead_apps(bench).await?);
    rows.extend(backlog::measure(bench).await?);
    Ok(rows)
}
