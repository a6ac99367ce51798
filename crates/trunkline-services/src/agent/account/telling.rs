//! Telling sockets what they subscribed to. What is told is printed once for all who are told the same.

use trunkline_model::conversation::Conversation;
use trunkline_wire::agent::{
    AgentVersion, ChangeFrame, ChangeKind, ForAgents, Rendered, SubscriptionId, changes,
};

use super::Account;
use super::brief::Brief;
use super::registry::Key;
use crate::agent::connection::ConnectionId;
use crate::agent::view::{self, Numbers};

/// A state on its way to subscribers.
pub(super) struct Printed<'s> {
    state: &'s Conversation,
    /// By version of the socket.
    results: [Option<Rendered<ForAgents>>; 2],
    /// By version of the socket and kind of the change.
    frames: [[Option<ChangeFrame>; 2]; 2],
}

impl<'s> Printed<'s> {
    pub(super) fn new(state: &'s Conversation) -> Self {
        Self { state, results: [None, None], frames: Default::default() }
    }

    fn frame(&mut self, version: AgentVersion, kind: ChangeKind, numbers: &Numbers) -> &mut ChangeFrame {
        let at = usize::from(version == AgentVersion::V2Dot1);
        self.frames[at][usize::from(kind == ChangeKind::Delete)].get_or_insert_with(|| {
            let result =
                self.results[at].get_or_insert_with(|| view::conversation(self.state, numbers, version));
            ChangeFrame::of(kind, result)
        })
    }
}

impl Account {
    /// Tells every subscription that a changed conversation concerns.
    pub(super) fn tell_change(&mut self, state: &Conversation, before: Option<&Brief>, after: &Brief) {
        let mut told = self.subscriptions.of_change(before, after);
        // Who was about to be told of something earlier is told by this; for some of them it may not match any more.
        for key in self.announcements.take(state.id) {
            if told.iter().all(|(known, _)| *known != key) && self.subscriptions.filter(key).is_some() {
                told.push((key, ChangeKind::Delete));
            }
        }
        self.tell(&mut Printed::new(state), told);
    }

    pub(super) fn tell(&self, printed: &mut Printed<'_>, told: impl IntoIterator<Item = (Key, ChangeKind)>) {
        let now = self.timer.now();
        for ((connection, id), kind) in told {
            let Some(socket) = self.connections.get(&connection) else { continue };
            let frame = printed.frame(socket.version, kind, &self.numbers);
            socket.outbox.notify(frame.to(id).into(), now);
        }
    }

    /// Sends the frame of a change to subscriptions.
    pub(super) fn tell_all(&self, frame: &mut ChangeFrame, keys: impl IntoIterator<Item = Key>) {
        let now = self.timer.now();
        for (connection, id) in keys {
            if let Some(socket) = self.connections.get(&connection) {
                socket.outbox.notify(frame.to(id).into(), now);
            }
        }
    }

    /// Tells a new subscription what matches already: open conversations as they were stored last, closed ones as they
    /// are. What changed since it was read was told by the change itself, and what is open in the reading but not known
    /// here was closed since. False when the subscription is gone.
    pub(super) async fn tell_snapshot(
        &mut self,
        connection: ConnectionId,
        subscription: SubscriptionId,
        mut states: Vec<Conversation>,
    ) -> bool {
        let Some(filter) = self.subscriptions.filter((connection, subscription)) else { return false };
        states.retain_mut(|state| match self.briefs.get(&state.id) {
            Some(brief) => {
                let is_wanted = state.version >= brief.changed && filter.matches_brief(brief);
                if is_wanted {
                    brief.bring_up(state);
                }
                is_wanted
            }
            None => !state.is_open(),
        });
        self.look_up(states.iter().flat_map(view::agents_of).collect()).await;
        let Some(socket) = self.connections.get(&connection) else { return false };
        let results: Vec<_> =
            states.iter().map(|state| view::conversation(state, &self.numbers, socket.version)).collect();
        let frame = changes(subscription, results.iter().map(|result| (ChangeKind::Upsert, result)));
        socket.outbox.notify(frame.into(), self.timer.now());
        true
    }
}
