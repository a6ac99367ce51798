//! Agents who can be rung, by skill and load.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use trunkline_wire::{AgentId, EpochMillis, SkillId};

use crate::conversation::Need;

/// What kind of work a task is: not every available agent is rung for new conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// Nobody had the conversation yet.
    New,
    /// An agent had it before, or it is proposed to one.
    Transfer,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::New, Self::Transfer];

    pub(super) const fn of(need: Need) -> Self {
        if need.is_transfer { Self::Transfer } else { Self::New }
    }
}

/// The order in which agents are rung: the least loaded, then the one idle longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) load: usize,
    pub(super) idle_since: EpochMillis,
    pub(super) agent: AgentId,
}

/// An agent in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) rank: Rank,
    /// Empty: every skill.
    pub(super) skills: Arc<[SkillId]>,
    pub(super) takes_new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    /// Agents who have this skill.
    Skill(SkillId),
    /// Agents without skills, who are eligible for each.
    Generalists,
    /// All, for conversations without a skill.
    Everybody,
}

/// The index: every agent with room is in the set of each of his skills.
#[derive(Debug, Default)]
pub(super) struct Ready {
    sets: HashMap<(Scope, Kind), BTreeSet<Rank>>,
}

impl Candidate {
    fn sets(&self) -> impl Iterator<Item = (Scope, Kind)> {
        let generalist = self.skills.is_empty().then_some(Scope::Generalists);
        let scopes = self.skills.iter().map(|skill| Scope::Skill(*skill)).chain(generalist);
        scopes
            .chain([Scope::Everybody])
            .flat_map(|scope| Kind::ALL.map(|kind| (scope, kind)))
            .filter(|(_, kind)| self.takes_new || *kind == Kind::Transfer)
    }
}

impl Ready {
    pub(super) fn insert(&mut self, candidate: &Candidate) {
        for set in candidate.sets() {
            self.sets.entry(set).or_default().insert(candidate.rank);
        }
    }

    pub(super) fn remove(&mut self, candidate: &Candidate) {
        for set in candidate.sets() {
            if let Some(ranks) = self.sets.get_mut(&set) {
                ranks.remove(&candidate.rank);
                if ranks.is_empty() {
                    self.sets.remove(&set);
                }
            }
        }
    }

    /// Whom to ring for a task of this skill.
    pub(super) fn best(
        &self,
        skill: SkillId,
        kind: Kind,
        declined: impl Fn(AgentId) -> bool,
    ) -> Option<AgentId> {
        let scopes: &[Scope] = if skill == SkillId::UNASSIGNED {
            &[Scope::Everybody]
        } else {
            &[Scope::Skill(skill), Scope::Generalists]
        };
        scopes
            .iter()
            .filter_map(|scope| self.sets.get(&(*scope, kind)))
            .filter_map(|ranks| ranks.iter().find(|rank| !declined(rank.agent)))
            .min()
            .map(|rank| rank.agent)
    }

    #[cfg(test)]
    pub(super) fn holds(&self, candidate: &Candidate) -> bool {
        candidate.sets().all(|set| self.sets.get(&set).is_some_and(|ranks| ranks.contains(&candidate.rank)))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.sets.values().map(BTreeSet::len).sum()
    }
}
