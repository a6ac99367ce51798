//! The traffic that a kill interrupts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::Options;
use super::ledger::Ledger;
use super::openings::{self, Opening};
use crate::http::{Answer, Target};
use crate::platform::{Consumer, Conversation, Platform, published};
use crate::random::SplitMix;
use crate::requests::Caller;

/// Consumers per round whose conversations are opened while messages are sent.
const NEW_CONSUMERS: usize = 64;
/// Messages for each chat state.
const MESSAGES_PER_CHAT_STATE: u64 = 8;
/// Longest wait for the traffic that a kill is to interrupt.
const PATIENCE: Duration = Duration::from_mins(1);

/// A message that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    /// Index of the conversation.
    pub(super) conversation: usize,
    /// Its text, unique in the run.
    pub(super) text: String,
    /// The answered sequence; `None` when the answer was cut off.
    pub(super) sequence: Option<u64>,
}

/// What a round's connections know.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) sent: Vec<Sent>,
    pub(super) openings: Vec<Opening>,
}

/// Connections at work.
pub(super) struct Traffic {
    tasks: JoinSet<anyhow::Result<Results>>,
    fuse: Arc<Fuse>,
}

/// Rings once a number of acknowledgements is reached.
#[derive(Debug)]
pub(super) struct Fuse {
    left: AtomicU64,
    ripe: Notify,
}

impl Fuse {
    /// Rings after at most so many acknowledgements.
    pub(super) fn new(longest: u64, random: &mut SplitMix) -> Self {
        Self { left: AtomicU64::new(1 + random.below(longest)), ripe: Notify::new() }
    }

    /// Notes an acknowledgement.
    pub(super) fn burn(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.ripe.notify_one();
        }
    }

    /// Waits until enough was acknowledged, then a random moment more: the kill shall hit any phase of a write.
    pub(super) async fn wait(&self, random: &mut SplitMix) -> anyhow::Result<()> {
        tokio::time::timeout(PATIENCE, self.ripe.notified()).await.context("the traffic does not move")?;
        tokio::time::sleep(Duration::from_micros(random.below(5_000))).await;
        Ok(())
    }
}

impl Traffic {
    /// Starts the senders and two connections that race to open the same new consumers' conversations.
    pub(super) async fn start(
        platform: &Platform,
        ledger: &Ledger,
        options: &Options,
        round: usize,
        random: &mut SplitMix,
    ) -> anyhow::Result<Self> {
        let names = (0..NEW_CONSUMERS).map(|n| format!("crash-{round}-{n}")).collect();
        let consumers: Arc<[Consumer]> = platform.consumers(names).await?.0.into();
        let fuse = Arc::new(Fuse::new(options.longest_burst, random));
        let mut tasks = JoinSet::new();
        for connection in 0..options.connections {
            tasks.spawn(send(
                platform.target.clone(),
                Sender {
                    caller: platform.caller.clone(),
                    conversations: ledger.conversations(),
                    fuse: Arc::clone(&fuse),
                    random: SplitMix::new(random.number()),
                    label: format!("m-{round}-{connection}"),
                    chat_states: options.chat_states,
                },
            ));
        }
        for _ in 0..2 {
            tasks.spawn(openings::open_all(
                platform.target.clone(),
                platform.caller.clone(),
                Arc::clone(&consumers),
            ));
        }
        Ok(Self { tasks, fuse })
    }

    /// Waits for the moment of the kill.
    pub(super) async fn wait(&self, random: &mut SplitMix) -> anyhow::Result<()> {
        self.fuse.wait(random).await
    }

    /// Collects what the connections know once the server is gone.
    pub(super) async fn finish(mut self) -> anyhow::Result<Results> {
        let mut all = Results::default();
        while let Some(results) = self.tasks.join_next().await {
            let results = results.context("a connection's task failed")??;
            all.sent.extend(results.sent);
            all.openings.extend(results.openings);
        }
        Ok(all)
    }
}

struct Sender {
    caller: Caller,
    conversations: Arc<[Conversation]>,
    fuse: Arc<Fuse>,
    random: SplitMix,
    label: String,
    chat_states: bool,
}

/// Sends until the connection breaks.
async fn send(target: Target, mut sender: Sender) -> anyhow::Result<Results> {
    let mut results = Results::default();
    let Ok(mut connection) = target.connect().await else { return Ok(results) };
    loop {
        let index = sender.random.index(sender.conversations.len());
        let Some(conversation) = sender.conversations.get(index) else { return Ok(results) };
        if sender.chat_states && sender.random.below(MESSAGES_PER_CHAT_STATE) == 0 {
            let request = sender.caller.typing(&conversation.jws, &conversation.id);
            match connection.exchange(&request).await {
                Ok(answer) => drop(acknowledged(&answer)?),
                Err(_) => return Ok(results),
            }
        }
        let text = format!("{}-{}", sender.label, results.sent.len());
        let request = sender.caller.text(&conversation.jws, &conversation.id, &text);
        let sequence = match connection.exchange(&request).await {
            Ok(answer) => Some(acknowledged(&answer)?),
            Err(_) => None,
        };
        results.sent.push(Sent { conversation: index, text, sequence });
        if sequence.is_none() {
            return Ok(results);
        }
        sender.fuse.burn();
    }
}

fn acknowledged(answer: &Answer<'_>) -> anyhow::Result<u64> {
    published(answer).with_context(|| format!("a message was refused: {}", answer.summary()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fuse_rings_once() {
        let fuse = Fuse::new(1, &mut SplitMix::new(1));
        fuse.burn();
        fuse.burn();
        assert!(fuse.left.load(Ordering::Relaxed) > 1);
    }
}
