//! A conversation and its task.

use std::collections::HashSet;

use trunkline_wire::agent::RingId;
use trunkline_wire::{AgentId, ConsumerId, ConversationId, EpochMillis, SkillId};

use super::queues::Waiting;
use super::ready::Kind;
use crate::conversation::Need;

/// What is known of an open conversation.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) version: u64,
    pub(super) consumer: ConsumerId,
    pub(super) assigned: Option<AgentId>,
    /// The proposal that has ended here but may still be in the state of the conversation.
    pub(super) ended_suggestion: Option<AgentId>,
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
    /// Who had a chance in this round.
    pub(super) declined: HashSet<AgentId>,
    /// How often all had their chance.
    pub(super) rounds: u32,
    /// The end of the last pause after that, also while the task rings at somebody who came meanwhile.
    pub(super) pause_until: Option<EpochMillis>,
    pub(super) place: Place,
}

/// Where a task is.
#[derive(Debug)]
pub(super) enum Place {
    /// On its way from one place to the next, only inside one input.
    Nowhere,
    /// In the queue of its skill.
    Queued {
        /// When those who declined may be rung again; `None` while nobody was.
        again_at: Option<EpochMillis>,
    },
    /// Waiting for room at the agent it is proposed to.
    Bound {
        /// The agent.
        agent: AgentId,
        /// When the proposal ends.
        until: EpochMillis,
    },
    /// Ringing at an agent.
    Ringing(Ring),
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
            declined: HashSet::new(),
            rounds: 0,
            pause_until: None,
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

    pub(super) fn waiting(&self, conversation: ConversationId) -> Waiting {
        Waiting { since: self.since, conversation }
    }
}

impl Place {
    /// When the task is to be looked at next.
    pub(super) fn due(&self) -> Option<EpochMillis> {
        match self {
            Self::Nowhere => None,
            Self::Queued { again_at } => *again_at,
            Self::Bound { until, .. } => Some(*until),
            Self::Ringing(ring) => Some(ring.reserved_until.unwrap_or(ring.expires_at)),
        }
    }
}
