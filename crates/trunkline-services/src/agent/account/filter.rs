//! Which conversations somebody wants to hear of. Source: spec 21 §7.2.

use trunkline_model::LogPosition;
use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::States;
use trunkline_wire::{AgentId, ConsumerId, EpochMillis};

use super::brief::Brief;

/// Which conversations somebody wants to hear of: all conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::agent) struct Filter {
    pub(in crate::agent) state: Option<States>,
    pub(in crate::agent) stage: Option<States>,
    /// One of these takes part.
    pub(in crate::agent) agents: Option<Vec<AgentId>>,
    pub(in crate::agent) updated_from: Option<EpochMillis>,
    pub(in crate::agent) updated_to: Option<EpochMillis>,
    pub(in crate::agent) due_to: Option<EpochMillis>,
    pub(in crate::agent) consumer: Option<ConsumerId>,
}

impl Filter {
    pub(super) fn matches_brief(&self, brief: &Brief) -> bool {
        self.state.is_none_or(|states| states.lets_through(brief.open.main()))
            && self.stage.is_none_or(|states| states.lets_through(brief.open.any()))
            && self
                .agents
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|agent| brief.agents().contains(agent)))
            && self.updated_from.is_none_or(|from| brief.updated_at >= from)
            && self.updated_to.is_none_or(|to| brief.updated_at <= to)
            && self.due_to.is_none_or(|to| brief.answer_due.get().is_some_and(|due| due <= to))
            && self.consumer.is_none_or(|consumer| brief.consumer == consumer)
    }

    /// Whether a conversation in this state is wanted.
    pub(in crate::agent) fn matches(&self, state: &Conversation) -> bool {
        self.matches_brief(&Brief::of(state, LogPosition::START))
    }

    /// Whether closed conversations may be wanted.
    pub(in crate::agent) fn wants_closed(&self) -> bool {
        let wants_anything = self.agents.as_ref().is_none_or(|agents| !agents.is_empty());
        wants_anything
            && self.stage.is_none_or(|states| states.closed)
            && self.state.is_none_or(|states| states.closed)
    }
}
