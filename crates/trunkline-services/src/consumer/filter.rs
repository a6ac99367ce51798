//! Which of its conversations a consumer wants to hear of. Source: spec 24 §3.4.

use trunkline_model::conversation::Conversation;
use trunkline_wire::EpochMillis;
use trunkline_wire::agent::{ConversationFilter, States};

/// All conditions must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filter {
    state: Option<States>,
    stage: Option<States>,
    updated_from: Option<EpochMillis>,
}

impl Filter {
    /// What agents may ask for besides means nothing to a consumer.
    pub(super) fn of(wanted: &ConversationFilter) -> Self {
        Self { state: wanted.state, stage: wanted.stage, updated_from: wanted.updated_from }
    }

    /// Whether a conversation in this state is wanted.
    pub(super) fn matches(self, state: &Conversation) -> bool {
        self.state.is_none_or(|states| states.lets_through(state.close_reason().is_none()))
            && self.stage.is_none_or(|states| states.lets_through(state.is_open()))
            && self.updated_from.is_none_or(|from| state.updated_at >= from)
    }

    /// Whether closed conversations may be wanted.
    pub(super) fn wants_closed(self) -> bool {
        self.stage.is_none_or(|states| states.closed) && self.state.is_none_or(|states| states.closed)
    }
}
