//! Events of dialogs. Source: spec 21 §7.3.

use std::sync::Arc;

use trunkline_model::conversation::{Command, EntryBody, Publish, TailEntry};
use trunkline_wire::agent::{ErrorCode, FlatEvent, PublishEvent, QueryMessages};
use trunkline_wire::{JsonText, ParticipantId};

use super::Refused;
use crate::agent::connection::AgentConnection;
use crate::agent::view::{self, Numbers};

/// Entries read at once.
const PAGE: usize = 500;
/// The most events of one answer; a client that wants more asks again from the last one.
const MOST: usize = 10_000;

/// The most text of the events of one answer, in bytes: it has to fit into what may wait for a socket.
const MOST_BYTES: usize = 512 * 1024;

/// Publishes an event and returns its number; typing has none and yields 0.
pub(super) async fn publish(
    connection: &AgentConnection,
    publish: PublishEvent,
    metadata: Option<JsonText>,
) -> Result<u64, Refused> {
    let dialog = publish.dialog.id().ok_or_else(|| Refused::not_found("dialog"))?;
    let named = match publish.conversation {
        Some(conversation) => Some(conversation.id().ok_or_else(|| Refused::not_found("conversation"))?),
        None => None,
    };
    let conversation = dialog.conversation();
    let command = Command::Publish(Publish {
        dialog,
        conversation: named,
        event: publish.event,
        metadata,
        audience: publish.audience,
    });
    let caller = &connection.caller;
    let acted =
        connection.parts.conversations.act(&caller.account, caller.actor(), conversation, command).await?;
    Ok(acted.sequence.unwrap_or(0))
}

/// Stored events.
pub(super) struct Found {
    entries: Vec<Arc<TailEntry>>,
    numbers: Numbers,
}

impl Found {
    pub(super) fn with_events<T>(&self, use_them: impl FnOnce(&[FlatEvent<'_>]) -> T) -> T {
        let events: Vec<FlatEvent<'_>> =
            self.entries.iter().filter_map(|entry| view::event(entry, &self.numbers)).collect();
        use_them(&events)
    }
}

/// The stored events of a dialog, for whoever takes or took part in the conversation, and for managers.
pub(super) async fn query(connection: &AgentConnection, query: QueryMessages) -> Result<Found, Refused> {
    let dialog = query.dialog.id().ok_or_else(|| Refused::not_found("dialog"))?;
    let conversation = dialog.conversation();
    let caller = &connection.caller;
    let me = ParticipantId::Agent(caller.pid);
    let most = query.limit.map_or(MOST, |limit| usize::try_from(limit).unwrap_or(MOST).min(MOST));
    let (mut entries, mut after, mut took_part) = (Vec::new(), 0, caller.is_manager());
    let (mut is_known, mut bytes) = (false, 0);
    loop {
        if took_part && (entries.len() >= most || bytes >= MOST_BYTES) {
            break;
        }
        let page =
            connection.parts.storage.conversation_tail(&caller.account, conversation, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.entry.version;
        for entry in page {
            let state = entry.entry.state.as_deref();
            took_part |= state.is_some_and(|state| state.participants.iter().any(|known| known.id == me));
            is_known |= state.is_some_and(|state| state.dialog(dialog).is_some());
            let wanted = match &entry.entry.body {
                EntryBody::Event(event) => {
                    event.dialog == dialog
                        && event.sequence >= query.from
                        && query.before.is_none_or(|before| event.sequence < before)
                }
                EntryBody::Changed { .. } => false,
            };
            if wanted && entries.len() < most && bytes < MOST_BYTES {
                if let EntryBody::Event(event) = &entry.entry.body {
                    bytes += event.event.as_str().len();
                }
                entries.push(entry);
            }
        }
    }
    if !is_known {
        return Err(Refused::not_found("dialog"));
    }
    if !took_part {
        return Err(Refused::new(ErrorCode::Forbidden, "the caller does not take part in the conversation"));
    }
    let mut numbers = Numbers::new();
    for entry in &entries {
        if let EntryBody::Event(event) = &entry.entry.body
            && let ParticipantId::Agent(agent) = event.originator
            && !numbers.contains_key(&agent)
        {
            numbers.insert(agent, connection.parts.users.number_of(&caller.account, agent).await?);
        }
    }
    Ok(Found { entries, numbers })
}
