//! How many messages reach agents' sockets.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::super::messages::OK;
use super::super::{Bench, CONNECTIONS, median, texts};
use super::desk::{Desk, Numbers};
use crate::agent::AgentSocket;
use crate::load::{self, Rotation, Span};
use crate::report::{Bound, Row};
use crate::stopwatch;
use crate::timeline::Timeline;

/// Agents with a conversation each.
const AGENTS: usize = 1000;
/// Agents of a run that is for trying out.
const FEW_AGENTS: usize = 50;
/// How long the last events may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let count = if bench.plan.quick { FEW_AGENTS } else { AGENTS };
    let mut desk = Desk::start(bench, "agent-fanout", count).await?;
    let requests = texts(&desk.platform, &desk.conversations);
    let arrivals = Arc::<Arrivals>::default();
    let mut reading = JoinSet::new();
    for socket in desk.sockets.drain(..) {
        reading.spawn(read(socket, Arc::clone(&arrivals)));
    }
    let (mut reached, mut sent) = (Vec::new(), Vec::new());
    let mut accepted = 0;
    let mut bases = vec![bench.echo_run(&bench.echo).await?.rate()];
    for _ in 0..bench.runs() {
        let workloads = Rotation::spread(requests.clone(), CONNECTIONS, 200, OK);
        let (outcome, _) = load::run(&desk.platform.target, workloads, Span::of(bench.span())).await?;
        let outcome = outcome.all_well("SEND to agents")?;
        sent.push(outcome.rate());
        reached.push(arrivals.rate(outcome.began.context("nothing was measured")?, outcome.elapsed));
        accepted += outcome.accepted;
        // What is still on its way would disturb the echo.
        arrivals.reach(accepted, &mut reading).await?;
        bases.push(bench.echo_run(&bench.echo).await?.rate());
    }
    drop(reading);
    desk.discard(bench)?;
    Ok(vec![
        Row::ratio(
            &format!("messages to {count} agents' sockets"),
            median(reached),
            "/s",
            ("echo", median(bases)),
            Bound::at_least(0.15, 0.30),
        ),
        Row::noted("  SEND meanwhile", median(sent), "/s"),
    ])
}

async fn read(mut socket: AgentSocket, arrivals: Arc<Arrivals>) -> anyhow::Result<()> {
    let mut numbers = Numbers::default();
    loop {
        numbers.event(&mut socket).await?;
        arrivals.note();
    }
}

/// What all sockets got.
#[derive(Default)]
struct Arrivals {
    state: Mutex<(Timeline, u64)>,
    came: Notify,
}

impl Arrivals {
    fn note(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.note(stopwatch::now());
        state.1 += 1;
        drop(state);
        self.came.notify_one();
    }

    /// Events per second in a span.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn rate(&self, began: Instant, elapsed: Duration) -> f64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.between(began, began + elapsed) as f64 / elapsed.as_secs_f64()
    }

    fn count(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Waits until so many came; fails when a socket ends.
    async fn reach(&self, count: u64, reading: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
        let wait = async {
            while self.count() < count {
                self.came.notified().await;
            }
        };
        tokio::select! {
            () = wait => Ok(()),
            Some(ended) = reading.join_next() => {
                ended.context("a socket's task failed")??;
                bail!("an agent's socket ended")
            }
            () = tokio::time::sleep(PATIENCE) => {
                bail!("{} of {count} messages reached the agents' sockets", self.count())
            }
        }
    }
}
