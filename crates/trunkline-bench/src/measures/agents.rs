//! Agents' sockets: how soon and how many events reach them, what a whole account costs, what an idle one costs, and
//! routing by itself.
//!
//! The sockets share the load generator's thread, so one clock times both ends and what they cost counts against the
//! server. Every event's number is checked; a gap or a repetition fails the run.

mod desk;
mod fanout;
mod idle;
mod latency;
mod routing;
mod snapshot;

use super::Bench;
use crate::report::Row;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let mut rows = routing::measure(bench)?;
    rows.extend(latency::measure(bench).await?);
    rows.extend(fanout::measure(bench).await?);
    rows.extend(idle::measure(bench).await?);
    rows.extend(snapshot::measure(bench).await?);
    Ok(rows)
}
