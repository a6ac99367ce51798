//! Resident memory, idle and after a million messages.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::messages::OK;
use super::{Bench, CONNECTIONS, CONVERSATIONS, open, texts};
use crate::http::Answer;
use crate::load::{self, Each, Exhaustible, Span};
use crate::report::{Bound, Row};
use crate::server::Server;

/// Messages of a real run.
const MESSAGES: usize = 1_000_000;
/// Messages of a run that is for trying out.
const FEW_MESSAGES: usize = 50_000;

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let (server, platform) = bench.fresh("memory").await?;
    let idle = settled(&server).await?;
    let count = if bench.plan.quick { FEW_MESSAGES } else { MESSAGES };
    let messages = Arc::new(Messages(texts(&platform, &open(&platform, CONVERSATIONS).await?)));
    let workloads = Exhaustible::spread(&messages, &Arc::new(AtomicUsize::new(0)), count, CONNECTIONS);
    let (outcome, _) = load::run(&platform.target, workloads, Span::exhausting()).await?;
    outcome.all_well("SEND for the memory row")?;
    let loaded = settled(&server).await?;
    bench.discard(server, "memory")?;
    Ok(vec![
        Row::absolute("memory, idle", idle, "MB", Bound::at_most(40.0, 20.0)),
        Row::absolute(&format!("memory after {count} messages"), loaded, "MB", Bound::at_most(200.0, 100.0)),
    ])
}

/// Megabytes once the server has been left alone for three seconds: it returns what it freed after one or two.
pub(super) async fn settled(server: &Server) -> anyhow::Result<f64> {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let bytes = server.process.resident()?;
    #[expect(clippy::cast_precision_loss, reason = "memory sizes stay far below 2^52")]
    Ok(bytes as f64 / 1e6)
}

/// Requests that are accepted SENDs, in turn.
pub(super) struct Messages(pub(super) Vec<Vec<u8>>);

impl Each for Messages {
    type Yield = ();

    fn write(&self, index: usize, request: &mut Vec<u8>) {
        if let Some(bytes) = self.0.get(index % self.0.len()) {
            request.extend_from_slice(bytes);
        }
    }

    fn read(&self, _: usize, answer: &Answer<'_>) -> Option<()> {
        (answer.status == 200 && answer.contains(OK)).then_some(())
    }
}
