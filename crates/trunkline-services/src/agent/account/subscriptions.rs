//! Who wants to hear of what. Source: spec 21 §7.1, §7.2, 22 §1.3.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::{AgentVersion, ChangeKind, Rendered, States, SubscriptionId, changes};
use trunkline_wire::{AgentId, ConsumerId, ConversationId, EpochMillis};
use uuid::Builder;

use super::brief::Brief;
use super::command::SubscriptionRefusal;
use super::{Account, Command, RingFilter, Socket, Ticket};
use crate::agent::connection::ConnectionId;
use crate::agent::view;

/// The most subscriptions of a socket; bots have two or three.
const SUBSCRIPTIONS: usize = 32;

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
                // A ticket that nobody takes tells at once that the socket is gone.
                let _ = reply.send(Ticket::new(id, Arc::clone(&self.departures)));
            }
            Command::SetState { agent, availability, description, reply } => {
                let _ = reply.send(self.set_state(agent, availability, description).await);
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
            Command::Snapshot { connection, subscription, states, reply } => {
                let _ = reply.send(self.tell_snapshot(connection, subscription, states).await);
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

    fn subscribe_agents(
        &mut self,
        connection: ConnectionId,
        agent: Option<AgentId>,
    ) -> Result<SubscriptionId, SubscriptionRefusal> {
        let id = self.subscribe(connection, Subscription::Agents(agent))?;
        let states: Vec<_> = match agent {
            Some(agent) => vec![self.state_of(agent)],
            None => self.agents.keys().map(|agent| self.state_of(*agent)).collect(),
        };
        if let Some(connected) = self.connections.get(&connection) {
            let frame = changes(id, states.iter().map(|state| (ChangeKind::Upsert, state)));
            connected.socket.outbox.notify(frame.into(), self.timer.now());
        }
        Ok(id)
    }

    fn subscribe_rings(
        &mut self,
        connection: ConnectionId,
        subscription: Option<SubscriptionId>,
        filter: RingFilter,
    ) -> Result<SubscriptionId, SubscriptionRefusal> {
        let id = match subscription {
            None => self.subscribe(connection, Subscription::Rings(filter))?,
            Some(id) => {
                let connected = self.connections.get_mut(&connection);
                match connected.and_then(|connected| connected.subscriptions.get_mut(&id)) {
                    Some(Subscription::Rings(known)) => *known = filter,
                    _ => return Err(SubscriptionRefusal::Unknown),
                }
                id
            }
        };
        if let Some(connected) = self.connections.get(&connection) {
            self.tell_waiting_rings(connected, id, &filter);
        }
        Ok(id)
    }

    fn subscribe_conversations(
        &mut self,
        connection: ConnectionId,
        filter: Filter,
    ) -> Result<(SubscriptionId, Vec<ConversationId>), SubscriptionRefusal> {
        let mut matching: Vec<ConversationId> = self
            .briefs
            .iter()
            .filter(|(_, brief)| filter.matches_brief(brief))
            .map(|(conversation, _)| *conversation)
            .collect();
        matching.sort_unstable();
        let matched = matching.iter().copied().collect();
        let id = self.subscribe(connection, Subscription::Conversations(filter, matched))?;
        Ok((id, matching))
    }

    fn subscribe(
        &mut self,
        connection: ConnectionId,
        subscription: Subscription,
    ) -> Result<SubscriptionId, SubscriptionRefusal> {
        let id = SubscriptionId::from_uuid(Builder::from_random_bytes(self.parts.rng.bytes()).into_uuid());
        let connected = self.connections.get_mut(&connection).ok_or(SubscriptionRefusal::Unknown)?;
        if connected.subscriptions.len() >= SUBSCRIPTIONS {
            return Err(SubscriptionRefusal::TooMany);
        }
        connected.subscriptions.insert(id, subscription);
        Ok(id)
    }

    /// Tells a new subscription what matches already. What changed since it was read was told by the change itself, and
    /// what is open in the reading but not known here was closed since.
    async fn tell_snapshot(
        &mut self,
        connection: ConnectionId,
        subscription: SubscriptionId,
        mut states: Vec<Conversation>,
    ) -> bool {
        states.retain(|state| match self.briefs.get(&state.id) {
            Some(brief) => state.version >= brief.view.version,
            None => !state.is_open(),
        });
        self.look_up(states.iter().flat_map(view::agents_of).collect()).await;
        let Some(connected) = self.connections.get(&connection) else { return false };
        if !connected.subscriptions.contains_key(&subscription) {
            return false;
        }
        let version = connected.socket.version;
        let rendered: Vec<_> =
            states.iter().map(|state| view::conversation(state, &self.numbers, version)).collect();
        let frame = changes(subscription, rendered.iter().map(|state| (ChangeKind::Upsert, state)));
        connected.socket.outbox.notify(frame.into(), self.timer.now());
        true
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
                    // A closed one does not leave the filter any more, so it need not be remembered.
                    if brief.view.is_open {
                        matched.insert(state.id);
                    } else {
                        matched.remove(&state.id);
                    }
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
}
