//! Which agent is offered which conversation: queues, rings and availability of one account. Source: spec 21 §7.1, §7.5, §9,
//! 22 §2.
//!
//! Nothing here is stored. What waits follows from the conversations ([`Conversation::needs_agent`]), so after a restart
//! [`Routing`] is fed with the open ones and the agents who come back, and offers what waits once more. It is a pure
//! machine: inputs are what changed and the present time, the outcome is a list of [`Effect`]s, the same for the same
//! inputs. Whoever drives it sends the notices, gives the commands to conversations, and calls [`Routing::tick`] when
//! [`Routing::next_tick`] has come.
//!
//! # Rules
//!
//! - A conversation that needs an agent is a *task*. It is in one of three places: in the queue of its skill, bound to the
//!   one agent whom a transfer proposes, or ringing at one agent. Before that it may wait for the consumer's first message.
//! - Of the agents who are eligible (an agent without skills is for every skill) and have room, the least loaded is rung,
//!   then the one who is idle longest. Rings count as load. A free agent gets what waits longest.
//! - Who rejects a ring, lets it expire or has just left the conversation is passed over as long as somebody else could be
//!   rung. When nobody else is left, everybody may be rung again after a pause, which doubles with every round.
//! - A proposed agent is rung alone. Rejection, expiry, leaving, or a ring's time without room for a ring end the proposal;
//!   then the task goes on by skill. Who proposed is told by [`Effect::SuggestionEnded`].
//! - `ONLINE` agents are rung for everything, `OCCUPIED` and `BACK_SOON` ones for transfers: proposals, and conversations
//!   that an agent had before.
//! - The first word is the ring's, the last word is the store's: [`Routing::accept`] reserves a ring, so that it cannot
//!   expire or go elsewhere meanwhile, until the conversation has been assigned ([`Routing::accepted`]) or has not
//!   ([`Routing::accept_failed`]).
//!
//! # Cost
//!
//! Agents are indexed by skill and load, tasks by skill and time. With `s` the skills of an agent: finding the agent for a
//! task takes O(log agents + agents who declined it), finding the task for an agent O(s · log tasks) and a bounded look at
//! declined tasks; for an agent without skills the first task of every queue is at hand. Every other step is a few look-ups
//! and O(s · log) index updates.
//!
//! [`Conversation::needs_agent`]: crate::conversation::Conversation::needs_agent

mod agent;
mod agents;
mod answers;
mod conversations;
mod effect;
mod entry;
mod matching;
mod options;
mod places;
mod queues;
mod ready;
mod registry;
mod rings;
#[cfg(test)]
mod tests;
mod time;
mod view;

pub use agent::AgentProfile;
pub use answers::RingRefusal;
pub use effect::{Effect, RingNotice, RingView, TaskView};
pub use options::Options;
pub use view::ConversationView;

use std::collections::{BTreeSet, HashMap};

use trunkline_wire::{AccountId, AgentId, ConversationId, EpochMillis};

use agent::Agent;
use entry::{Entry, Place};
use queues::Queues;
use ready::Ready;
use registry::Registry;

/// The queues, rings and agents of one account.
#[derive(Debug)]
pub struct Routing {
    account: AccountId,
    options: Options,
    /// Every open conversation that was told of.
    conversations: HashMap<ConversationId, Entry>,
    /// Every agent who signed in, is assigned, or is proposed.
    agents: HashMap<AgentId, Agent>,
    ready: Ready,
    queues: Queues,
    /// When each task wants to be looked at without anything having happened; at most one time per task.
    timers: BTreeSet<(EpochMillis, ConversationId)>,
    rings: Registry,
}

impl Routing {
    /// Routing without agents and conversations.
    pub fn new(account: AccountId, options: Options) -> Self {
        let options = options.sane();
        Self {
            account,
            rings: Registry::new(options.remembered_rings),
            options,
            conversations: HashMap::new(),
            agents: HashMap::new(),
            ready: Ready::default(),
            queues: Queues::default(),
            timers: BTreeSet::new(),
        }
    }

    /// Gives back room. Sets that were filled in their order are half empty; this fills them anew.
    pub fn pack(&mut self) {
        self.queues.pack();
        self.timers = std::mem::take(&mut self.timers).into_iter().collect();
        self.conversations.shrink_to_fit();
    }

    /// When [`Routing::tick`] is due; `None` when nothing depends on the time.
    pub fn next_tick(&self) -> Option<EpochMillis> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// How many conversations wait for an agent, rings included, but not those that wait for their first message. Counts
    /// them one by one.
    pub fn waiting(&self) -> usize {
        let tasks = self.conversations.values().filter_map(|entry| entry.task.as_ref());
        tasks.filter(|task| !matches!(task.place, Place::Silent)).count()
    }
}
