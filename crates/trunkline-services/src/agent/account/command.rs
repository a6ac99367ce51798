//! What an account's task is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};
use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::{AgentVersion, Availability, RingAnswer, RingId, SubscriptionId};
use trunkline_wire::{AgentId, ConversationId, SkillId};

use super::Filter;
use crate::agent::connection::{Caller, ConnectionId};
use crate::conversations::NotDone;
use crate::socket::Outbox;
use crate::webhooks::ChatState;

/// A connected socket.
pub(in crate::agent) struct Socket {
    pub(in crate::agent) caller: Caller,
    pub(in crate::agent) version: AgentVersion,
    pub(in crate::agent) outbox: Arc<Outbox>,
    pub(in crate::agent) skills: Vec<SkillId>,
    pub(in crate::agent) max_conversations: Option<u32>,
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
        reply: oneshot::Sender<Ticket>,
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
    /// Answered with what matches among the open conversations.
    SubscribeConversations {
        connection: ConnectionId,
        filter: Filter,
        reply: oneshot::Sender<Result<(SubscriptionId, Vec<ConversationId>), SubscriptionRefusal>>,
    },
    /// Conversations that match already, as they were read; answered `false` when the subscription is gone.
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

/// Proves that a socket is connected; dropping it tells that it is gone.
pub(in crate::agent) struct Ticket {
    pub(in crate::agent) id: ConnectionId,
    departures: Arc<Departures>,
}

impl Ticket {
    pub(super) fn new(id: ConnectionId, departures: Arc<Departures>) -> Self {
        Self { id, departures }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.departures.add(self.id);
    }
}

/// Sockets that are gone; as many as there were at most.
#[derive(Debug, Default)]
pub(in crate::agent) struct Departures {
    gone: Mutex<Vec<ConnectionId>>,
    came: Notify,
}

impl Departures {
    /// Tells that a socket is gone.
    fn add(&self, connection: ConnectionId) {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        self.came.notify_one();
    }

    /// Takes those that are gone.
    pub(super) fn take(&self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.gone.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until there are some.
    pub(super) async fn wait(&self) {
        while self.gone.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.came.notified().await;
        }
    }
}
