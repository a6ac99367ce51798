//! The rules of routing, from spec 21 §7.1, §7.5, §9 and 22 §2.

mod answers;
mod checks;
mod offering;
mod proposals;
mod random;
mod times;

use std::collections::BTreeMap;

use trunkline_wire::agent::{Availability, RingId, RingState};
use trunkline_wire::conversations::{ParticipantRole, TtrType};
use trunkline_wire::{ConsumerId, ExternalConsumerId, SkillId};
use uuid::Uuid;

use super::*;
use crate::conversation::{
    Actor, Command, Conversation, Decision, FieldChange, Membership, OpenConversation, Refusal, Ttr,
};

const START: EpochMillis = EpochMillis(1_700_000_000_000);

fn agent_id(number: u128) -> AgentId {
    AgentId::from_uuid(Uuid::from_u128(number))
}

fn conversation_id(number: u128) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(number))
}

fn skill_id(number: i64) -> SkillId {
    SkillId::from_number(number).unwrap()
}

fn account() -> AccountId {
    AccountId::parse("1234567").unwrap()
}

/// An agent, a conversation, and what became of the ring.
type Step = (u128, u128, RingState);

/// Routing together with the conversations it is about, which are decided by their own rules.
#[derive(Debug)]
struct Desk {
    routing: Routing,
    conversations: BTreeMap<u128, Conversation>,
    now: EpochMillis,
    /// Every effect so far.
    effects: Vec<Effect>,
}

impl Desk {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let routing = Routing::new(account(), options);
        Self { routing, conversations: BTreeMap::new(), now: START, effects: Vec::new() }
    }

    /// Keeps the effects, checks everything, and tells the rings among them.
    fn took(&mut self, effects: Vec<Effect>) -> Vec<Step> {
        let steps = effects.iter().filter_map(step).collect();
        self.effects.extend(effects);
        checks::check(&self.routing, self.now);
        steps
    }

    fn wait(&mut self, millis: i64) -> Vec<Step> {
        self.now = EpochMillis(self.now.0 + millis);
        let effects = self.routing.tick(self.now);
        self.took(effects)
    }

    fn agent(&mut self, number: u128, skills: &[i64], most: Option<u32>) -> Vec<Step> {
        let profile = AgentProfile {
            skills: skills.iter().map(|skill| skill_id(*skill)).collect(),
            max_conversations: most,
        };
        let effects = self.routing.put_agent(agent_id(number), profile, self.now);
        self.took(effects)
    }

    fn set(&mut self, number: u128, availability: Availability) -> Vec<Step> {
        let effects = self.routing.set_availability(agent_id(number), availability, self.now);
        self.took(effects)
    }

    /// An agent without limits who is `ONLINE`, one millisecond after the one before.
    fn online(&mut self, number: u128, skills: &[i64]) -> Vec<Step> {
        self.now = EpochMillis(self.now.0 + 1);
        self.agent(number, skills, None);
        self.set(number, Availability::Online)
    }

    fn gone(&mut self, number: u128) -> Vec<Step> {
        let effects = self.routing.remove_agent(agent_id(number), self.now);
        self.took(effects)
    }

    fn open(&mut self, number: u128, skill: i64) -> Vec<Step> {
        self.open_as(number, skill, false)
    }

    /// Opens a conversation that waits for its first message.
    fn open_silent(&mut self, number: u128, skill: i64) -> Vec<Step> {
        self.open_as(number, skill, true)
    }

    fn open_as(&mut self, number: u128, skill: i64, is_silent: bool) -> Vec<Step> {
        let mut bytes = [0; 32];
        bytes[16..].copy_from_slice(&number.to_be_bytes());
        let request = OpenConversation {
            account: account(),
            consumer: ConsumerId::from_bytes(bytes),
            external_consumer: ExternalConsumerId::parse("x").unwrap(),
            app: None,
            skill: skill_id(skill),
            ttr: Ttr { kind: TtrType::Normal, seconds: 1200 },
            campaign: None,
            context: None,
            client_properties: None,
            features: Vec::new(),
        };
        let decide = if is_silent { OpenConversation::decide_silent } else { OpenConversation::decide };
        let change = decide(request, conversation_id(number), self.now);
        let state = change.entries[0].state.as_deref().unwrap().clone();
        self.conversations.insert(number, state);
        self.follow(number)
    }

    /// Shows routing the present state.
    fn follow(&mut self, number: u128) -> Vec<Step> {
        let view = ConversationView::from(&self.conversations[&number]);
        let effects = self.routing.follow(&view, self.now);
        self.took(effects)
    }

    /// Changes a conversation, without telling routing.
    fn command(&mut self, number: u128, actor: Actor, command: Command) -> Result<(), Refusal> {
        let state = self.conversations.get_mut(&number).expect("the conversation was opened");
        if let Decision::Append { change, .. } = state.decide(actor, command, self.now)? {
            for entry in &change.entries {
                state.apply(entry);
            }
        }
        Ok(())
    }

    /// Changes a conversation and shows it to routing.
    fn update(&mut self, number: u128, changes: Vec<FieldChange>) -> Vec<Step> {
        let actor = Actor::Agent { id: agent_id(99), manager: true };
        self.command(number, actor, Command::Update { changes, metadata: None, survey: None }).unwrap();
        self.follow(number)
    }

    fn close(&mut self, number: u128) -> Vec<Step> {
        self.update(number, vec![FieldChange::CloseConversation])
    }

    /// The ring of a conversation that waits.
    fn ring(&self, conversation: u128) -> RingId {
        let entry = &self.routing.conversations[&conversation_id(conversation)];
        entry.task.as_ref().unwrap().ring().expect("the conversation rings").id.clone()
    }

    fn accept(&mut self, agent: u128, conversation: u128) -> Result<Vec<Step>, RingRefusal> {
        let ring = self.ring(conversation);
        self.accept_ring(agent, conversation, &ring)
    }

    fn accept_ring(
        &mut self,
        agent: u128,
        conversation: u128,
        ring: &RingId,
    ) -> Result<Vec<Step>, RingRefusal> {
        let known = self.routing.accept(ring, agent_id(agent), self.now)?;
        assert_eq!(known, conversation_id(conversation));
        let actor = Actor::Agent { id: agent_id(agent), manager: false };
        let effects = match self.command(conversation, actor, Command::AcceptRing) {
            Ok(()) => {
                let version = self.conversations[&conversation].version;
                self.routing.accepted(ring, version, self.now)
            }
            Err(_) => self.routing.accept_failed(ring, self.now),
        };
        Ok(self.took(effects))
    }

    fn reject(&mut self, agent: u128, conversation: u128) -> Result<Vec<Step>, RingRefusal> {
        let ring = self.ring(conversation);
        let effects = self.routing.reject(&ring, agent_id(agent), self.now)?;
        Ok(self.took(effects))
    }

    /// Proposals that ended and were not taken back yet: conversation and agent.
    fn ended_proposals(&self) -> Vec<(u128, u128)> {
        let ended = self.effects.iter().filter_map(|effect| match effect {
            Effect::SuggestionEnded { conversation, agent } => {
                Some((conversation.as_uuid().as_u128(), agent.as_uuid().as_u128()))
            }
            Effect::Ring(_) => None,
        });
        ended.collect()
    }

    /// Takes an ended proposal back, as the driver does.
    fn end_proposal(&mut self, conversation: u128, agent: u128) -> Vec<Step> {
        let end = Command::EndSuggestion { agent: agent_id(agent), until: EpochMillis(i64::MAX) };
        self.command(conversation, Actor::System, end).unwrap();
        self.follow(conversation)
    }

    fn last_notice(&self) -> &RingNotice {
        let last = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ring(notice) => Some(notice),
            Effect::SuggestionEnded { .. } => None,
        });
        last.expect("something rang")
    }
}

fn step(effect: &Effect) -> Option<Step> {
    match effect {
        Effect::Ring(RingNotice { agent, task, ring }) => {
            let conversation = task.conversation.as_uuid().as_u128();
            Some((agent.as_uuid().as_u128(), conversation, ring.state))
        }
        Effect::SuggestionEnded { .. } => None,
    }
}

fn waiting(agent: u128, conversation: u128) -> Vec<Step> {
    vec![(agent, conversation, RingState::Waiting)]
}

fn leave(agent: u128) -> FieldChange {
    FieldChange::Leave(Membership {
        agent: agent_id(agent),
        role: ParticipantRole::AssignedAgent,
        dialog: None,
    })
}

fn join(agent: u128) -> FieldChange {
    FieldChange::Join(Membership {
        agent: agent_id(agent),
        role: ParticipantRole::AssignedAgent,
        dialog: None,
    })
}

fn suggest(agent: u128) -> FieldChange {
    FieldChange::Suggest { agent: agent_id(agent), dialog: None }
}

fn to_skill(skill: i64) -> FieldChange {
    FieldChange::Skill(skill_id(skill))
}
