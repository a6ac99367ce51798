//! The proof of the agents' side: bots on real sockets serve consumers, SIGKILL in the middle, a restart, and the bots come
//! back with their sessions.
//!
//! After each restart, before anybody is back, every log is read: what was acknowledged to consumers and bots is there
//! exactly once with the answered sequence, an acknowledged ring made its bot the agent, no two agents were ever assigned at
//! once, and nobody published who was not. Then the bots come back, ask for what came after the last event they know, and
//! each open conversation must have an agent in time: what waited is rung again although rings are stored nowhere. Each bot's
//! view of a dialog, made of what its sockets were told and what it asked for, has no gap and no repetition at any kill, and
//! at the end it is what the log says.

mod act;
mod bot;
mod consumers;
mod observer;
mod record;
mod summary;
mod view;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::Options as CrashOptions;
use super::traffic::Fuse;
use crate::agent::{Agent, administrator, hire};
use crate::platform::Platform;
use crate::random::SplitMix;
use crate::server::{self, Launch, Server};
use crate::stopwatch;
use act::{Act, CONSUMER, Change, What};
use bot::{Bot, Surroundings};
use consumers::Consumers;
use observer::Observer;
use record::Record;
pub use summary::Summary;

/// Consumers for each bot; all of them together have room with the bots.
const CONSUMERS_PER_BOT: usize = 3;
/// With how many conversations a bot is offered no more.
const MAX_CONVERSATIONS: u32 = 5;
/// How long the bots may take to connect, and to ask for the last events.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server, the consumers' connections and the kills. Its number of conversations plays no part.
    pub crash: CrashOptions,
    /// How many bots there are.
    pub agents: usize,
}

/// Kills and checks.
///
/// # Errors
/// When a promise is broken, or the server cannot be started or spoken to.
pub fn run(options: &Options) -> anyhow::Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(kill_repeatedly(options)).with_context(|| format!("seed {}", options.crash.seed))
}

async fn kill_repeatedly(options: &Options) -> anyhow::Result<Summary> {
    let mut proof = Proof::prepare(&options.crash, options.agents.max(1)).await?;
    for round in 1..=options.crash.kills {
        proof.round(&options.crash).await.with_context(|| format!("kill {round}"))?;
    }
    proof.finish(&options.crash).await
}

/// A run.
struct Proof {
    launch: Launch,
    random: SplitMix,
    server: Server,
    platform: Platform,
    admin: Agent,
    bots: Vec<Bot>,
    consumers: Consumers,
    record: Record,
    summary: Summary,
}

/// Bots with sockets.
struct Serving {
    bots: JoinSet<anyhow::Result<Bot>>,
    is_killed: Arc<AtomicBool>,
    finish: watch::Sender<bool>,
    /// A permit for each bot that is there.
    connected: Arc<Semaphore>,
}

impl Serving {
    /// Waits until every bot is there.
    async fn everybody_connected(connected: &Semaphore, bots: usize) -> anyhow::Result<()> {
        let all = connected.acquire_many(u32::try_from(bots).context("so many bots")?);
        let all = tokio::time::timeout(PATIENCE, all).await;
        let _all =
            all.with_context(|| format!("{} of {bots} bots are connected", connected.available_permits()))??;
        Ok(())
    }
}

impl Proof {
    async fn prepare(options: &CrashOptions, agents: usize) -> anyhow::Result<Self> {
        let launch = Launch {
            binary: options.binary.clone(),
            data_dir: options.data_dir.clone(),
            core: None,
            settings: Vec::new(),
        };
        let mut random = SplitMix::new(options.seed);
        let server = launch.start().await?;
        let platform = Platform::sign_in(&server).await?;
        let account = &platform.caller.account;
        let admin = administrator(&platform.target, account, &server.dev.admin).await?;
        let agents = hire(&platform, agents, Some(MAX_CONVERSATIONS)).await?;
        let record = Record::new(agents.iter().map(|agent| agent.pid.clone()));
        let consumers = Consumers::new(options.connections, agents.len() * CONSUMERS_PER_BOT, &mut random);
        let bots = agents
            .into_iter()
            .enumerate()
            .map(|(number, agent)| Bot::new(agent, number, &mut random))
            .collect();
        let summary = Summary::default();
        Ok(Self { launch, random, server, platform, admin, bots, consumers, record, summary })
    }

    /// Everybody works until the server is killed; then it is started again and looked at.
    async fn round(&mut self, options: &CrashOptions) -> anyhow::Result<()> {
        let fuse = Arc::new(Fuse::new(options.longest_burst, &mut self.random));
        let serving = self.everybody_served(&fuse).await?;
        let talking = self.consumers.talk(&self.platform, &fuse, &serving.is_killed).await?;
        let waited = fuse.wait(&mut self.random).await;
        serving.is_killed.store(true, Ordering::SeqCst);
        self.server.process.kill().context("killing the server")?;
        // Whoever failed says why it came to nothing.
        let acts = self.consumers.fall_silent(talking).await?;
        self.record.add(acts);
        self.bots_back(serving).await?;
        waited?;
        self.summary.kills += 1;
        self.server = self.launch.start().await.context("restarting")?;
        self.summary.restarts.push(self.server.ready_after);
        self.platform = Platform::sign_in(&self.server).await?;
        self.record.check(&self.platform).await
    }

    /// The bots open their sockets.
    fn serve(&mut self, fuse: &Arc<Fuse>) -> Serving {
        let (finish, finishing) = watch::channel(false);
        let is_killed = Arc::<AtomicBool>::default();
        let connected = Arc::new(Semaphore::new(0));
        let mut bots = JoinSet::new();
        for bot in self.bots.drain(..) {
            bots.spawn(bot.serve(Surroundings {
                target: self.platform.target.clone(),
                account: self.platform.caller.account.clone(),
                fuse: Arc::clone(fuse),
                is_killed: Arc::clone(&is_killed),
                finish: finishing.clone(),
                connected: Arc::clone(&connected),
            }));
        }
        Serving { bots, is_killed, finish, connected }
    }

    /// The bots come back, all of them, and each open conversation must have an agent in time.
    async fn everybody_served(&mut self, fuse: &Arc<Fuse>) -> anyhow::Result<Serving> {
        let account = &self.platform.caller.account;
        // Before the bots, so that it is told of what they close at once.
        let mut observer = Observer::begin(&self.platform.target, account, &self.admin).await?;
        let began = stopwatch::now();
        let mut serving = self.serve(fuse);
        let (connected, bots) = (Arc::clone(&serving.connected), serving.bots.len());
        let everybody = async {
            let open = observer.everybody_served(self.record.open()).await?;
            self.summary.served.push(began.elapsed());
            Serving::everybody_connected(&connected, bots).await?;
            anyhow::Ok(open)
        };
        let open = tokio::select! {
            biased;
            Some(ended) = serving.bots.join_next() => {
                ended.context("a bot's task failed")??;
                bail!("a bot's socket ended though nobody killed the server");
            }
            open = everybody => open?,
        };
        // Nobody would ever close those whose opening was cut off; the bots would run out of room.
        for id in open {
            if !self.record.has_consumer(&id) && observer.close(&id).await? {
                let what = What::Change { change: Change::Close, is_acknowledged: true };
                self.record.add(vec![Act { conversation: id, by: CONSUMER.to_owned(), what }]);
            }
        }
        Ok(serving)
    }

    /// Takes the bots back when their sockets have ended.
    async fn bots_back(&mut self, mut serving: Serving) -> anyhow::Result<()> {
        while let Some(bot) = serving.bots.join_next().await {
            let mut bot = bot.context("a bot's task failed")??;
            self.record.add(bot.take_acts());
            self.bots.push(bot);
        }
        Ok(())
    }

    /// Serves everybody once more, reads every log again and compares.
    async fn finish(mut self, options: &CrashOptions) -> anyhow::Result<Summary> {
        let fuse = Arc::new(Fuse::new(options.longest_burst, &mut self.random));
        let serving = self.everybody_served(&fuse).await.context("after the last kill")?;
        serving.finish.send_replace(true);
        let back = tokio::time::timeout(PATIENCE, self.bots_back(serving)).await;
        back.context("the bots do not come to an end")??;
        self.record.forget_what_was_read();
        self.record.check(&self.platform).await.context("reading everything again at the end")?;
        for bot in &self.bots {
            self.record.compare(bot)?;
        }
        self.summary.counts(self.record.count());
        server::stop(self.server.process)?;
        Ok(self.summary)
    }
}
