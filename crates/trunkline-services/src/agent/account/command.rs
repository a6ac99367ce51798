//! What an account's task is asked for.

use std::sync::Arc;

use tokio::sync::oneshot;
use trunkline_model::LogPosition;
use trunkline_model::conversation::Conversation;
use trunkline_model::routing::AgentProfile;
use trunkline_wire::agent::{AgentVersion, Availability, RingAnswer, RingId, SubscriptionId};
use trunkline_wire::{AgentId, ConversationId, SkillId};

use super::{Account, Filter};
use crate::agent::connection::{Caller, ConnectionId};
use crate::conversations::NotDone;
use crate::socket::{Outbox, Ticket};
use crate::webhooks::ChatState;

/// A connected socket.
pub(in crate::agent) struct Socket {
    pub(in crate::agent) caller: Caller,
    pub(in crate::agent) version: AgentVersion,
    pub(in crate::agent) outbox: Arc<Outbox>,
    /// What the user was offered when the session was checked.
    pub(in crate::agent) profile: AgentProfile,
}

/// Which rings somebody wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) struct RingFilter {
    pub(in crate::agent) agent: AgentId,
    pub(in crate::agent) skill: Option<SkillId>,
    pub(in crate::agent) conversation: Option<ConversationId>,
}

/// Why an answer to a ring was not taken.
#[derive(Debug)]
pub(in crate::agent) enum RingRefusal {
    Unknown,
    Foreign,
    Lost,
    NotDone(NotDone),
}

/// Why a subscription was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum SubscriptionRefusal {
    /// There is no such subscription to change.
    Unknown,
    /// The socket has as many as it may have.
    TooMany,
}

/// A command.
pub(in crate::agent) enum Command {
    Connect {
        socket: Box<Socket>,
        reply: oneshot::Sender<Ticket<ConnectionId>>,
    },
    /// Answered `false` for somebody who is not connected.
    SetState {
        agent: AgentId,
        availability: Availability,
        description: Box<str>,
        reply: oneshot::Sender<bool>,
    },
    AnswerRing {
        agent: AgentId,
        manager: bool,
        ring: RingId,
        answer: RingAnswer,
        reply: oneshot::Sender<Result<(), RingRefusal>>,
    },
    /// `agent: None`: everybody.
    SubscribeAgents {
        connection: ConnectionId,
        agent: Option<AgentId>,
        reply: oneshot::Sender<Result<SubscriptionId, SubscriptionRefusal>>,
    },
    /// `subscription: Some`: changes that one.
    SubscribeRings {
        connection: ConnectionId,
        subscription: Option<SubscriptionId>,
        filter: RingFilter,
        reply: oneshot::Sender<Result<SubscriptionId, SubscriptionRefusal>>,
    },
    /// Answered with where the states of the open conversations are stored that match.
    SubscribeConversations {
        connection: ConnectionId,
        filter: Filter,
        reply: oneshot::Sender<Result<(SubscriptionId, Vec<LogPosition>), SubscriptionRefusal>>,
    },
    /// Conversations that match already: open ones as they were stored last, closed ones as they are. Answered `false` when
    /// the subscription is gone.
    Snapshot {
        connection: ConnectionId,
        subscription: SubscriptionId,
        states: Vec<Conversation>,
        reply: oneshot::Sender<bool>,
    },
    Unsubscribe {
        connection: ConnectionId,
        subscription: SubscriptionId,
        reply: oneshot::Sender<bool>,
    },
    MaySuggest {
        agent: AgentId,
        skill: SkillId,
        reply: oneshot::Sender<bool>,
    },
    Chat(ChatState),
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
                let _ = reply.send(self.set_state(agent, availability, description));
            }
            Command::AnswerRing { agent, manager, ring, answer, reply } => {
                self.answer_ring(agent, manager, ring, answer, reply).await;
            }
            Command::SubscribeAgents { connection, agent, reply } => {
                let _ = reply.send(self.subscribe_agents(connection, agent));
            }
            Command::SubscribeRings { connection, subscription, filter, reply } => {
                let _ = reply.send(self.subscribe_rings(connection, subscription, filter));
            }
            Command::SubscribeConversations { connection, filter, reply } => {
                // Whoever subscribes finds what was answered before.
                self.follow_log().await;
                let _ = reply.send(self.subscribe_conversations(connection, filter));
            }
            Command::Snapshot { connection, subscription, states, reply } => {
                let _ = reply.send(self.tell_snapshot(connection, subscription, states).await);
            }
            Command::Unsubscribe { connection, subscription, reply } => {
                let _ = reply.send(self.subscriptions.remove((connection, subscription)));
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
}
