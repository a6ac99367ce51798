//! What an account's task is asked for.

use std::sync::Arc;

use tokio::sync::oneshot;
use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::SubscriptionId;
use trunkline_wire::{ConsumerId, ConversationId, DialogId};

use super::Account;
use crate::consumer::filter::Filter;
use crate::consumer::receipts::Private;
use crate::socket::{Frame, Outbox, Ticket};
use crate::webhooks::ChatState;

/// Which socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::consumer) struct SocketId(pub(super) u64);

/// A command.
pub(in crate::consumer) enum Command {
    Connect {
        consumer: ConsumerId,
        outbox: Arc<Outbox>,
        reply: oneshot::Sender<Ticket<SocketId>>,
    },
    /// Answered `None` when the socket has too many subscriptions.
    SubscribeConversations {
        socket: SocketId,
        filter: Filter,
        reply: oneshot::Sender<Option<SubscriptionId>>,
    },
    /// The consumer's conversations as they were read; answered `false` when the subscription is gone.
    Snapshot {
        socket: SocketId,
        subscription: SubscriptionId,
        states: Vec<Conversation>,
        reply: oneshot::Sender<bool>,
    },
    Unsubscribe {
        socket: SocketId,
        subscription: SubscriptionId,
        reply: oneshot::Sender<bool>,
    },
    /// Events of a dialog are wanted, but not before [`Command::Begin`]; answered `false` when the socket has too many
    /// subscriptions.
    Follow {
        socket: SocketId,
        conversation: ConversationId,
        dialog: DialogId,
        from: u64,
        reply: oneshot::Sender<bool>,
    },
    /// What was there was read.
    Begin(Box<Begin>),
    Chat(ChatState),
}

/// From reading to following a dialog.
pub(in crate::consumer) struct Begin {
    pub(in crate::consumer) socket: SocketId,
    pub(in crate::consumer) conversation: ConversationId,
    pub(in crate::consumer) dialog: DialogId,
    /// The last version that was read.
    pub(in crate::consumer) version: u64,
    /// What consumers may not read, up to that version.
    pub(in crate::consumer) private: Private,
    /// Nothing more will come.
    pub(in crate::consumer) is_over: bool,
    /// What was read last and is not told yet.
    pub(in crate::consumer) frame: Option<Frame>,
    pub(in crate::consumer) reply: oneshot::Sender<Begun>,
}

/// What came of [`Command::Begin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::consumer) enum Begun {
    /// The frame is told, and whatever comes after that version will be.
    Live,
    /// More has come since: it is to be read first. Nothing was told.
    Behind,
    /// The subscription is gone.
    Gone,
}

impl Account {
    pub(super) async fn command(&mut self, command: Command) {
        // Whoever asked may be gone; what was done stands.
        match command {
            Command::Connect { consumer, outbox, reply } => {
                // A ticket that nobody takes tells at once that the socket is gone.
                let _ = reply.send(self.connect(consumer, outbox));
            }
            Command::SubscribeConversations { socket, filter, reply } => {
                let _ = reply.send(self.subscribe(socket, filter));
            }
            Command::Snapshot { socket, subscription, states, reply } => {
                let _ = reply.send(self.tell_snapshot(socket, subscription, &states));
            }
            Command::Unsubscribe { socket, subscription, reply } => {
                let known = self.sockets.get_mut(&socket);
                let _ = reply.send(known.is_some_and(|known| known.lists.remove(&subscription).is_some()));
            }
            Command::Follow { socket, conversation, dialog, from, reply } => {
                let _ = reply.send(self.follow(socket, conversation, dialog, from));
            }
            Command::Begin(begin) => self.begin(*begin),
            Command::Chat(state) => {
                // What was stored before it goes out before it.
                self.follow_log().await;
                self.tell_chat_state(&state);
            }
        }
    }
}
