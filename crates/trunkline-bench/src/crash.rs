//! The proof that nothing acknowledged is lost: the real binary, SIGKILL in the middle of traffic, a restart, and a
//! look at every log.
//!
//! After each restart: every acknowledged message is in the log exactly once with the sequence that was answered,
//! sequences and versions are gapless, every acknowledged conversation exists, and no consumer has two open ones. A
//! message whose answer was cut off may be there or not, but not twice.

pub mod agents;
mod ledger;
mod log;
mod openings;
mod traffic;
pub mod webhooks;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::platform::Platform;
use crate::random::SplitMix;
use crate::server::{self, Launch, Server};

use ledger::Ledger;
use traffic::Traffic;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `trunkline` binary.
    pub binary: PathBuf,
    /// An empty directory for its data.
    pub data_dir: PathBuf,
    /// How often the server is killed.
    pub kills: usize,
    /// Decides the moments and the order of messages.
    pub seed: u64,
    /// Connections that send.
    pub connections: usize,
    /// Conversations they send to.
    pub conversations: usize,
    /// A kill comes after at most this many further acknowledgements.
    pub longest_burst: u64,
    /// Whether chat states go in between, which are not stored.
    pub chat_states: bool,
}

impl Options {
    /// Sixteen connections over two hundred conversations. Source: the promise in the README's "Nothing lost".
    pub fn new(binary: PathBuf, data_dir: PathBuf, kills: usize, seed: u64) -> Self {
        Self {
            binary,
            data_dir,
            kills,
            seed,
            connections: 16,
            conversations: 200,
            longest_burst: 3000,
            chat_states: false,
        }
    }
}

/// What a run found; it fails instead when a promise is broken.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// How often the server was killed.
    pub kills: usize,
    /// Messages that were answered with 200.
    pub acknowledged: u64,
    /// Those of them that are in the log with the answered sequence.
    pub found: u64,
    /// Messages without an answer that are in the log.
    pub unacknowledged_present: u64,
    /// Messages without an answer that are not.
    pub unacknowledged_absent: u64,
    /// Conversations whose opening was answered with 200 while kills were near.
    pub openings_acknowledged: u64,
    /// Openings without an answer.
    pub openings_unanswered: u64,
    /// Median time from start to ready after a kill, in milliseconds.
    pub restart_median_ms: u128,
    /// Longest time from start to ready after a kill, in milliseconds.
    pub restart_longest_ms: u128,
}

/// Kills and checks.
///
/// # Errors
/// When a promise is broken, or the server cannot be started or spoken to.
pub fn run(options: &Options) -> anyhow::Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(kill_repeatedly(options)).with_context(|| format!("seed {}", options.seed))
}

async fn kill_repeatedly(options: &Options) -> anyhow::Result<Summary> {
    let launch = Launch {
        binary: options.binary.clone(),
        data_dir: options.data_dir.clone(),
        core: None,
        settings: Vec::new(),
    };
    let mut random = SplitMix::new(options.seed);
    let mut server = launch.start().await?;
    let mut platform = Platform::sign_in(&server).await?;
    let mut ledger = Ledger::new(prepare(&platform, options.conversations).await?);
    let mut summary = Summary::default();
    let mut restarts = Vec::with_capacity(options.kills);
    for round in 0..options.kills {
        let traffic = Traffic::start(&platform, &ledger, options, round, &mut random).await?;
        traffic.wait(&mut random).await?;
        server.process.kill().context("killing the server")?;
        let results = traffic.finish().await?;
        server = launch.start().await.with_context(|| format!("restarting after kill {}", round + 1))?;
        restarts.push(server.ready_after);
        platform = Platform::sign_in(&server).await?;
        ledger.add(results.sent);
        let seen = format!("after kill {}", round + 1);
        ledger.check(&platform).await.with_context(|| seen.clone())?;
        openings::settle(&platform, &results.openings, &mut summary).await.with_context(|| seen)?;
    }
    ledger.forget_what_was_read();
    ledger.check(&platform).await.context("reading everything again at the end")?;
    ledger.count(&mut summary);
    finish(server, summary, options.kills, restarts)
}

fn finish(
    server: Server,
    mut summary: Summary,
    kills: usize,
    mut restarts: Vec<Duration>,
) -> anyhow::Result<Summary> {
    server::stop(server.process)?;
    restarts.sort_unstable();
    summary.kills = kills;
    summary.restart_median_ms = restarts.get(restarts.len() / 2).map_or(0, Duration::as_millis);
    summary.restart_longest_ms = restarts.last().map_or(0, Duration::as_millis);
    if summary.found != summary.acknowledged {
        bail!("{} messages were acknowledged but {} found", summary.acknowledged, summary.found);
    }
    Ok(summary)
}

async fn prepare(
    platform: &Platform,
    conversations: usize,
) -> anyhow::Result<Vec<crate::platform::Conversation>> {
    let names = (0..conversations).map(|n| format!("crash-{n}")).collect();
    let (consumers, _) = platform.consumers(names).await?;
    platform.conversations(&consumers).await
}

impl std::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "kills                             {}", self.kills)?;
        writeln!(formatter, "messages acknowledged             {}", self.acknowledged)?;
        writeln!(formatter, "  found once, sequence as answered {}", self.found)?;
        writeln!(
            formatter,
            "messages cut off                  {} present, {} absent",
            self.unacknowledged_present, self.unacknowledged_absent
        )?;
        writeln!(
            formatter,
            "openings                          {} acknowledged, all there; {} cut off",
            self.openings_acknowledged, self.openings_unanswered
        )?;
        write!(
            formatter,
            "restart to ready                  median {} ms, longest {} ms",
            self.restart_median_ms, self.restart_longest_ms
        )
    }
}
