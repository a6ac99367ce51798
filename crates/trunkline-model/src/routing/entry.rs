//! A conversation and its task.

use std::collections::HashSet;

use trunkline_wire::agent::RingId;
use trunkline_wire::{AgentId, ConversationId, EpochMillis, SkillId};

use super::Options;
use super::queues::Waiting;
use super::ready::Kind;
use crate::conversation::Need;

/// What is known of an open conversation. An account may have a hundred thousand of them, so what few have is boxed.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) version: u64,
    pub(super) assigned: Option<Box<AgentId>>,
    /// The proposal that has ended here but may still be in the state of the conversation.
    pub(super) ended_suggestion: Option<Box<AgentId>>,
    /// The time in the id of the last ring: every ring of a conversation has a later one.
    pub(super) last_ring: EpochMillis,
    /// What it needs, if it needs anything; most open conversations do not.
    pub(super) task: Option<Box<Task>>,
}

/// A conversation that needs an agent.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) skill: SkillId,
    pub(super) since: EpochMillis,
    pub(super) kind: Kind,
    /// The only agent to be rung.
    pub(super) suggested: Option<AgentId>,
    pub(super) answer_due: Option<EpochMillis>,
    /// Those who did not take it; `None` while it was offered to nobody.
    declines: Option<Box<Declines>>,
    pub(super) place: Place,
}

/// Who did not take a task.
#[derive(Debug, Default)]
struct Declines {
    /// Who had a chance in this round.
    agents: HashSet<AgentId>,
    /// How often all had their chance.
    rounds: u32,
    /// The end of the last pause after that, also while the task rings at somebody who came meanwhile.
    pause_until: Option<EpochMillis>,
}

/// Where a task is.
#[derive(Debug)]
pub(super) enum Place {
    /// On its way from one place to the next, only inside one input.
    Nowhere,
    /// Waiting for the first message.
    Silent,
    /// In the queue of its skill.
    Queued {
        /// When those who declined may be rung again; `None` while nobody was.
        again_at: Option<EpochMillis>,
    },
    /// Waiting for room at the agent it is proposed to.
    Bound(Box<Bound>),
    /// Ringing at an agent.
    Ringing(Box<Ring>),
}

/// A proposal that waits.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) agent: AgentId,
    /// When the proposal ends.
    pub(super) until: EpochMillis,
}

/// A ring that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    pub(super) id: RingId,
    pub(super) agent: AgentId,
    pub(super) expires_at: EpochMillis,
    /// Until when the store may confirm that the agent has the conversation; `None` while he has not answered.
    pub(super) reserved_until: Option<EpochMillis>,
    /// The task changed while the ring was reserved: it does not go on when the store refuses.
    pub(super) is_outdated: bool,
}

impl Task {
    pub(super) fn new(need: Need, answer_due: Option<EpochMillis>) -> Self {
        Self {
            skill: need.skill,
            since: need.since,
            kind: Kind::of(need),
            suggested: need.suggested,
            answer_due,
            declines: None,
            place: Place::Nowhere,
        }
    }

    /// Makes it the task of another need, in the place where it is.
    pub(super) fn renew(&mut self, need: Need) {
        let place = std::mem::replace(&mut self.place, Place::Nowhere);
        *self = Self { place, ..Self::new(need, self.answer_due) };
    }

    /// Whether this is the task of the need.
    pub(super) fn is_for(&self, need: &Need) -> bool {
        (self.skill, self.since, self.suggested) == (need.skill, need.since, need.suggested)
    }

    pub(super) fn ring(&self) -> Option<&Ring> {
        match &self.place {
            Place::Ringing(ring) => Some(ring),
            _ => None,
        }
    }

    /// Whether anybody had a chance in this round.
    pub(super) fn is_declined(&self) -> bool {
        self.declines.as_ref().is_some_and(|declines| !declines.agents.is_empty())
    }

    /// Whether this agent had one.
    pub(super) fn is_declined_by(&self, agent: AgentId) -> bool {
        self.declines.as_ref().is_some_and(|declines| declines.agents.contains(&agent))
    }

    /// Notes that an agent had his chance.
    pub(super) fn decline(&mut self, agent: AgentId) {
        self.declines.get_or_insert_default().agents.insert(agent);
    }

    /// Gives everybody another chance.
    pub(super) fn begin_round(&mut self) {
        if let Some(declines) = &mut self.declines {
            declines.agents.clear();
        }
    }

    /// When those who declined may be rung again, `None` if nobody did: after a pause, of which one that has begun goes on.
    pub(super) fn pause(&mut self, now: EpochMillis, options: &Options) -> Option<EpochMillis> {
        let declines = self.declines.as_mut()?;
        declines.pause_until = if declines.agents.is_empty() {
            None
        } else {
            declines.pause_until.filter(|until| *until > now).or_else(|| {
                declines.rounds = declines.rounds.saturating_add(1);
                Some(now.plus(options.pause(declines.rounds - 1)))
            })
        };
        declines.pause_until
    }

    pub(super) fn waiting(&self, conversation: ConversationId) -> Waiting {
        Waiting { since: self.since, conversation }
    }
}

impl Place {
    /// When the task is to be looked at next.
    pub(super) fn due(&self) -> Option<EpochMillis> {
        match self {
            Self::Nowhere | Self::Silent => None,
            Self::Queued { again_at } => *again_at,
            Self::Bound(bound) => Some(bound.until),
            Self::Ringing(ring) => Some(ring.reserved_until.unwrap_or(ring.expires_at)),
        }
    }
}
