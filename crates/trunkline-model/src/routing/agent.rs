//! An agent as routing knows him.

use std::collections::BTreeSet;
use std::sync::Arc;

use trunkline_wire::agent::Availability;
use trunkline_wire::{AgentId, ConversationId, EpochMillis, SkillId};

use super::Options;
use super::queues::Waiting;
use super::ready::{Candidate, Rank};
use crate::User;

/// What an agent is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentProfile {
    /// The skills; empty for every skill.
    pub skills: Arc<[SkillId]>,
    /// With how many conversations no more are offered; `None` for no limit.
    pub max_conversations: Option<u32>,
}

impl From<&User> for AgentProfile {
    fn from(user: &User) -> Self {
        Self { skills: user.skills.as_slice().into(), max_conversations: user.max_conversations }
    }
}

impl AgentProfile {
    pub(super) fn is_eligible_for(&self, skill: SkillId) -> bool {
        self.skills.is_empty() || skill == SkillId::UNASSIGNED || self.skills.contains(&skill)
    }
}

/// An agent: signed in, or known because a conversation names him.
#[derive(Debug)]
pub(super) struct Agent {
    /// `None` while he is not signed in.
    pub(super) profile: Option<AgentProfile>,
    pub(super) availability: Availability,
    pub(super) idle_since: EpochMillis,
    /// How many conversations he has.
    pub(super) conversations: usize,
    /// Which conversations ring at him.
    pub(super) rings: BTreeSet<ConversationId>,
    /// Which are proposed to him and wait for room.
    pub(super) bound: BTreeSet<Waiting>,
    /// What the index says of him.
    pub(super) indexed: Option<Candidate>,
}

impl Agent {
    pub(super) const fn new(now: EpochMillis) -> Self {
        Self {
            profile: None,
            availability: Availability::Offline,
            idle_since: now,
            conversations: 0,
            rings: BTreeSet::new(),
            bound: BTreeSet::new(),
            indexed: None,
        }
    }

    /// True when nothing would be lost by forgetting him.
    pub(super) fn is_forgettable(&self) -> bool {
        self.profile.is_none() && self.conversations == 0 && self.rings.is_empty() && self.bound.is_empty()
    }

    /// How he belongs into the index; `None` when he cannot be rung at all.
    pub(super) fn candidate(&self, agent: AgentId, options: &Options) -> Option<Candidate> {
        let profile = self.profile.as_ref()?;
        let load = self.conversations + self.rings.len();
        let has_room = profile.max_conversations.is_none_or(|most| load < most as usize)
            && self.rings.len() < options.rings_per_agent;
        (has_room && self.availability.takes_transfers()).then(|| Candidate {
            rank: Rank { load, idle_since: self.idle_since, agent },
            skills: Arc::clone(&profile.skills),
            takes_new: self.availability.takes_new(),
        })
    }
}
