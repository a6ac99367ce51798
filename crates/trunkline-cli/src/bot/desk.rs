//! Everything a bot decides: which rings it takes and what it does in its conversations. Pure: frames and timers come
//! in, effects go out, so that every order of events can be tried without a server.

mod acts;
mod inbox;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};
use trunkline_wire::agent::RequestName;
use trunkline_wire::{AccountId, SkillId};

use super::frame;
use super::lane::{Busy, Lane};
use super::persona::Persona;

/// Requests are answered at once; one that is not after this many ticks shows that the connection is dead.
const PATIENCE: u64 = 3;

/// What has to be done outside.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    /// Send a frame.
    Send(String),
    /// Call [`Desk::woke`] with this number after this span.
    Wait(u64, Duration),
    /// The agent is online, its subscriptions stand.
    Online,
}

/// Why a connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the session has ended")]
    Unauthorized,
    #[error("{what} was refused with {code}: {reason}")]
    Refused { what: &'static str, code: u16, reason: String },
    #[error("{0} was not answered in time")]
    Unanswered(&'static str),
    #[error("the server sent a frame that does not follow the contract")]
    Frame(#[source] serde_json::Error),
    #[error("the server sent more events than could be looked at")]
    Flood,
}

/// An agent's place of work: its conversations and its rings.
pub(super) struct Desk {
    account: AccountId,
    /// The old form of the agent's id; unknown until the server says it when the bearer came from elsewhere.
    aid: Option<String>,
    persona: Persona,
    /// Rings of other skills are rejected; empty takes all.
    skills: BTreeSet<SkillId>,
    lanes: HashMap<String, Lane>,
    /// Rings whose acceptance is not answered yet.
    rings: HashSet<String>,
    pending: HashMap<u64, Pending>,
    timers: HashMap<u64, String>,
    /// Requests and timers are numbered through, over all connections.
    next: u64,
    tick: u64,
}

/// A request without its answer.
struct Pending {
    about: About,
    since: u64,
}

/// What a request was for.
enum About {
    Profile,
    /// One of the subscriptions, or the agent's state.
    Setup(&'static str),
    Ring {
        ring: String,
        conversation: String,
        accepts: bool,
    },
    History(String),
    Act(String),
}

impl About {
    fn what(&self) -> &'static str {
        match self {
            Self::Profile => "the question for the own profile",
            Self::Setup(what) => what,
            Self::Ring { .. } => "the answer to a ring",
            Self::History(_) => "the question for a history",
            Self::Act(_) => "an act in a conversation",
        }
    }
}

impl Desk {
    pub(super) fn new(
        account: AccountId,
        aid: Option<String>,
        persona: Persona,
        skills: BTreeSet<SkillId>,
    ) -> Self {
        Self {
            account,
            aid,
            persona,
            skills,
            lanes: HashMap::new(),
            rings: HashSet::new(),
            pending: HashMap::new(),
            timers: HashMap::new(),
            next: 1,
            tick: 0,
        }
    }

    /// Another login may show that the user is another one.
    pub(super) fn is(&mut self, aid: String) {
        if self.aid.as_ref() != Some(&aid) {
            self.lanes.clear();
        }
        self.aid = Some(aid);
    }

    /// A connection stands: what a bot asks first, without waiting for answers (spec 23 §4).
    pub(super) fn opened(&mut self) -> Vec<Effect> {
        let mut out = Vec::new();
        match self.aid.clone() {
            Some(aid) => self.set_up(&aid, &mut out),
            None => self.ask(About::Profile, RequestName::GetUserProfile, &json!({}), &mut out),
        }
        out
    }

    fn set_up(&mut self, aid: &str, out: &mut Vec<Effect>) {
        let state = json!({"availability": "ONLINE", "channels": ["MESSAGING"], "agentUserId": aid});
        self.ask(About::Setup("the state ONLINE"), RequestName::SetAgentState, &state, out);
        let conversations = json!({"agentIds": [aid], "convState": ["OPEN"]});
        let about = About::Setup("the subscription to conversations");
        self.ask(about, RequestName::SubscribeExConversations, &conversations, out);
        let rings = json!({"channelType": "MESSAGING", "agentId": aid, "brandId": self.account});
        let about = About::Setup("the subscription to rings");
        self.ask(about, RequestName::SubscribeRoutingTasks, &rings, out);
    }

    /// The connection is lost. Lanes that this connection never learned of belong to somebody else by now.
    pub(super) fn lost(&mut self) {
        self.pending.clear();
        self.timers.clear();
        self.rings.clear();
        self.lanes.retain(|_, lane| lane.joined);
        self.lanes.values_mut().for_each(Lane::leave);
    }

    /// Called now and then.
    ///
    /// # Errors
    /// [`Broken::Unanswered`].
    pub(super) fn tick(&mut self) -> Result<(), Broken> {
        self.tick += 1;
        let late = self.pending.values().find(|pending| pending.since + PATIENCE <= self.tick);
        late.map_or(Ok(()), |late| Err(Broken::Unanswered(late.about.what())))
    }

    /// A timer has run out; one of a connection before this one means nothing.
    pub(super) fn woke(&mut self, timer: u64) -> Vec<Effect> {
        let mut out = Vec::new();
        if let Some(conversation) = self.timers.remove(&timer)
            && let Some(lane) = self.lanes.get_mut(&conversation)
            && lane.busy == Busy::Timer(timer)
        {
            lane.busy = Busy::No;
            self.waited(&conversation);
            self.advance(&conversation, &mut out);
        }
        out
    }

    fn ask(&mut self, about: About, name: RequestName, body: &Value, out: &mut Vec<Effect>) {
        let id = self.number();
        self.pending.insert(id, Pending { about, since: self.tick });
        out.push(Effect::Send(frame::request(id, name, body)));
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }
}
