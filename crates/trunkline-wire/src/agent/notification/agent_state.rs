//! How far agents are ready, for those who follow them. Source: spec 22 §3.

use serde::Serialize;

use super::{AgentStates, Rendered};
use crate::AccountId;
use crate::agent::identity::OldForm;
use crate::agent::{Availability, Identity};

/// An agent's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentState<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// The agent.
    pub agent: Identity,
    /// How far the agent is ready.
    pub availability: Availability,
    /// The agent's own words; may be empty.
    pub description: &'a str,
}

impl Rendered<AgentStates> {
    /// Prints it.
    pub fn of(state: &AgentState<'_>) -> Self {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            agent_user_id: OldForm<'a>,
            channels: [&'static str; 1],
            availability: Availability,
            description: &'a str,
        }

        Self::print(&Wire {
            agent_user_id: state.agent.aid(state.account),
            channels: ["MESSAGING"],
            availability: state.availability,
            description: state.description,
        })
    }
}
