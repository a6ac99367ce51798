//! Rings: conversations that are offered to an agent. Source: spec 22 §2.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{Rendered, Rings};
use crate::agent::identity::OldForm;
use crate::agent::{Identity, RingState};
use crate::{AccountId, ConsumerId, ConversationId, EpochMillis, SkillId};

/// A conversation that looks for an agent, as one agent sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoutingTask<'a> {
    /// `routingTaskId`, if the task has a name.
    pub id: Option<&'a str>,
    /// True once somebody accepted, or nobody needs to any more.
    pub is_completed: bool,
    /// The conversation.
    pub conversation: ConversationId,
    /// Its consumer.
    pub consumer: ConsumerId,
    /// The skill that should answer.
    pub skill: SkillId,
    /// The agent whose rings these are: `assignedAgentId`.
    pub agent: Option<Identity>,
    /// The account.
    pub account: &'a AccountId,
    /// The agent's rings; none in a `DELETE`.
    pub rings: &'a [Ring<'a>],
}

/// The offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring<'a> {
    /// Its id.
    pub id: &'a str,
    /// How far it has come.
    pub state: RingState,
    /// How long the agent may take to answer.
    pub lasts: Duration,
    /// When that time is over.
    pub expires_at: EpochMillis,
    /// `weight`: when the conversation's answer is due. Larger is less urgent.
    pub weight: EpochMillis,
}

impl Rendered<Rings> {
    /// Prints it. `ringsDetails` is always there, as an array: the SDK drops a frame without it.
    pub fn of(task: &RoutingTask<'_>) -> Self {
        Self::print(task)
    }
}

impl Serialize for RoutingTask<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            routing_task_id: Option<&'a str>,
            task_completed: bool,
            conversation_id: ConversationId,
            consumer_id: ConsumerId,
            skill_id: SkillId,
            #[serde(skip_serializing_if = "Option::is_none")]
            assigned_agent_id: Option<OldForm<'a>>,
            brand_id: &'a AccountId,
            rings_details: Vec<RingDetails<'a>>,
        }

        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct RingDetails<'a> {
            ring_id: &'a str,
            ring_state: RingState,
            ring_expiration: u64,
            ring_expiration_ts: EpochMillis,
            weight: EpochMillis,
            conv_id: ConversationId,
            consumer_id: ConsumerId,
            skill_id: SkillId,
            brand_id: &'a AccountId,
        }

        let rings = self.rings.iter().map(|ring| RingDetails {
            ring_id: ring.id,
            ring_state: ring.state,
            ring_expiration: u64::try_from(ring.lasts.as_millis()).unwrap_or(u64::MAX),
            ring_expiration_ts: ring.expires_at,
            weight: ring.weight,
            conv_id: self.conversation,
            consumer_id: self.consumer,
            skill_id: self.skill,
            brand_id: self.account,
        });
        Wire {
            routing_task_id: self.id,
            task_completed: self.is_completed,
            conversation_id: self.conversation,
            consumer_id: self.consumer,
            skill_id: self.skill,
            assigned_agent_id: self.agent.map(|agent| agent.aid(self.account)),
            brand_id: self.account,
            rings_details: rings.collect(),
        }
        .serialize(serializer)
    }
}
