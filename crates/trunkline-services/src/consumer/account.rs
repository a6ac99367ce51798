//! One account with connected consumers: who is there and who is told what.

mod command;
mod dialogs;
mod follow;
mod lists;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use trunkline_model::{LogPosition, Timer};
use trunkline_wire::agent::{Close, SubscriptionId};
use trunkline_wire::{AccountId, ConsumerId, ConversationId, EpochMillis};

use super::{Accounts, ConsumersParts};
use crate::socket::{Departures, Outbox, Ticket};
pub(super) use command::{Begin, Begun, Command, SocketId};
use dialogs::Followed;
use lists::List;

/// Entries of the log read at once.
const ENTRIES: usize = 512;
/// The most sockets of one consumer: tabs and devices, and those whose end nobody has noticed yet.
const SOCKETS: usize = 16;
/// How often everything is looked at, whether or not something happened: slow readers, a log that could not be read.
const LOOK: Duration = Duration::from_secs(1);

/// The state of an account's task.
pub(super) struct Account {
    id: AccountId,
    parts: Arc<ConsumersParts>,
    timer: Arc<dyn Timer>,
    registry: Arc<Accounts>,
    tail: watch::Receiver<LogPosition>,
    /// Every entry up to here was taken into account.
    position: LogPosition,
    sockets: HashMap<SocketId, Socket>,
    consumers: HashMap<ConsumerId, Vec<SocketId>>,
    /// The conversations in whose dialogs somebody listens.
    followed: HashMap<ConversationId, Followed>,
    departures: Arc<Departures<SocketId>>,
    next_socket: u64,
    next_look: EpochMillis,
    /// Somebody was connected, or had a second to do so: without sockets the task ends.
    may_end: bool,
}

/// A connected socket.
struct Socket {
    consumer: ConsumerId,
    outbox: Arc<Outbox>,
    lists: BTreeMap<SubscriptionId, List>,
    followed: HashSet<ConversationId>,
}

impl Account {
    /// Follows the log from now on.
    pub(super) fn new(
        parts: Arc<ConsumersParts>,
        timer: Arc<dyn Timer>,
        registry: Arc<Accounts>,
        id: AccountId,
    ) -> Self {
        let tail = parts.storage.tail();
        let position = *tail.borrow();
        Self {
            id,
            parts,
            registry,
            tail,
            position,
            sockets: HashMap::new(),
            consumers: HashMap::new(),
            followed: HashMap::new(),
            departures: Arc::default(),
            next_socket: 0,
            next_look: timer.now().plus(LOOK),
            may_end: false,
            timer,
        }
    }

    /// Works until `stop`, or until nobody is connected.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) {
        let departures = Arc::clone(&self.departures);
        loop {
            let wake = self.timer.sleep_until(self.next_look);
            tokio::select! {
                () = stop.cancelled() => break,
                changed = self.tail.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.follow_log().await;
                }
                command = commands.recv() => match command {
                    Some(command) => self.command(command).await,
                    None => break,
                },
                () = departures.wait() => self.departed(),
                () = wake => self.look().await,
            }
            if self.may_end && self.sockets.is_empty() && self.registry.retire(&self.id, &mut commands) {
                break;
            }
        }
    }

    async fn look(&mut self) {
        let now = self.timer.now();
        self.next_look = now.plus(LOOK);
        for socket in self.sockets.values() {
            socket.outbox.check(now);
        }
        self.follow_log().await;
        self.may_end = true;
    }

    /// Takes a socket in. One too many of a consumer makes its oldest one go: the newest is what somebody looks at, and the
    /// oldest may be one that was lost on the way.
    fn connect(&mut self, consumer: ConsumerId, outbox: Arc<Outbox>) -> Ticket<SocketId> {
        self.may_end = true;
        self.next_socket += 1;
        let id = SocketId(self.next_socket);
        let sockets = self.consumers.entry(consumer).or_default();
        if sockets.len() >= SOCKETS {
            let oldest = sockets.remove(0);
            if let Some(oldest) = self.sockets.get(&oldest) {
                oldest.outbox.close(Close::Replaced);
            }
        }
        sockets.push(id);
        let socket = Socket { consumer, outbox, lists: BTreeMap::new(), followed: HashSet::new() };
        self.sockets.insert(id, socket);
        Ticket::new(id, Arc::clone(&self.departures))
    }

    /// Forgets the sockets that are gone.
    fn departed(&mut self) {
        for id in self.departures.take() {
            let Some(socket) = self.sockets.remove(&id) else { continue };
            if let Some(sockets) = self.consumers.get_mut(&socket.consumer) {
                sockets.retain(|known| *known != id);
                if sockets.is_empty() {
                    self.consumers.remove(&socket.consumer);
                }
            }
            for conversation in socket.followed {
                self.unfollow(conversation, |listener| listener.socket != id);
            }
        }
    }
}

impl Drop for Account {
    /// However the task ends: its sockets hear nothing any more, so their clients must come back.
    fn drop(&mut self) {
        for socket in self.sockets.values() {
            socket.outbox.close(Close::GoingAway);
        }
    }
}
