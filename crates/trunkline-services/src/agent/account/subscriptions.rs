//! Who wants to hear of what. Source: spec 21 §7.1, §7.2, 22 §1.3.

use std::collections::{BTreeMap, HashSet};

use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::{AgentVersion, ChangeKind, Rendered, States, SubscriptionId, changes};
use trunkline_wire::{AgentId, ConsumerId, ConversationId, EpochMillis};
use uuid::Builder;

use super::brief::Brief;
use super::{Account, Command, RingFilter, Socket};
use crate::agent::connection::ConnectionId;
use crate::agent::view;

/// A socket and its subscriptions.
pub(super) struct Connected {
    pub(super) socket: Socket,
    pub(super) subscriptions: BTreeMap<SubscriptionId, Subscription>,
}

impl Connected {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, subscriptions: BTreeMap::new() }
    }
}

/// A subscription.
#[derive(Debug)]
pub(super) enum Subscription {
    /// States of agents; `None` for all of them.
    Agents(Option<AgentId>),
    /// Rings.
    Rings(RingFilter),
    /// Conversations, and those that matched last.
    Conversations(Filter, HashSet<ConversationId>),
}

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
    fn matches_brief(&self, brief: &Brief) -> bool {
        self.state.is_none_or(|states| states.lets_through(brief.is_main_open))
            && self.stage.is_none_or(|states| states.lets_through(brief.view.is_open))
            && self
                .agents
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|agent| brief.agents.contains(agent)))
            && self.updated_from.is_none_or(|from| brief.updated_at >= from)
            && self.updated_to.is_none_or(|to| brief.updated_at <= to)
            && self.due_to.is_none_or(|to| brief.view.answer_due.is_some_and(|due| due <= to))
            && self.consumer.is_none_or(|consumer| brief.view.consumer == consumer)
    }

    /// Whether a conversation in this state is wanted.
    pub(in crate::agent) fn matches(&self, state: &Conversation) -> bool {
        self.matches_brief(&Brief::of(state))
    }

    /// Whether closed conversations may be wanted.
    pub(in crate::agent) fn wants_closed(&self) -> bool {
        self.stage.is_none_or(|states| states.closed) && self.state.is_none_or(|states| states.closed)
    }
}

impl Account {
    pub(super) async fn command(&mut self, command: Command) {
        // Whoever asked may be gone; what was done stands.
        match command {
            Command::Connect { socket, reply } => {
                let id = self.connect(*socket).await;
                if reply.send((id, self.departures.clone())).is_err() {
                    self.departures.add(id);
                }
            }
            Command::SetState { agent, availability, description, reply } => {
                self.set_state(agent, availability, description).await;
                let _ = reply.send(());
            }
            Command::AnswerRing { agent, manager, ring, answer, reply } => {
                let _ = reply.send(self.answer_ring(agent, manager, &ring, answer).await);
            }
            Command::SubscribeAgents { connection, agent, reply } => {
                let _ = reply.send(self.subscribe_agents(connection, agent));
            }
            Command::SubscribeRings { connection, subscription, filter, reply } => {
                let _ = reply.send(self.subscribe_rings(connection, subscription, filter));
            }
            Command::SubscribeConversations { connection, filter, reply } => {
                let _ = reply.send(self.subscribe_conversations(connection, filter));
            }
            Command::Unsubscribe { connection, subscription, reply } => {
                let known = self.connections.get_mut(&connection);
                let removed = known.is_some_and(|known| known.subscriptions.remove(&subscription).is_some());
                let _ = reply.send(removed);
            }
            Command::MaySuggest { agent, skill, reply } => {
                let _ = reply.send(self.routing.may_be_suggested(agent, skill));
            }
            Command::Chat(state) => {
                // What was stored before it goes out before it.
                self.follow_log().await;
                self.tell_chat_state(&state).await;
            }
        }
    }

    fn subscribe_agents(&mut self, connection: ConnectionId, agent: Option<AgentId>) -> SubscriptionId {
        let id = self.new_subscription();
        let states: Vec<_> = match agent {
            Some(agent) => vec![self.state_of(agent)],
            None => self.agents.keys().map(|agent| self.state_of(*agent)).collect(),
        };
        let now = self.timer.now();
        if let Some(connected) = self.connections.get_mut(&connection) {
            connected.subscriptions.insert(id, Subscription::Agents(agent));
            let frame = changes(id, states.iter().map(|state| (ChangeKind::Upsert, state)));
            connected.socket.outbox.notify(frame.into(), now);
        }
        id
    }

    fn subscribe_rings(
        &mut self,
        connection: ConnectionId,
        subscription: Option<SubscriptionId>,
        filter: RingFilter,
    ) -> Option<SubscriptionId> {
        let id = subscription.unwrap_or_else(|| self.new_subscription());
        let connected = self.connections.get_mut(&connection)?;
        if subscription.is_some() && !matches!(connected.subscriptions.get(&id), Some(Subscription::Rings(_)))
        {
            return None;
        }
        connected.subscriptions.insert(id, Subscription::Rings(filter));
        let connected = self.connections.get(&connection)?;
        self.tell_waiting_rings(connected, id, &filter);
        Some(id)
    }

    fn subscribe_conversations(
        &mut self,
        connection: ConnectionId,
        filter: Filter,
    ) -> (SubscriptionId, Vec<ConversationId>) {
        let id = self.new_subscription();
        let mut matching: Vec<ConversationId> = self
            .briefs
            .iter()
            .filter(|(_, brief)| filter.matches_brief(brief))
            .map(|(conversation, _)| *conversation)
            .collect();
        matching.sort_unstable();
        if let Some(connected) = self.connections.get_mut(&connection) {
            let matched = matching.iter().copied().collect();
            connected.subscriptions.insert(id, Subscription::Conversations(filter, matched));
        }
        (id, matching)
    }

    /// Tells every subscription that a changed conversation concerns.
    pub(super) fn tell_change(&mut self, state: &Conversation, brief: &Brief) {
        let now = self.timer.now();
        let numbers = &self.numbers;
        let mut rendered: [Option<Rendered<_>>; 2] = [None, None];
        for connected in self.connections.values_mut() {
            let version = connected.socket.version;
            for (id, subscription) in &mut connected.subscriptions {
                let Subscription::Conversations(filter, matched) = subscription else { continue };
                let kind = if filter.matches_brief(brief) {
                    matched.insert(state.id);
                    ChangeKind::Upsert
                } else if matched.remove(&state.id) {
                    ChangeKind::Delete
                } else {
                    continue;
                };
                let slot = &mut rendered[usize::from(version == AgentVersion::V2Dot1)];
                let result = slot.get_or_insert_with(|| view::conversation(state, numbers, version));
                connected.socket.outbox.notify(changes(*id, [(kind, &*result)]).into(), now);
            }
        }
    }

    fn new_subscription(&self) -> SubscriptionId {
        SubscriptionId::from_uuid(Builder::from_random_bytes(self.parts.rng.bytes()).into_uuid())
    }
}
