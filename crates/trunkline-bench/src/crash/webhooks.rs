//! The proof that webhooks lose nothing either: the real binary, a receiver in a process of its own, SIGKILL in the
//! middle of traffic.
//!
//! Two apps listen to everything, one with retry by time to live and one with retry by number. Whatever is killed and
//! whenever: every entry of every log reaches both at least once, as it is in the log, signed; the first arrivals of a
//! conversation come in the order of their versions without a gap, each only after the one before was confirmed; and no
//! chat state is older than the server. Some kills hit an app whose endpoint fails, some a drain that is under way.

mod arrivals;
mod summary;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;

use super::ledger::{Ledger, Track};
use super::openings::{Opened, Opening};
use super::traffic::Traffic;
use super::{Options as CrashOptions, prepare};
use crate::platform::{Conversation, Platform};
use crate::random::SplitMix;
use crate::receiver::process::{Handle, Program};
use crate::receiver::{ConversationKey, Reply};
use crate::requests::{Retry, WebhookApp};
use crate::server::{self, Launch, Server};
use arrivals::Arrivals;
pub use summary::Summary;

/// One in so many kills hits while the endpoint of the app with retry by time to live fails.
const OUTAGES: u64 = 5;
/// The app with retry by time to live; the other one would drop what fails.
const PATIENT: usize = 0;
/// How many apps listen.
const APPS: usize = 2;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server, the traffic and the kills.
    pub crash: CrashOptions,
    /// The receiver.
    pub receiver: Program,
    /// A directory for what the receiver writes, without anything of an earlier run.
    pub receiver_dir: PathBuf,
}

/// Kills and checks.
///
/// # Errors
/// When a promise is broken, or one of the processes cannot be started or spoken to.
pub fn run(options: &Options) -> anyhow::Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(kill_repeatedly(options)).with_context(|| format!("seed {}", options.crash.seed))
}

async fn kill_repeatedly(options: &Options) -> anyhow::Result<Summary> {
    let mut proof = Proof::prepare(options).await?;
    for round in 1..=options.crash.kills {
        proof.round(round).await.with_context(|| format!("kill {round}"))?;
    }
    proof.finish().await
}

/// A run.
struct Proof<'a> {
    options: &'a Options,
    launch: Launch,
    random: SplitMix,
    receiver: Handle,
    arrivals: Arrivals,
    server: Server,
    platform: Platform,
    ledger: Ledger,
    /// Conversations whose opening was acknowledged while kills were near.
    opened: Vec<String>,
    summary: Summary,
}

impl<'a> Proof<'a> {
    async fn prepare(options: &'a Options) -> anyhow::Result<Self> {
        let crash = &options.crash;
        std::fs::create_dir_all(&options.receiver_dir).context("creating the receiver's directory")?;
        let mut receiver = options.receiver.start(&options.receiver_dir, APPS).await?;
        let launch = Launch {
            binary: crash.binary.clone(),
            data_dir: crash.data_dir.clone(),
            core: None,
            settings: Vec::new(),
        };
        let server = launch.start().await?;
        let platform = Platform::sign_in(&server).await?;
        // Before the first conversation: then every entry there is concerns both.
        for (listener, retry) in [Retry::Seconds(3600), Retry::Times(5)].into_iter().enumerate() {
            let (name, url) = (format!("com.example.crash-{listener}"), receiver.url(listener));
            let app = WebhookApp { name: &name, url: &url, retry, standard_webhooks: true };
            let app = platform.install_webhooks(&app).await?;
            receiver.check_signatures(listener, &app.client_secret)?;
        }
        let arrivals = Arrivals::open(receiver.ledger(), APPS)?;
        let ledger = Ledger::new(prepare(&platform, crash.conversations).await?);
        Ok(Self {
            options,
            launch,
            random: SplitMix::new(crash.seed),
            receiver,
            arrivals,
            server,
            platform,
            ledger,
            opened: Vec::new(),
            summary: Summary::default(),
        })
    }

    async fn round(&mut self, round: usize) -> anyhow::Result<()> {
        let outage = self.random.below(OUTAGES) == 0;
        if outage {
            self.receiver.answer(PATIENT, Reply::Fail)?;
            self.summary.outages += 1;
        }
        let options = &self.options.crash;
        let traffic = Traffic::start(&self.platform, &self.ledger, options, round, &mut self.random).await?;
        traffic.wait(&mut self.random).await?;
        self.server.process.kill().context("killing the server")?;
        let results = traffic.finish().await?;
        self.receiver.mark(round as u64)?;
        self.arrivals.drain(round as u64).await?;
        self.summary.killed(self.arrivals.take_duplicates());
        self.server = self.launch.start().await.context("restarting")?;
        self.summary.restarts.push(self.server.ready_after);
        self.platform = Platform::sign_in(&self.server).await?;
        if outage {
            self.receiver.answer(PATIENT, Reply::Confirm)?;
        }
        self.ledger.add(results.sent);
        self.ledger.check(&self.platform).await?;
        self.opened.extend(results.openings.into_iter().filter_map(acknowledged));
        // The other half of the kills hits whatever is still being delivered.
        if self.random.below(2) == 0 {
            self.arrivals.wait(self.ledger.ends().collect()).await?;
        }
        Ok(())
    }

    /// Reads every log again and waits for all of it.
    async fn finish(mut self) -> anyhow::Result<Summary> {
        self.ledger.forget_what_was_read();
        self.ledger.check(&self.platform).await.context("reading everything again at the end")?;
        self.arrivals.wait(self.ledger.ends().collect()).await?;
        let others = self.other_ends().await?;
        self.arrivals.wait(others).await?;
        self.arrivals.compare(&self.ledger)?;
        self.summary.killed(self.arrivals.take_duplicates());
        self.summary.count(&self.ledger, &self.arrivals);
        server::stop(self.server.process)?;
        Ok(self.summary)
    }

    /// The ends of all logs that the ledger does not follow: of acknowledged openings, and of those that were cut off but
    /// reached a receiver. A receiver must not know a conversation that is not durable.
    async fn other_ends(&self) -> anyhow::Result<Vec<(ConversationKey, u64)>> {
        let followed: BTreeSet<_> = self.ledger.ends().map(|(conversation, _)| conversation).collect();
        let mut ids = self.arrivals.conversations();
        ids.extend(self.opened.iter().filter_map(|id| ConversationKey::parse(id.as_bytes())));
        let mut connection = self.platform.target.connect().await?;
        let mut ends = Vec::new();
        for key in ids.difference(&followed) {
            let mut track = Track::new(Conversation { jws: String::new(), id: key.to_string() });
            let read = track.read(&self.platform, &mut connection).await;
            read.with_context(|| format!("conversation {key}, which a receiver knows or was acknowledged"))?;
            ends.push((*key, track.end()));
        }
        Ok(ends)
    }
}

fn acknowledged(opening: Opening) -> Option<String> {
    match opening.outcome {
        Opened::Acknowledged(id) => Some(id),
        Opened::Refused | Opened::CutOff => None,
    }
}
