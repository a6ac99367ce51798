//! A bot: accepts rings, reads, answers; gives a conversation back or closes it now and then.

mod life;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{Semaphore, watch};

use super::super::traffic::Fuse;
use super::act::{Act, Change, What};
use super::view::View;
use crate::agent::Agent;
use crate::http::Target;
use crate::random::SplitMix;
use life::Life;

/// One ring in so many is rejected.
const REJECTED: u64 = 24;
/// After one answer in so many the conversation is given back.
const GIVEN_BACK: u64 = 40;
/// After one in so many it is closed.
const CLOSED: u64 = 60;

/// What a bot is told from outside.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    pub(super) target: Target,
    pub(super) account: String,
    /// Burns with each acknowledgement.
    pub(super) fuse: Arc<Fuse>,
    /// Set before the server is killed: from then on a broken socket is no surprise.
    pub(super) is_killed: Arc<AtomicBool>,
    /// True when the bot shall ask for what is left and end.
    pub(super) finish: watch::Receiver<bool>,
    /// Gets a permit when the bot is there.
    pub(super) connected: Arc<Semaphore>,
}

/// What outlives the server.
#[derive(Debug)]
pub(super) struct Bot {
    pub(super) agent: Agent,
    random: SplitMix,
    /// Begins its texts; unique in the run.
    label: String,
    said: u64,
    /// By dialog.
    pub(super) views: HashMap<String, View>,
    acts: Vec<Act>,
}

impl Bot {
    pub(super) fn new(agent: Agent, number: usize, random: &mut SplitMix) -> Self {
        Self {
            agent,
            random: SplitMix::new(random.number()),
            label: format!("bot-{number}"),
            said: 0,
            views: HashMap::new(),
            acts: Vec::new(),
        }
    }

    /// Serves until the server is killed, or until it is told to finish. Ends with what must hold then.
    pub(super) async fn serve(mut self, surroundings: Surroundings) -> anyhow::Result<Self> {
        Life::of(&mut self, surroundings).run().await?;
        Ok(self)
    }

    /// What it did since it was asked last.
    pub(super) fn take_acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    fn changed(&mut self, conversation: String, change: Change, is_acknowledged: bool) {
        self.acted(conversation, What::Change { change, is_acknowledged });
    }

    fn acted(&mut self, conversation: String, what: What) {
        self.acts.push(Act { conversation, by: self.agent.pid.clone(), what });
    }

    fn text(&mut self) -> String {
        self.said += 1;
        format!("{}-{}", self.label, self.said)
    }
}
