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

/// A queue: the tasks of a skill and kind that somebody declined in this round, or nobody.
type Queue = (SkillId, Kind, bool);

/// The queues. For agents who are eligible for every skill, the first task of each queue is in one more set.
#[derive(Debug, Default)]
pub(super) struct Queues {
    sets: HashMap<Queue, BTreeSet<Waiting>>,
    fronts: HashMap<(Kind, bool), BTreeSet<(Waiting, SkillId)>>,
}

impl Label {
    fn queue(self) -> Queue {
        (self.skill, self.kind, self.is_declined)
    }
}

impl Queues {
    pub(super) fn insert(&mut self, label: Label, task: Waiting) {
        let set = self.sets.entry(label.queue()).or_default();
        let before = set.first().copied();
        set.insert(task);
        let after = set.first().copied();
        self.replace_front(label, before, after);
    }

    pub(super) fn remove(&mut self, label: Label, task: Waiting) {
        let Some(set) = self.sets.get_mut(&label.queue()) else { return };
        let before = set.first().copied();
        set.remove(&task);
        let after = set.first().copied();
        if set.is_empty() {
            self.sets.remove(&label.queue());
        }
        self.replace_front(label, before, after);
    }

    fn replace_front(&mut self, label: Label, before: Option<Waiting>, after: Option<Waiting>) {
        if before == after {
            return;
        }
        let fronts = self.fronts.entry((label.kind, label.is_declined)).or_default();
        if let Some(task) = before {
            fronts.remove(&(task, label.skill));
        }
        fronts.extend(after.map(|task| (task, label.skill)));
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
        let left = Cell::new(LOOKED_AT);
        let kinds = if takes_new { &Kind::ALL[..] } else { &[Kind::Transfer][..] };
        let longest = if skills.is_empty() {
            kinds.iter().filter_map(|kind| self.longest_of_all(*kind, &left, &declined)).min()
        } else {
            // A conversation without a skill is for everybody.
            let skills = skills.iter().copied().chain([SkillId::UNASSIGNED]);
            skills
                .flat_map(|skill| kinds.iter().map(move |kind| (skill, *kind)))
                .flat_map(|(skill, kind)| {
                    let fresh = self.sets.get(&(skill, kind, false)).and_then(BTreeSet::first).copied();
                    fresh.into_iter().chain(self.longest_declined(skill, kind, &left, &declined))
                })
                .min()
        };
        longest.map(|task| task.conversation)
    }

    fn longest_of_all(
        &self,
        kind: Kind,
        left: &Cell<usize>,
        declined: impl Fn(ConversationId) -> bool,
    ) -> Option<Waiting> {
        let fronts = |is_declined| self.fronts.get(&(kind, is_declined)).into_iter().flatten();
        let mut longest = fronts(false).next().map(|(task, _)| *task);
        for (front, skill) in fronts(true) {
            if longest.is_some_and(|longest| longest < *front) {
                break;
            }
            longest = longest.into_iter().chain(self.longest_declined(*skill, kind, left, &declined)).min();
        }
        longest
    }

    /// The task that waits longest among those that somebody declined, but not this agent.
    fn longest_declined(
        &self,
        skill: SkillId,
        kind: Kind,
        left: &Cell<usize>,
        declined: impl Fn(ConversationId) -> bool,
    ) -> Option<Waiting> {
        let may_look = || left.replace(left.get().saturating_sub(1)) > 0;
        let tasks = self.sets.get(&(skill, kind, true))?;
        tasks.iter().take_while(|_| may_look()).find(|task| !declined(task.conversation)).copied()
    }

    #[cfg(test)]
    pub(super) fn holds(&self, label: Label, task: Waiting) -> bool {
        self.sets.get(&label.queue()).is_some_and(|tasks| tasks.contains(&task))
    }

    /// Every queue's first task is in front, and nothing else.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let mut fronts: HashMap<_, BTreeSet<_>> = HashMap::new();
        for ((skill, kind, is_declined), tasks) in &self.sets {
            let front = *tasks.first().expect("a queue without tasks is forgotten");
            fronts.entry((*kind, *is_declined)).or_default().insert((front, *skill));
        }
        let known = self.fronts.iter().filter(|(_, fronts)| !fronts.is_empty());
        assert_eq!(known.map(|(key, fronts)| (*key, fronts.clone())).collect::<HashMap<_, _>>(), fronts);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.sets.values().map(BTreeSet::len).sum()
    }
}
