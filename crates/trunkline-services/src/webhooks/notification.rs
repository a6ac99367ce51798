//! Log entries as the bodies of notifications. Source: spec 06 §3.
//!
//! A body depends on the entry alone, never on the app it goes to, so that every attempt at every endpoint sends the same.

mod conversation;
#[cfg(test)]
mod tests;

use trunkline_model::conversation::{EntryBody, LogEntry, MessageEvent, TailEntry};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::installations::WebhookEvent;
use trunkline_wire::webhooks::{MessageChange, Notification, Numbered, Participant};
use trunkline_wire::{ConversationId, EpochMillis};

use super::ChatState;
pub(crate) use conversation::change as conversation_change;

/// The kind of notification an entry becomes: which webhook it goes to.
pub fn event_of(entry: &LogEntry) -> WebhookEvent {
    match &entry.body {
        EntryBody::Changed { .. } => WebhookEvent::ConversationChange,
        EntryBody::Event(event) => match event.kind {
            EventKind::Content => WebhookEvent::Content,
            EventKind::RichContent => WebhookEvent::RichContent,
            EventKind::AcceptStatus => WebhookEvent::AcceptStatus,
            EventKind::ChatState => WebhookEvent::ChatState,
        },
    }
}

/// False for what only the brand's side may read: connectors would show it to the consumer. Source: spec 06 §3, fourth
/// open point.
pub fn is_for_connectors(entry: &LogEntry) -> bool {
    match &entry.body {
        EntryBody::Changed { .. } => true,
        EntryBody::Event(event) => event.audience == Audience::All,
    }
}

/// As [`is_for_connectors`], for typing.
pub fn is_chat_state_for_connectors(state: &ChatState) -> bool {
    state.event.audience == Audience::All
}

/// The body of an entry's notification, before any escaping.
pub fn body(entry: &TailEntry) -> String {
    body_with(entry, message_change)
}

/// As [`body`], for connectors that may read what only the brand's side may read.
pub fn full_body(entry: &TailEntry) -> String {
    body_with(entry, |event, conversation, at| MessageChange {
        event: &event.event,
        ..message_change(event, conversation, at)
    })
}

fn body_with(
    entry: &TailEntry,
    change: impl FnOnce(&MessageEvent, ConversationId, EpochMillis) -> MessageChange<'_>,
) -> String {
    match &entry.entry.body {
        EntryBody::Event(event) => Notification(change(event, entry.conversation, entry.entry.at)).to_json(),
        EntryBody::Changed { .. } => {
            let state =
                entry.entry.state.as_deref().expect("an entry that changes a conversation has its state");
            Notification(conversation_change(state)).to_json()
        }
    }
}

/// The body of a chat state's notification, before any escaping.
pub fn chat_state_body(state: &ChatState) -> String {
    Notification(message_change(&state.event, state.conversation, state.at)).to_json()
}

/// Names the notification of an entry, the same at every attempt. Shape: `msg_`, 32 hex digits, `_`, the version.
pub fn message_id(conversation: ConversationId, version: u64) -> String {
    format!("msg_{}_{version}", conversation.as_uuid().as_simple())
}

/// Names the notification of a chat state. Shape: `msg_`, 32 hex digits, `_`, the version before it, `_`, milliseconds.
pub fn chat_state_message_id(state: &ChatState) -> String {
    format!("{}_{}", message_id(state.conversation, state.after), state.at.0)
}

/// An event in its public form, for connectors and consumers alike.
pub(crate) fn message_change(
    event: &MessageEvent,
    conversation: ConversationId,
    at: EpochMillis,
) -> MessageChange<'_> {
    let is_stored = event.kind != EventKind::ChatState;
    let is_content = matches!(event.kind, EventKind::Content | EventKind::RichContent);
    MessageChange {
        numbered: is_stored.then_some(Numbered { sequence: event.sequence, server_timestamp: at }),
        originator: Participant { id: event.originator, role: event.role },
        event: event.public.as_ref().unwrap_or(&event.event),
        conversation,
        dialog: event.dialog,
        audience: is_content.then_some(event.audience),
        metadata: event.metadata.as_ref(),
    }
}
