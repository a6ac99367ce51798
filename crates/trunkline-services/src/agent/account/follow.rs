//! What happens in conversations, in the order of the log. Source: spec 22 §4, §6.

use std::sync::Arc;

use trunkline_model::conversation::{Conversation, EntryBody, MessageEvent, TailEntry};
use trunkline_wire::agent::online_event;
use trunkline_wire::{AgentId, ConversationId, DialogId, ParticipantId};

use super::brief::Brief;
use super::{Account, ENTRIES};
use crate::agent::outbox::Frame;
use crate::agent::view;
use crate::webhooks::ChatState;

impl Account {
    /// Takes everything into account that is in the log by now.
    pub(super) async fn follow_log(&mut self) {
        // Not what comes in meanwhile: others want something, too.
        let end = *self.tail.borrow_and_update();
        while self.position < end {
            // What was set before an entry was decided counts for it.
            self.heed_settings().await;
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
        if known.is_some_and(|brief| entry.entry.version <= brief.view.version) {
            return;
        }
        match (&entry.entry.body, &entry.entry.state) {
            (EntryBody::Changed { .. }, Some(state)) => self.changed(state).await,
            (EntryBody::Changed { .. }, None) => {}
            (EntryBody::Event(event), _) => self.published(entry, event).await,
        }
    }

    async fn changed(&mut self, state: &Conversation) {
        self.look_up(view::agents_of(state).collect()).await;
        let brief = Brief::of(state);
        self.tell_change(state, &brief);
        let effects = self.routing.follow(&brief.view, self.timer.now());
        if brief.view.is_open {
            self.briefs.insert(state.id, brief);
        } else {
            self.briefs.remove(&state.id);
        }
        self.apply(effects).await;
    }

    async fn published(&mut self, entry: &TailEntry, event: &MessageEvent) {
        self.look_up(agent(event.originator)).await;
        if let Some(flat) = view::event(entry, &self.numbers) {
            self.tell_dialog(entry.conversation, event.dialog, &online_event(&flat).into());
        }
        let Some(brief) = self.briefs.get_mut(&entry.conversation) else { return };
        brief.view.version = entry.entry.version;
        if !std::mem::replace(&mut brief.view.has_messages, true) {
            let view = brief.view;
            let effects = self.routing.follow(&view, self.timer.now());
            self.apply(effects).await;
        }
    }

    pub(super) async fn tell_chat_state(&mut self, state: &ChatState) {
        self.look_up(agent(state.event.originator)).await;
        let flat = view::flat(&state.account, state.conversation, &state.event, None, &self.numbers);
        self.tell_dialog(state.conversation, state.event.dialog, &online_event(&flat).into());
    }

    /// Sends a frame to every socket of everybody on the brand's side who takes part in a dialog.
    fn tell_dialog(&self, conversation: ConversationId, dialog: DialogId, frame: &Frame) {
        let Some(brief) = self.briefs.get(&conversation) else { return };
        let now = self.timer.now();
        for agent in brief.agents_in(dialog) {
            let Some(presence) = self.agents.get(agent) else { continue };
            for id in &presence.sockets {
                if let Some(connected) = self.connections.get(id) {
                    connected.socket.outbox.notify(Arc::clone(frame), now);
                }
            }
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

fn agent(id: ParticipantId) -> Vec<AgentId> {
    match id {
        ParticipantId::Agent(agent) => vec![agent],
        ParticipantId::Consumer(_) => Vec::new(),
    }
}
