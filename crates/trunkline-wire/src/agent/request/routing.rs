//! Availability and rings. Source: spec 21 §7.1.

use crate::agent::body::{Body, Broken};
use crate::agent::{Availability, Reference, RingId, RingState, UserRef};
use crate::{ConversationId, SkillId};

/// The longest description of a state, in characters: it is kept while the agent is known.
const MAX_DESCRIPTION: usize = 256;
/// The longest account id that is worth comparing, in characters.
const MAX_BRAND: usize = 32;

/// `SetAgentState`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAgentState {
    /// How far the agent is ready.
    pub availability: Availability,
    /// Whose state; `None` for the caller's.
    pub agent: Option<UserRef>,
    /// `reason` or `description`, shown to those who follow the agent.
    pub description: Option<Box<str>>,
}

impl SetAgentState {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let availability = body.word("availability", Availability::parse)?;
        let description = match body.text("reason", MAX_DESCRIPTION)? {
            Some(reason) => Some(reason),
            None => body.text("description", MAX_DESCRIPTION)?,
        };
        Ok(Self {
            availability: availability.ok_or_else(|| Broken::new("availability is missing"))?,
            agent: body.user("agentUserId")?,
            description: description.map(Into::into),
        })
    }
}

/// `SubscribeAgentsState`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentStateFilter {
    /// Whose state; `None` for that of every agent.
    pub agent: Option<UserRef>,
    /// `brandId`, which must be the account's if it is there.
    pub brand: Option<Box<str>>,
}

impl AgentStateFilter {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        Ok(Self { agent: body.user("agentId")?, brand: brand(body)? })
    }
}

/// `SubscribeRoutingTasks`: whose rings, and which of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoutingFilter {
    /// Whose rings; `None` for the caller's.
    pub agent: Option<UserRef>,
    /// `brandId`, which must be the account's if it is there.
    pub brand: Option<Box<str>>,
    /// Only those of this skill.
    pub skill: Option<SkillId>,
    /// Only those of this conversation.
    pub conversation: Option<Reference<ConversationId>>,
}

impl RoutingFilter {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        body.check_channel()?;
        Ok(Self {
            agent: body.user("agentId")?,
            brand: brand(body)?,
            skill: body.skill("skillId")?,
            conversation: body.reference("conversationId")?,
        })
    }
}

/// `brandId` is a number when a bot was configured with one (spec 21 §7.1).
pub(super) fn brand(body: &Body) -> Result<Option<Box<str>>, Broken> {
    match body.text_or_number("brandId")? {
        Some(brand) if brand.len() > MAX_BRAND => Err(Broken::new("brandId is too long")),
        brand => Ok(brand.filter(|brand| !brand.is_empty()).map(Into::into)),
    }
}

/// `UpdateRingState`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateRingState {
    /// The ring.
    pub ring: Reference<RingId>,
    /// What the agent says to it.
    pub answer: RingAnswer,
}

/// What an agent may say to a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RingAnswer {
    /// Takes the conversation.
    Accept,
    /// Declines it.
    Reject,
}

impl UpdateRingState {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let ring = body.text_or_number("ringId")?.ok_or_else(|| Broken::new("ringId is missing"))?;
        let answer = match body.word("ringState", RingState::parse)? {
            Some(RingState::Accepted) => RingAnswer::Accept,
            Some(RingState::Rejected) => RingAnswer::Reject,
            Some(_) => return Err(Broken::new("ringState must be ACCEPTED or REJECTED")),
            None => return Err(Broken::new("ringState is missing")),
        };
        Ok(Self { ring: Reference::of(RingId::parse(&ring).ok_or(())), answer })
    }
}
