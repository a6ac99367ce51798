//! A change of several entries in the making.

use std::sync::Arc;

use trunkline_wire::{EpochMillis, JsonText, ParticipantId};

use super::{Conversation, ConversationChange, EntryBody, LogEntry, MessageEvent};

/// Entries one after the other, each decided on the state after those before it.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    from: &'a Conversation,
    /// The state after the entries so far.
    pub(super) state: Conversation,
    entries: Vec<LogEntry>,
    now: EpochMillis,
}

impl<'a> Draft<'a> {
    /// A change of this state.
    pub(super) fn new(from: &'a Conversation, now: EpochMillis) -> Self {
        Self { from, state: from.clone(), entries: Vec::new(), now }
    }

    /// When it is decided.
    pub(super) fn now(&self) -> EpochMillis {
        self.now
    }

    /// Appends a message event.
    pub(super) fn publish(&mut self, event: MessageEvent) {
        let version = self.state.version + 1;
        let carries_state = LogEntry::carries_state(version, &event);
        let mut entry = LogEntry { version, at: self.now, body: EntryBody::Event(event), state: None };
        self.state.apply(&entry);
        if carries_state {
            entry.state = Some(Arc::new(self.state.clone()));
        }
        self.entries.push(entry);
    }

    /// Appends a change of the conversation itself into this state.
    pub(super) fn change(
        &mut self,
        mut next: Conversation,
        by: Option<ParticipantId>,
        metadata: Option<JsonText>,
    ) {
        next.version = self.state.version + 1;
        next.updated_at = self.state.next_update(self.now);
        let body = EntryBody::Changed { by, metadata };
        let state = Some(Arc::new(next.clone()));
        self.entries.push(LogEntry { version: next.version, at: self.now, body, state });
        self.state = next;
    }

    /// Changes what replaying the last entry does not: it carries the state from now on.
    pub(super) fn keep(&mut self, change: impl FnOnce(&mut Conversation)) {
        change(&mut self.state);
        if let Some(last) = self.entries.last_mut() {
            last.state = Some(Arc::new(self.state.clone()));
        }
    }

    /// The change.
    pub(super) fn finish(self) -> ConversationChange {
        ConversationChange {
            account: self.from.account.clone(),
            conversation: self.from.id,
            consumer: self.from.consumer,
            expected_version: self.from.version,
            entries: self.entries,
            tally: self.state.tally(),
        }
    }
}
