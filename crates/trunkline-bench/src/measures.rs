//! The rows of the table, group by group.
//!
//! Every figure is the median of interleaved runs: yardstick, measure, yardstick, measure… Each group has a fresh server
//! on an empty data directory, so that no group disturbs another.

mod agents;
mod files;
mod history;
mod memory;
mod messages;
mod million;
mod openings;
mod store;
mod tokens;
mod webhooks;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::http::Target;
use crate::load::{self, Outcome, Rotation, Span, Workload};
use crate::platform::{Conversation, Platform};
use crate::report::{Report, Row};
use crate::server::{self, Launch, Server};
use crate::yardstick::{self, Echo};
use crate::{environment, requests};

/// Connections of every row that does not say otherwise, yardsticks included.
const CONNECTIONS: usize = 64;
/// Open conversations that messages are sent to.
const CONVERSATIONS: usize = 1000;

/// What to measure and where.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The `trunkline` binary, a release build.
    pub binary: PathBuf,
    /// For data directories, on the disk that is to be measured.
    pub work: PathBuf,
    /// One short run of everything: for trying out.
    pub quick: bool,
    /// Only these groups; all when empty.
    pub only: Vec<Group>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            binary: PathBuf::from("target/release/trunkline"),
            work: PathBuf::from("target/bench"),
            quick: false,
            only: Vec::new(),
        }
    }
}

/// Rows that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The yardsticks themselves.
    Yardsticks,
    /// SEND, plain.
    Send,
    /// SEND over TLS.
    Tls,
    /// SEND with one connection.
    Latency,
    /// AppJWT.
    AppJwt,
    /// ConsumerJWS for known consumers.
    ConsumerJws,
    /// CONVERSATION, and the ConsumerJWS of new consumers.
    Conversation,
    /// Memory.
    Memory,
    /// Webhooks.
    Webhooks,
    /// Agents' sockets, and routing.
    Agents,
    /// Files, up and down.
    Files,
    /// Conversation history, and what it costs those who write.
    History,
    /// A store with a million conversations.
    Million,
}

const GROUPS: [(&str, Group); 13] = [
    ("yardsticks", Group::Yardsticks),
    ("send", Group::Send),
    ("tls", Group::Tls),
    ("latency", Group::Latency),
    ("appjwt", Group::AppJwt),
    ("consumerjws", Group::ConsumerJws),
    ("conversation", Group::Conversation),
    ("memory", Group::Memory),
    ("webhooks", Group::Webhooks),
    ("agents", Group::Agents),
    ("files", Group::Files),
    ("history", Group::History),
    ("million", Group::Million),
];

/// The group of a name.
///
/// # Errors
/// When there is none; the text lists them.
pub fn group(name: &str) -> anyhow::Result<Group> {
    match GROUPS.iter().find(|(known, _)| *known == name) {
        Some((_, group)) => Ok(*group),
        None => bail!("there is no group {name}; there are {}", GROUPS.map(|(name, _)| name).join(", ")),
    }
}

/// Measures.
///
/// # Errors
/// When the server cannot be started or an answer is not as expected: a rate of errors says nothing.
pub fn run(plan: &Plan) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut bench = Bench::new(plan.clone())?;
        for (name, group) in GROUPS {
            if plan.only.is_empty() || plan.only.contains(&group) {
                eprintln!("measuring {name}");
                bench.measure(group).await.with_context(|| format!("measuring {name}"))?;
            }
        }
        Ok(bench.report)
    })
}

/// One run of the program.
struct Bench {
    plan: Plan,
    core: Option<usize>,
    echo: Echo,
    report: Report,
}

/// Medians of several runs.
#[derive(Debug, Clone, Copy)]
struct Medians {
    rate: f64,
    p50: Duration,
    p99: Duration,
    /// The yardstick's rate.
    base: f64,
}

impl Bench {
    fn new(plan: Plan) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&plan.work).context("creating the working directory")?;
        let core = environment::server_core();
        let report = Report::new(plan.quick);
        Ok(Self { echo: Echo::plain(core)?, plan, core, report })
    }

    async fn measure(&mut self, group: Group) -> anyhow::Result<()> {
        let rows = match group {
            Group::Yardsticks => self.yardsticks().await?,
            Group::Send => messages::plain(self).await?,
            Group::Tls => messages::tls(self).await?,
            Group::Latency => messages::latency(self).await?,
            Group::AppJwt => tokens::app(self).await?,
            Group::ConsumerJws => tokens::consumer(self).await?,
            Group::Conversation => openings::measure(self).await?,
            Group::Memory => memory::measure(self).await?,
            Group::Webhooks => webhooks::measure(self).await?,
            Group::Agents => agents::measure(self).await?,
            Group::Files => files::measure(self).await?,
            Group::History => history::measure(self).await?,
            Group::Million => million::measure(self).await?,
        };
        self.report.rows.extend(rows);
        Ok(())
    }

    async fn yardsticks(&self) -> anyhow::Result<Vec<Row>> {
        let echo = self.echo_run(&self.echo).await?;
        let tls = self.echo_run(&self.tls_echo()?).await?;
        let signing = yardstick::signing(self.core, self.span())?;
        let syncing = yardstick::syncing(self.core, &self.plan.work, self.span())?;
        Ok(vec![
            Row::noted("echo, bare axum JSON", echo.rate(), "/s"),
            Row::noted("  p99", milliseconds(echo.latency.p99()), "ms"),
            Row::noted("echo over TLS", tls.rate(), "/s"),
            Row::noted("RSA-2048 signatures, one core", signing.rate, "/s"),
            Row::noted("append 512 bytes + fdatasync", syncing.rate, "/s"),
        ])
    }

    fn tls_echo(&self) -> anyhow::Result<Echo> {
        Echo::tls(self.core, &self.plan.work.join("echo.pem"))
    }

    fn runs(&self) -> usize {
        if self.plan.quick { 1 } else { 3 }
    }

    fn span(&self) -> Duration {
        Duration::from_secs(if self.plan.quick { 1 } else { 4 })
    }

    async fn echo_run(&self, echo: &Echo) -> anyhow::Result<Outcome> {
        let workloads = Rotation::spread(vec![requests::echo()], CONNECTIONS, 200, b"\"kind\":\"req\"");
        load::run(&echo.target, workloads, Span::of(self.span() / 2)).await?.0.all_well("the echo")
    }

    /// Runs interleaved with an echo.
    async fn beside_echo<W: Workload>(
        &self,
        what: &str,
        echo: &Echo,
        target: &Target,
        mut workloads: impl FnMut() -> Vec<W>,
    ) -> anyhow::Result<Medians> {
        let (mut outcomes, mut bases) = (Vec::new(), vec![self.echo_run(echo).await?.rate()]);
        for _ in 0..self.runs() {
            let (outcome, _) = load::run(target, workloads(), Span::of(self.span())).await?;
            outcomes.push(outcome.all_well(what)?);
            bases.push(self.echo_run(echo).await?.rate());
        }
        Ok(Medians {
            rate: median(outcomes.iter().map(Outcome::rate).collect()),
            p50: median(outcomes.iter().map(|outcome| outcome.latency.p50()).collect()),
            p99: median(outcomes.iter().map(|outcome| outcome.latency.p99()).collect()),
            base: median(bases),
        })
    }

    /// Starts a server on an empty directory.
    async fn fresh(&self, name: &str) -> anyhow::Result<(Server, Platform)> {
        let data_dir = self.directory(name);
        server::clear(&data_dir).context("emptying the data directory")?;
        let server = self.launch(data_dir, self.core).start().await?;
        let platform = Platform::sign_in(&server).await?;
        Ok((server, platform))
    }

    fn launch(&self, data_dir: PathBuf, core: Option<usize>) -> Launch {
        Launch { binary: self.plan.binary.clone(), data_dir, core, settings: Vec::new() }
    }

    fn directory(&self, name: &str) -> PathBuf {
        self.plan.work.join(name)
    }

    /// Stops a server and removes its data.
    fn discard(&self, server: Server, name: &str) -> anyhow::Result<()> {
        server::stop(server.process)?;
        server::clear(Path::new(&self.directory(name))).context("removing the data directory")
    }
}

/// Opens the conversations that messages are sent to.
async fn open(platform: &Platform, count: usize) -> anyhow::Result<Vec<Conversation>> {
    let names = (0..count).map(|n| format!("bench-{n}")).collect();
    let (consumers, _) = platform.consumers(names).await?;
    platform.conversations(&consumers).await
}

/// A text for each conversation, 64 characters like a short message.
fn texts(platform: &Platform, conversations: &[Conversation]) -> Vec<Vec<u8>> {
    let text = "Is the shop open on Sunday, and does it take cards or only cash?";
    conversations.iter().map(|open| platform.caller.text(&open.jws, &open.id, text)).collect()
}

/// Median of the echo with one connection: what loopback costs there and back.
async fn round_trip(bench: &Bench) -> anyhow::Result<Duration> {
    let workloads = Rotation::spread(vec![requests::echo()], 1, 200, b"\"kind\":\"req\"");
    let (outcome, _) = load::run(&bench.echo.target, workloads, Span::of(bench.span() / 4)).await?;
    Ok(outcome.all_well("the echo")?.latency.p50())
}

/// The middle value; the default for none.
fn median<T: PartialOrd + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_by(|left, right| left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        assert!((median(vec![9.0, 1.0, 5.0]) - 5.0_f64).abs() < f64::EPSILON);
        assert_eq!(median(Vec::<Duration>::new()), Duration::ZERO);
    }

    #[test]
    fn groups_have_names() {
        assert_eq!(group("tls").unwrap(), Group::Tls);
        assert!(group("x").unwrap_err().to_string().contains("million"));
    }
}
