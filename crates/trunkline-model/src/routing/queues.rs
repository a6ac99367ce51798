//! Tasks that ring nowhere, by skill and time.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

use trunkline_wire::{ConversationId, EpochMillis, SkillId};

use super::ready::Kind;

/// How many declined tasks an agent's search looks at. Whatever lies behind comes back as declined by nobody after its pause,
/// so nothing is passed over for long.
const LOOKED_AT: usize = 256;

/// A task in a queue: the one that waits longest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting {
    pub(super) since: EpochMillis,
    pub(super) conversation: ConversationId,
}

/// What decides in which queues a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) skill: SkillId,
    pub(super) kind: Kind,
    /// Whether somebody declined it in this round.
    pub(super) is_declined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    Skill(SkillId),
    /// For agents who are eligible for every skill.
    All,
}

/// The queues: every task is in that of its skill and in the one of all.
#[derive(Debug, Default)]
pub(super) struct Queues {
    sets: HashMap<(Scope, Kind, bool), BTreeSet<Waiting>>,
}

impl Label {
    fn sets(self) -> [(Scope, Kind, bool); 2] {
        [Scope::Skill(self.skill), Scope::All].map(|scope| (scope, self.kind, self.is_declined))
    }
}

impl Queues {
    pub(super) fn insert(&mut self, label: Label, task: Waiting) {
        for set in label.sets() {
            self.sets.entry(set).or_default().insert(task);
        }
    }

    pub(super) fn remove(&mut self, label: Label, task: Waiting) {
        for set in label.sets() {
            if let Some(tasks) = self.sets.get_mut(&set) {
                tasks.remove(&task);
                if tasks.is_empty() {
                    self.sets.remove(&set);
                }
            }
        }
    }

    pub(super) fn pack(&mut self) {
        for set in self.sets.values_mut() {
            *set = std::mem::take(set).into_iter().collect();
        }
    }

    /// The task that waits longest for an agent of these skills (none: all) who did not decline it.
    pub(super) fn longest(
        &self,
        skills: &[SkillId],
        takes_new: bool,
        declined: impl Fn(ConversationId) -> bool,
    ) -> Option<ConversationId> {
        let all = skills.is_empty().then_some(Scope::All);
        let own = skills.iter().map(|skill| Scope::Skill(*skill));
        // A conversation without a skill is for everybody.
        let unassigned = (!skills.is_empty()).then_some(Scope::Skill(SkillId::UNASSIGNED));
        let left = Cell::new(LOOKED_AT);
        let may_look = || left.replace(left.get().saturating_sub(1)) > 0;
        let kinds = if takes_new { &Kind::ALL[..] } else { &[Kind::Transfer][..] };
        own.chain(all)
            .chain(unassigned)
            .flat_map(|scope| kinds.iter().map(move |kind| (scope, *kind)))
            .flat_map(|(scope, kind)| {
                let fresh = self.sets.get(&(scope, kind, false)).and_then(BTreeSet::first);
                let declined = self.sets.get(&(scope, kind, true)).and_then(|tasks| {
                    tasks.iter().take_while(|_| may_look()).find(|task| !declined(task.conversation))
                });
                fresh.into_iter().chain(declined)
            })
            .min()
            .map(|task| task.conversation)
    }

    #[cfg(test)]
    pub(super) fn holds(&self, label: Label, task: Waiting) -> bool {
        label.sets().iter().all(|set| self.sets.get(set).is_some_and(|tasks| tasks.contains(&task)))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.sets.values().map(BTreeSet::len).sum()
    }
}
