//! What the index finds is what a walk over all subscriptions finds that remember what matched.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use trunkline_model::LogPosition;
use trunkline_model::conversation::{Conversation, DialogState, Participant, Stage};
use trunkline_model::routing::{RingView, TaskView};
use trunkline_storage::testing::samples::request;
use trunkline_wire::agent::{RingId, RingState, States};
use trunkline_wire::conversations::{CloseReason, ParticipantRole, ParticipantState};
use trunkline_wire::{AccountId, ConversationId, EpochMillis, ParticipantId, SkillId};
use uuid::Uuid;

use super::*;

const NOW: EpochMillis = EpochMillis(1_700_000_000_000);
const CONVERSATIONS: u128 = 4;
const AGENTS: u128 = 4;

fn agent(number: u128) -> AgentId {
    AgentId::from_uuid(Uuid::from_u128(number))
}

fn conversation(number: u128) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(number))
}

/// Two conversations have the same consumer.
fn consumer(conversation: u128) -> ConsumerId {
    ConsumerId::from_bytes([u8::try_from(conversation / 2).unwrap(); 32])
}

fn key(connection: u64, number: u128) -> Key {
    (ConnectionId(connection), SubscriptionId::from_uuid(Uuid::from_u128(number)))
}

/// What may be different about a conversation.
#[derive(Debug, Clone)]
struct Facts {
    agents: Vec<u128>,
    /// 2: both open, 1: the main dialog is closed, 0: the conversation is.
    open: u8,
    due: Option<i64>,
    updated: i64,
}

impl Facts {
    fn brief(&self, number: u128) -> Brief {
        let account = AccountId::parse("1234567").unwrap();
        let change = request(&account, consumer(number)).decide(conversation(number), NOW);
        let mut state: Conversation = change.entries[0].state.as_deref().unwrap().clone();
        state.participants.extend(self.agents.iter().map(|number| Participant {
            id: ParticipantId::Agent(agent(*number)),
            role: ParticipantRole::Manager,
            state: ParticipantState::Active,
        }));
        if self.open < 2 {
            state.dialogs[0].state = DialogState::Closed { at: NOW, by: CloseReason::Agent, cause: None };
        }
        if self.open == 0 {
            state.stage = Stage::Closed { at: NOW, reason: CloseReason::Agent };
        }
        state.answer_due = self.due.map(|due| EpochMillis(NOW.0 + due));
        state.updated_at = EpochMillis(NOW.0 + self.updated);
        Brief::of(&state, LogPosition::START)
    }
}

#[derive(Debug, Clone)]
enum Input {
    Subscribe { connection: u64, filter: Filter },
    SubscribeRings { connection: u64, agent: u128 },
    SubscribeStates { connection: u64, agent: Option<u128> },
    Unsubscribe { at: usize },
    Depart { connection: u64 },
    Change { conversation: u128, facts: Facts },
}

fn facts() -> impl Strategy<Value = Facts> {
    let agents = prop::collection::vec(1..=AGENTS, 0..3);
    (agents, 0..3_u8, prop::option::of(0..4_i64), 0..4_i64).prop_map(|(agents, open, due, updated)| Facts {
        agents,
        open,
        due,
        updated,
    })
}

fn states() -> impl Strategy<Value = Option<States>> {
    prop::option::of((any::<bool>(), any::<bool>()).prop_map(|(open, closed)| States { open, closed }))
}

fn time() -> impl Strategy<Value = Option<EpochMillis>> {
    prop::option::weighted(0.2, (0..4_i64).prop_map(|after| EpochMillis(NOW.0 + after)))
}

fn filter() -> impl Strategy<Value = Filter> {
    let agents = prop::option::of(prop::collection::vec((1..=AGENTS).prop_map(agent), 0..3));
    let consumer = prop::option::weighted(0.3, (0..CONVERSATIONS).prop_map(consumer));
    (states(), states(), agents, time(), time(), time(), consumer).prop_map(
        |(state, stage, agents, updated_from, updated_to, due_to, consumer)| Filter {
            state,
            stage,
            agents,
            updated_from,
            updated_to,
            due_to,
            consumer,
        },
    )
}

fn input() -> impl Strategy<Value = Input> {
    let connection = 1..4_u64;
    prop_oneof![
        4 => (connection.clone(), filter())
            .prop_map(|(connection, filter)| Input::Subscribe { connection, filter }),
        1 => (connection.clone(), 1..=AGENTS)
            .prop_map(|(connection, agent)| Input::SubscribeRings { connection, agent }),
        1 => (connection.clone(), prop::option::of(1..=AGENTS))
            .prop_map(|(connection, agent)| Input::SubscribeStates { connection, agent }),
        1 => (0..8_usize).prop_map(|at| Input::Unsubscribe { at }),
        1 => connection.prop_map(|connection| Input::Depart { connection }),
        8 => (0..CONVERSATIONS, facts())
            .prop_map(|(conversation, facts)| Input::Change { conversation, facts }),
    ]
}

/// A subscription to conversations that remembers what matched.
struct Remembering {
    filter: Filter,
    matched: BTreeSet<ConversationId>,
}

#[derive(Default)]
struct World {
    subscriptions: Subscriptions,
    briefs: BTreeMap<u128, Brief>,
    made: u128,
    conversations: BTreeMap<Key, Remembering>,
    rings: BTreeMap<Key, AgentId>,
    states: BTreeMap<Key, Option<AgentId>>,
}

impl World {
    fn keys(&self) -> Vec<Key> {
        self.conversations.keys().chain(self.rings.keys()).chain(self.states.keys()).copied().collect()
    }

    fn add(&mut self, connection: u64, subscription: Subscription) -> Option<Key> {
        self.made += 1;
        let key = key(connection, self.made);
        self.subscriptions.add(key, subscription).ok().map(|()| key)
    }

    fn apply(&mut self, input: Input) {
        match input {
            Input::Subscribe { connection, filter } => {
                if let Some(key) = self.add(connection, Subscription::Conversations(Box::new(filter.clone())))
                {
                    let matching = self.briefs.iter().filter(|(_, brief)| filter.matches_brief(brief));
                    let matched = matching.map(|(number, _)| conversation(*number)).collect();
                    self.conversations.insert(key, Remembering { filter, matched });
                }
            }
            Input::SubscribeRings { connection, agent: number } => {
                let filter = RingFilter { agent: agent(number), skill: None, conversation: None };
                if let Some(key) = self.add(connection, Subscription::Rings(filter)) {
                    self.rings.insert(key, agent(number));
                }
            }
            Input::SubscribeStates { connection, agent: number } => {
                if let Some(key) = self.add(connection, Subscription::Agents(number.map(agent))) {
                    self.states.insert(key, number.map(agent));
                }
            }
            Input::Unsubscribe { at } => {
                if let Some(key) = self.keys().get(at) {
                    assert!(self.subscriptions.remove(*key));
                    assert!(!self.subscriptions.remove(*key), "it is gone");
                    self.forget(|known| known == *key);
                }
            }
            Input::Depart { connection } => {
                self.subscriptions.remove_all(ConnectionId(connection));
                self.forget(|(known, _)| known == ConnectionId(connection));
            }
            Input::Change { conversation, facts } => self.change(conversation, &facts.brief(conversation)),
        }
    }

    fn forget(&mut self, gone: impl Fn(Key) -> bool) {
        self.conversations.retain(|key, _| !gone(*key));
        self.rings.retain(|key, _| !gone(*key));
        self.states.retain(|key, _| !gone(*key));
    }

    /// As the specification has it: an `UPSERT` for whoever it matches, a `DELETE` for whoever it matched.
    fn walk(&mut self, id: ConversationId, after: &Brief) -> Vec<(Key, ChangeKind)> {
        let mut told = Vec::new();
        for (key, known) in &mut self.conversations {
            if known.filter.matches_brief(after) {
                known.matched.insert(id);
                told.push((*key, ChangeKind::Upsert));
            } else if known.matched.remove(&id) {
                told.push((*key, ChangeKind::Delete));
            }
            if !after.open.any() {
                // A closed one is not followed any more.
                known.matched.remove(&id);
            }
        }
        told
    }

    fn change(&mut self, number: u128, after: &Brief) {
        let expected = self.walk(conversation(number), after);
        let before = self.briefs.remove(&number);
        assert_eq!(self.subscriptions.of_change(before.as_ref(), after), expected);
        if after.open.any() {
            let matching = |key: &Key| self.conversations[key].matched.contains(&conversation(number));
            let matched: Vec<Key> = self.conversations.keys().copied().filter(matching).collect();
            assert_eq!(self.subscriptions.matching(after), matched);
            let by_deadline =
                matched.into_iter().filter(|key| self.conversations[key].filter.due_to.is_some());
            assert_eq!(self.subscriptions.matching_by_deadline(after), by_deadline.collect());
            self.briefs.insert(number, after.clone());
        }
    }

    fn check_agents(&self) {
        for number in 1..=AGENTS {
            let id = agent(number);
            let told: BTreeSet<Key> = self.subscriptions.of_state(id).collect();
            let wanted = self.states.iter().filter(|(_, of)| of.is_none_or(|of| of == id));
            assert_eq!(told, wanted.map(|(key, _)| *key).collect());
            let told: BTreeSet<Key> = self.subscriptions.of_ring(&ring(id)).collect();
            let wanted = self.rings.iter().filter(|(_, of)| **of == id);
            assert_eq!(told, wanted.map(|(key, _)| *key).collect());
        }
    }
}

fn ring(agent: AgentId) -> RingNotice {
    let account = AccountId::parse("1234567").unwrap();
    RingNotice {
        agent,
        task: TaskView { conversation: conversation(0), skill: SkillId::UNASSIGNED, is_completed: false },
        ring: RingView {
            id: RingId::new(conversation(0), &account, NOW),
            state: RingState::Waiting,
            expiration: Duration::from_secs(72),
            expires_at: NOW,
            answer_due: None,
        },
    }
}

proptest! {
    #[test]
    fn the_index_finds_what_a_walk_finds(inputs in prop::collection::vec(input(), 0..80)) {
        let mut world = World::default();
        for input in inputs {
            world.apply(input);
            world.check_agents();
        }
        for connection in 1..4 {
            world.subscriptions.remove_all(ConnectionId(connection));
        }
        prop_assert!(world.subscriptions.is_empty(), "nothing is kept of who is gone");
    }
}

#[test]
fn a_socket_has_a_bounded_number_of_subscriptions() {
    let mut subscriptions = Subscriptions::default();
    let made =
        (0..100).filter(|number| subscriptions.add(key(1, *number), Subscription::Agents(None)).is_ok());
    assert_eq!(made.count(), MOST);
    assert_eq!(subscriptions.add(key(2, 0), Subscription::Agents(None)), Ok(()));
}
