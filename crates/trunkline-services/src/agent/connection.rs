//! One socket of a signed-in user.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;
use trunkline_model::conversation::Actor;
use trunkline_model::routing::AgentProfile;
use trunkline_model::{Role, Timer};
use trunkline_wire::agent::{AgentRequest, AgentVersion, Aid, Request, UserRef};
use trunkline_wire::{AccountId, AgentId, UserId};

use super::account::{Command, Socket};
use super::lists::Lists;
use super::{AgentsParts, requests};
use crate::auth::SignedIn;
use crate::socket::{Outbox, Ticket};

/// Which socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ConnectionId(pub(super) u64);

/// Whose socket it is.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) account: AccountId,
    pub(super) user: UserId,
    pub(super) pid: AgentId,
    pub(super) role: Role,
}

impl Caller {
    /// Sees and steers all conversations of the account.
    pub(super) fn is_manager(&self) -> bool {
        self.role >= Role::Manager
    }

    /// The caller as somebody who gives commands to conversations.
    pub(super) fn actor(&self) -> Actor {
        Actor::Agent { id: self.pid, manager: self.is_manager() }
    }

    /// The old form of the id.
    pub(super) fn aid(&self) -> Aid {
        Aid { account: self.account.clone(), user: self.user }
    }
}

/// A connected socket. Dropping it ends its subscriptions and tells the account that it is gone.
pub struct AgentConnection {
    pub(super) parts: Arc<AgentsParts>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) tasks: TaskTracker,
    pub(super) account: mpsc::Sender<Command>,
    pub(super) caller: Caller,
    ticket: Ticket<ConnectionId>,
    pub(super) lists: Lists,
    signed_in: SignedIn,
    outbox: Arc<Outbox>,
}

impl AgentConnection {
    /// `None` when the account's task has just ended.
    pub(super) async fn open(
        parts: Arc<AgentsParts>,
        timer: Arc<dyn Timer>,
        tasks: TaskTracker,
        account: mpsc::Sender<Command>,
        signed_in: SignedIn,
        version: AgentVersion,
    ) -> Option<Self> {
        let user = signed_in.user();
        let caller = Caller {
            account: signed_in.account().clone(),
            user: user.id,
            pid: user.agent_id(),
            role: user.role,
        };
        // The account's task looks the user up as well, and shall not wait for the store. What fails here fails there.
        let _ = parts.users.resolve(&caller.account, &UserRef::Aid(caller.aid())).await;
        let outbox = Arc::new(Outbox::default());
        let (reply, answer) = oneshot::channel();
        let socket = Socket {
            caller: caller.clone(),
            version,
            outbox: Arc::clone(&outbox),
            profile: AgentProfile::from(&**user),
        };
        account.send(Command::Connect { socket: Box::new(socket), reply }).await.ok()?;
        let ticket = answer.await.ok()?;
        Some(Self {
            parts,
            timer,
            tasks,
            account,
            caller,
            ticket,
            signed_in,
            outbox,
            lists: Lists::default(),
        })
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.ticket.id
    }

    /// What waits to be written to the socket.
    pub fn outbox(&self) -> Arc<Outbox> {
        Arc::clone(&self.outbox)
    }

    /// Takes one frame of the client. Its answer and what else follows from it is in the outbox when this returns. Frames of
    /// one socket are given one after the other.
    pub async fn receive(&self, frame: &str) {
        let max = self.parts.conversations.options().max_request_characters;
        let request = Request::parse(frame, max);
        // However many questions for histories come at once, their answers are written at the reader's pace.
        let asks_for_events = |request: &Request| {
            matches!(request.what, AgentRequest::QueryMessages(_) | AgentRequest::SubscribeMessagingEvents(_))
        };
        if request.as_ref().is_ok_and(asks_for_events) && !self.outbox.has_room().await {
            return;
        }
        // What a subscription was told before its end comes before the answer that says so. Nothing else follows from that
        // request, so nothing is held back.
        let is_end = |request: &Request| matches!(request.what, AgentRequest::UnsubscribeExConversations(_));
        if !request.as_ref().is_ok_and(is_end) {
            self.outbox.cork();
        }
        let response = requests::answer(self, request).await;
        let frames = response.frame.into_iter().chain(response.notifications);
        self.outbox.respond(frames.map(Into::into), self.timer.now());
        if let Some(snapshot) = response.then {
            self.tasks.spawn(snapshot);
        }
    }

    /// Waits until the user's session has ended: the socket is to be closed with
    /// [`Close::TokenExpired`](trunkline_wire::agent::Close::TokenExpired).
    pub async fn ended(&self) {
        self.parts.sessions.ended(self.signed_in.session(), &*self.timer).await;
    }

    /// Asks the account's task and waits for its answer; `None` when it is gone.
    pub(super) async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.account.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}

impl fmt::Debug for AgentConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentConnection")
            .field("id", &self.ticket.id)
            .field("agent", &self.caller.pid)
            .finish_non_exhaustive()
    }
}
