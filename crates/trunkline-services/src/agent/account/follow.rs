//! What happens in conversations, in the order of the log. Source: spec 22 §4, §6.

use std::sync::Arc;

use trunkline_model::LogPosition;
use trunkline_model::conversation::{Conversation, EntryBody, MessageEvent, TailEntry};
use trunkline_model::routing::{ConversationView, Effect};
use trunkline_wire::agent::{RingState, online_event};
use trunkline_wire::{AgentId, ConversationId, DialogId, ParticipantId};

use super::brief::Brief;
use super::{Account, ENTRIES};
use crate::agent::view;
use crate::socket::Frame;
use crate::webhooks::ChatState;

impl Account {
    /// Takes everything into account that is in the log by now.
    pub(super) async fn follow_log(&mut self) {
        // Not what comes in meanwhile: others want something, too.
        let end = *self.tail.borrow_and_update();
        while self.position < end {
            match self.parts.storage.account_tail(&self.id, self.position, end, ENTRIES).await {
                Ok(page) => {
                    for entry in &page.entries {
                        self.take(entry).await;
                    }
                    self.position = page.reached;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(account = %self.id, error, "agents' sockets cannot follow the log: trying again");
                    // The next look at everything comes within a second.
                    return;
                }
            }
        }
    }

    async fn take(&mut self, entry: &Arc<TailEntry>) {
        let known = self.briefs.get(&entry.conversation);
        if known.is_some_and(|brief| entry.entry.version <= brief.version) {
            return;
        }
        match (&entry.entry.body, &entry.entry.state) {
            (EntryBody::Changed { .. }, Some(state)) => self.changed(state, entry.position).await,
            (EntryBody::Changed { .. }, None) => {}
            (EntryBody::Event(event), _) => self.published(entry, event).await,
        }
    }

    async fn changed(&mut self, state: &Conversation, at: LogPosition) {
        self.look_up(view::agents_of(state).collect()).await;
        let now = self.timer.now();
        let mut brief = Brief::of(state, at);
        brief.changed = state.version;
        // Whoever is told of the change sees that the deadline has passed.
        brief.is_overdue = brief.answer_due.get().is_some_and(|due| due <= now);
        let effects = self.routing.follow(&ConversationView::from(state), now);
        // An agent hears that a ring was taken before what came of it. Source: spec 21 §7.1.
        let (taken, others) = effects.into_iter().partition(is_taken);
        self.apply(taken);
        let before = self.briefs.remove(&state.id);
        self.tell_change(state, before.as_deref(), &brief);
        let is_open = state.is_open();
        let deadline = brief.deadline().filter(|_| is_open);
        self.deadlines.replace(state.id, before.as_deref().and_then(Brief::deadline), deadline);
        // Also of a closed one: the end of its ring is told yet.
        self.briefs.insert(state.id, Box::new(brief));
        self.apply(others);
        if !is_open {
            self.briefs.remove(&state.id);
        }
    }

    async fn published(&mut self, entry: &TailEntry, event: &MessageEvent) {
        self.look_up(agent(event.originator)).await;
        self.tell_dialog(entry.conversation, event.dialog, || {
            view::event(entry, &self.numbers).map(|flat| online_event(&flat))
        });
        let id = entry.conversation;
        let Some(brief) = self.briefs.get_mut(&id) else { return };
        let (due, was_silent) = (brief.due_after(id, event, entry.entry.at), brief.is_silent);
        brief.count(entry, event);
        let is_silent = brief.is_silent;
        if due != brief.answer_due.get() {
            self.set_due(id, due);
        } else if is_silent == was_silent {
            return;
        }
        let effects = self.routing.heard(id, entry.entry.version, is_silent, due, self.timer.now());
        self.apply(effects);
    }

    pub(super) async fn tell_chat_state(&mut self, state: &ChatState) {
        self.look_up(agent(state.event.originator)).await;
        self.tell_dialog(state.conversation, state.event.dialog, || {
            let flat = view::flat(&state.account, state.conversation, &state.event, None, &self.numbers);
            Some(online_event(&flat))
        });
    }

    /// Sends a frame to every socket of everybody on the brand's side who takes part in a dialog. It is printed once, and only
    /// if anybody is there.
    fn tell_dialog(
        &self,
        conversation: ConversationId,
        dialog: DialogId,
        print: impl FnOnce() -> Option<String>,
    ) {
        let Some(brief) = self.briefs.get(&conversation) else { return };
        let present = brief.agents_in(conversation, dialog).iter().filter_map(|agent| self.agents.get(agent));
        let sockets = present.flat_map(|presence| &presence.sockets);
        let mut sockets = sockets.filter_map(|id| self.connections.get(id)).peekable();
        if sockets.peek().is_none() {
            return;
        }
        let Some(frame) = print() else { return };
        let (frame, now): (Frame, _) = (frame.into(), self.timer.now());
        for socket in sockets {
            socket.outbox.notify(Arc::clone(&frame), now);
        }
    }

    /// Learns the old ids of agents that are not known yet.
    pub(super) async fn look_up(&mut self, agents: Vec<AgentId>) {
        for agent in agents {
            if self.numbers.contains_key(&agent) {
                continue;
            }
            match self.parts.users.number_of(&self.id, agent).await {
                Ok(number) => {
                    self.numbers.insert(agent, number);
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(account = %self.id, error, "cannot look an agent up");
                }
            }
        }
    }
}

fn is_taken(effect: &Effect) -> bool {
    matches!(effect, Effect::Ring(notice) if notice.ring.state == RingState::Accepted)
}

fn agent(id: ParticipantId) -> Vec<AgentId> {
    match id {
        ParticipantId::Agent(agent) => vec![agent],
        ParticipantId::Consumer(_) => Vec::new(),
    }
}
