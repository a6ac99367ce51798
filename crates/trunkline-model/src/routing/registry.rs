//! Which ring is whose, also for some time after its end.

use std::collections::{HashMap, VecDeque};

use trunkline_wire::agent::RingId;
use trunkline_wire::{AgentId, ConversationId};

/// Where a ring belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) conversation: ConversationId,
    pub(super) agent: AgentId,
}

/// The rings by id. Those that have ended are forgotten, the oldest first.
#[derive(Debug)]
pub(super) struct Registry {
    rings: HashMap<RingId, Known>,
    ended: VecDeque<RingId>,
    most_ended: usize,
}

impl Registry {
    pub(super) fn new(most_ended: usize) -> Self {
        Self { rings: HashMap::new(), ended: VecDeque::new(), most_ended }
    }

    pub(super) fn get(&self, id: &RingId) -> Option<Known> {
        self.rings.get(id).copied()
    }

    pub(super) fn begin(&mut self, id: RingId, known: Known) {
        self.rings.insert(id, known);
    }

    pub(super) fn end(&mut self, id: RingId) {
        self.ended.push_back(id);
        while self.ended.len() > self.most_ended {
            if let Some(oldest) = self.ended.pop_front() {
                self.rings.remove(&oldest);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn live(&self) -> usize {
        self.rings.len() - self.ended.len()
    }
}
