//! Who wants to hear of which conversations. Source: spec 24 §3.4, 22 §1.3.
//!
//! A list is followed from the moment of its subscription. What was there before comes in batches that were read from the store
//! meanwhile; of each conversation the version that was told last is kept, so that a batch tells nothing older than what was
//! told, and the log nothing that a batch told.

use std::collections::HashMap;

use trunkline_model::conversation::Conversation;
use trunkline_wire::ConversationId;
use trunkline_wire::agent::{ChangeKind, ForConsumers, Rendered, SubscriptionId, changes};
use uuid::Builder;

use super::command::SocketId;
use super::{Account, Socket};
use crate::consumer::filter::Filter;
use crate::webhooks::notification::conversation_change;

/// The most lists of a socket.
const LISTS: usize = 16;

/// A subscription.
#[derive(Debug)]
pub(super) struct List {
    filter: Filter,
    told: HashMap<ConversationId, Told>,
}

/// What was told of a conversation.
#[derive(Debug, Clone, Copy)]
struct Told {
    version: u64,
    matched: bool,
}

impl List {
    /// Takes a state into account; says how it is told, if it is news.
    fn take(&mut self, state: &Conversation) -> Option<ChangeKind> {
        let told = self.told.get(&state.id).copied();
        if told.is_some_and(|told| told.version >= state.version) {
            return None;
        }
        let matched = self.filter.matches(state);
        self.told.insert(state.id, Told { version: state.version, matched });
        match (matched, told.is_some_and(|told| told.matched)) {
            (true, _) => Some(ChangeKind::Upsert),
            (false, true) => Some(ChangeKind::Delete),
            (false, false) => None,
        }
    }
}

fn rendered(state: &Conversation) -> Rendered<ForConsumers> {
    Rendered::<ForConsumers>::of(&conversation_change(state))
}

impl Account {
    pub(super) fn subscribe(&mut self, socket: SocketId, filter: Filter) -> Option<SubscriptionId> {
        let id = SubscriptionId::from_uuid(Builder::from_random_bytes(self.parts.rng.bytes()).into_uuid());
        let socket = self.sockets.get_mut(&socket).filter(|socket| socket.lists.len() < LISTS)?;
        socket.lists.insert(id, List { filter, told: HashMap::new() });
        Some(id)
    }

    /// Tells a batch, an empty one too; false when the subscription is gone.
    pub(super) fn tell_snapshot(
        &mut self,
        socket: SocketId,
        subscription: SubscriptionId,
        states: &[Conversation],
    ) -> bool {
        let Some(socket) = self.sockets.get_mut(&socket) else { return false };
        let Some(list) = socket.lists.get_mut(&subscription) else { return false };
        let mut news = Vec::new();
        for state in states {
            if let Some(kind) = list.take(state) {
                news.push((kind, rendered(state)));
            }
        }
        let frame = changes(subscription, news.iter().map(|(kind, state)| (*kind, state)));
        socket.outbox.notify(frame.into(), self.timer.now());
        true
    }

    /// Tells every list that a changed conversation concerns.
    pub(super) fn tell_change(&mut self, state: &Conversation) {
        let Some(sockets) = self.consumers.get(&state.consumer) else { return };
        let now = self.timer.now();
        let mut printed = None;
        for socket in sockets {
            let Some(Socket { lists, outbox, .. }) = self.sockets.get_mut(socket) else { continue };
            for (id, list) in lists {
                if let Some(kind) = list.take(state) {
                    let result = printed.get_or_insert_with(|| rendered(state));
                    outbox.notify(changes(*id, [(kind, &*result)]).into(), now);
                }
            }
        }
    }
}
