//! Who listens in which dialog. Source: spec 24 §3.5.
//!
//! A listener is noted before the existing events are read, and hears nothing until they were. The reader says up to which
//! version it read; if the account has met a later one by then, the reader goes on reading. So no event is missed and none
//! comes twice.

use std::sync::Arc;

use trunkline_model::conversation::{MessageEvent, TailEntry};
use trunkline_wire::agent::messaging_events;
use trunkline_wire::conversations::Audience;
use trunkline_wire::{ConversationId, DialogId};

use super::Account;
use super::command::{Begin, Begun, SocketId};
use crate::consumer::receipts::{Private, for_consumer};
use crate::socket::Frame;
use crate::webhooks::ChatState;
use crate::webhooks::notification::message_change;

/// The most conversations a socket listens to; those that are closed do not count.
const FOLLOWED: usize = 64;

/// A conversation in whose dialogs somebody listens.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// The last version met since somebody listens.
    seen: u64,
    private: Private,
    listeners: Vec<Listener>,
}

/// A socket that listens in a dialog.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) socket: SocketId,
    dialog: DialogId,
    /// The first sequence wanted.
    from: u64,
    /// The last version that was read; `None` while reading.
    after: Option<u64>,
}

impl Account {
    pub(super) fn follow(
        &mut self,
        socket: SocketId,
        conversation: ConversationId,
        dialog: DialogId,
        from: u64,
    ) -> bool {
        let Some(known) = self.sockets.get_mut(&socket) else { return false };
        if known.followed.len() >= FOLLOWED && !known.followed.contains(&conversation) {
            return false;
        }
        known.followed.insert(conversation);
        let followed = self.followed.entry(conversation).or_default();
        // A subscription replaces the one before.
        followed.listeners.retain(|listener| (listener.socket, listener.dialog) != (socket, dialog));
        followed.listeners.push(Listener { socket, dialog, from, after: None });
        true
    }

    pub(super) fn begin(&mut self, begin: Begin) {
        let Begin { socket, conversation, dialog, version, private, is_over, frame, reply } = begin;
        let how = self.begun(socket, conversation, dialog, version, private);
        if how == Begun::Live {
            if let (Some(known), Some(frame)) = (self.sockets.get(&socket), frame) {
                known.outbox.notify(frame, self.timer.now());
            }
            if is_over {
                self.unfollow(conversation, |listener| {
                    (listener.socket, listener.dialog) != (socket, dialog)
                });
            }
        }
        let _ = reply.send(how);
    }

    fn begun(
        &mut self,
        socket: SocketId,
        conversation: ConversationId,
        dialog: DialogId,
        version: u64,
        private: Private,
    ) -> Begun {
        let Some(followed) = self.followed.get_mut(&conversation) else { return Begun::Gone };
        let listener = followed
            .listeners
            .iter_mut()
            .find(|listener| (listener.socket, listener.dialog) == (socket, dialog));
        let Some(listener) = listener else { return Begun::Gone };
        if followed.seen > version {
            return Begun::Behind;
        }
        listener.after = Some(version);
        followed.private.extend(private);
        Begun::Live
    }

    /// Keeps the listeners of a conversation for which this holds.
    pub(super) fn unfollow(&mut self, conversation: ConversationId, keep: impl Fn(&Listener) -> bool) {
        let Some(followed) = self.followed.get_mut(&conversation) else { return };
        followed.listeners.retain(|listener| {
            let kept = keep(listener);
            if !kept && let Some(socket) = self.sockets.get_mut(&listener.socket) {
                socket.followed.remove(&conversation);
            }
            kept
        });
        for listener in &followed.listeners {
            // The same socket may listen in another dialog.
            if let Some(socket) = self.sockets.get_mut(&listener.socket) {
                socket.followed.insert(conversation);
            }
        }
        if followed.listeners.is_empty() {
            self.followed.remove(&conversation);
        }
    }

    /// Notes that a conversation has come to a version.
    pub(super) fn note(&mut self, conversation: ConversationId, version: u64) {
        if let Some(followed) = self.followed.get_mut(&conversation) {
            followed.seen = followed.seen.max(version);
        }
    }

    /// Nothing comes in a closed conversation any more. Who still reads it is told so after reading.
    pub(super) fn closed(&mut self, conversation: ConversationId) {
        self.unfollow(conversation, |listener| listener.after.is_none());
    }

    pub(super) fn published(&mut self, entry: &TailEntry, event: &MessageEvent) {
        let (id, version) = (entry.conversation, entry.entry.version);
        let Some(followed) = self.followed.get_mut(&id) else { return };
        if event.audience != Audience::All {
            followed.private.insert((event.dialog, event.sequence));
            return;
        }
        let Some(event) = for_consumer(event, &followed.private) else { return };
        let hears = |listener: &Listener| {
            listener.after.is_some_and(|after| version > after) && event.sequence >= listener.from
        };
        let print = || messaging_events(&[message_change(&event, id, entry.entry.at)]).into();
        self.tell(id, event.dialog, hears, print);
    }

    pub(super) fn tell_chat_state(&self, state: &ChatState) {
        if state.event.audience == Audience::All {
            let print =
                || messaging_events(&[message_change(&state.event, state.conversation, state.at)]).into();
            self.tell(state.conversation, state.event.dialog, |listener| listener.after.is_some(), print);
        }
    }

    /// Tells a frame, printed once if at all, to those who listen in a dialog and to whom it is news.
    fn tell(
        &self,
        conversation: ConversationId,
        dialog: DialogId,
        hears: impl Fn(&Listener) -> bool,
        print: impl Fn() -> Frame,
    ) {
        let Some(followed) = self.followed.get(&conversation) else { return };
        let now = self.timer.now();
        let mut frame = None;
        for listener in followed.listeners.iter().filter(|known| known.dialog == dialog && hears(known)) {
            if let Some(socket) = self.sockets.get(&listener.socket) {
                let frame = frame.get_or_insert_with(&print);
                socket.outbox.notify(Arc::clone(frame), now);
            }
        }
    }
}
