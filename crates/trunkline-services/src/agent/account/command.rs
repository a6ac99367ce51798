//! What an account's task is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};
use trunkline_wire::agent::{AgentVersion, Availability, RingAnswer, RingId, SubscriptionId};
use trunkline_wire::{AgentId, ConversationId, SkillId};

use super::Filter;
use crate::agent::connection::{Caller, ConnectionId};
use crate::agent::outbox::Outbox;
use crate::conversations::NotDone;
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

/// A command.
pub(in crate::agent) enum Command {
    Connect {
        socket: Box<Socket>,
        reply: oneshot::Sender<(ConnectionId, Arc<Departures>)>,
    },
    SetState {
        agent: AgentId,
        availability: Availability,
        description: Box<str>,
        reply: oneshot::Sender<()>,
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
        reply: oneshot::Sender<SubscriptionId>,
    },
    /// `subscription: Some`: changes that one; answered `None` when there is no such subscription.
    SubscribeRings {
        connection: ConnectionId,
        subscription: Option<SubscriptionId>,
        filter: RingFilter,
        reply: oneshot::Sender<Option<SubscriptionId>>,
    },
    /// Answered with what matches among the open conversations.
    SubscribeConversations {
        connection: ConnectionId,
        filter: Filter,
        reply: oneshot::Sender<(SubscriptionId, Vec<ConversationId>)>,
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

/// Sockets that are gone; as many as there were at most.
#[derive(Debug, Default)]
pub(in crate::agent) struct Departures {
    gone: Mutex<Vec<ConnectionId>>,
    came: Notify,
}

impl Departures {
    /// Tells that a socket is gone.
    pub(in crate::agent) fn add(&self, connection: ConnectionId) {
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
