//! The stored events of a dialog. Source: spec 21 §7.3.
//!
//! Of more events than fit into an answer it holds the newest: who asks once only must know what was said last. Whoever wants
//! the others asks for those before the first of them. So the log is read from its end, and no further than necessary.

use std::collections::VecDeque;
use std::sync::Arc;

use trunkline_model::conversation::{Conversation, EntryBody, MessageEvent, Refusal, TailEntry};
use trunkline_wire::agent::{FlatEvent, QueryMessages, SubscribeMessagingEvents, online_event};
use trunkline_wire::{ConversationId, DialogId, ParticipantId};

use super::Refused;
use crate::agent::connection::AgentConnection;
use crate::agent::view::{self, Numbers};

/// Entries read at once.
const PAGE: usize = 250;
/// The most events of one answer.
const MOST: usize = 10_000;
/// The most bytes of one answer's events: together with what may wait for the socket already, they are less than what may
/// wait there for long.
const MOST_BYTES: usize = 512 * 1024;
/// What an event takes beside what its author sent, in bytes and rather too much: names of members, ids, times.
const ENVELOPE: usize = 640;

/// Stored events.
pub(super) struct Found {
    entries: VecDeque<Arc<TailEntry>>,
    numbers: Numbers,
}

impl Found {
    /// The events as a list.
    pub(super) fn with_events<T>(&self, use_them: impl FnOnce(&[FlatEvent<'_>]) -> T) -> T {
        use_them(&self.events().collect::<Vec<_>>())
    }

    /// The events as notifications.
    pub(super) fn notifications(&self) -> Vec<String> {
        self.events().map(|event| online_event(&event)).collect()
    }

    fn events(&self) -> impl Iterator<Item = FlatEvent<'_>> {
        self.entries.iter().filter_map(|entry| view::event(entry, &self.numbers))
    }
}

/// The events that exist when somebody begins to listen. Whoever takes part in a dialog hears the others anyway.
pub(super) async fn subscribe(
    connection: &AgentConnection,
    wanted: SubscribeMessagingEvents,
) -> Result<Found, Refused> {
    let SubscribeMessagingEvents { dialog, conversation, from } = wanted;
    if let (Some(named), Some(dialog)) = (conversation, dialog.id())
        && named.id() != Some(dialog.conversation())
    {
        return Err(Refusal::WrongConversation.into());
    }
    query(connection, QueryMessages { dialog, from, before: None, limit: None }).await
}

/// The stored events of a dialog, for whoever takes or took part in the conversation, and for managers.
pub(super) async fn query(connection: &AgentConnection, query: QueryMessages) -> Result<Found, Refused> {
    let dialog = query.dialog.id().ok_or_else(|| Refused::not_found("dialog"))?;
    let (parts, account) = (&connection.parts, &connection.caller.account);
    let state = parts.storage.conversation(account, dialog.conversation()).await?;
    let state = state.filter(|state| state.dialog(dialog).is_some());
    let state = state.ok_or_else(|| Refused::not_found("dialog"))?;
    if !may_read(connection, &state).await? {
        return Err(Refused::forbidden("the caller does not take part in the conversation"));
    }
    let entries = newest(connection, &state, dialog, query).await?;
    let mut numbers = Numbers::new();
    for entry in &entries {
        if let EntryBody::Event(event) = &entry.entry.body
            && let ParticipantId::Agent(agent) = event.originator
            && !numbers.contains_key(&agent)
        {
            numbers.insert(agent, parts.users.number_of(account, agent).await?);
        }
    }
    Ok(Found { entries, numbers })
}

/// Whether the caller is a manager, takes part, or took part earlier, which only the log knows.
async fn may_read(connection: &AgentConnection, state: &Conversation) -> Result<bool, Refused> {
    let caller = &connection.caller;
    let me = ParticipantId::Agent(caller.pid);
    let takes_part = |state: &Conversation| state.participants.iter().any(|known| known.id == me);
    if caller.is_manager() || takes_part(state) {
        return Ok(true);
    }
    let mut after = 0;
    loop {
        let storage = &connection.parts.storage;
        let page = storage.conversation_tail(&caller.account, state.id, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(false) };
        after = last.entry.version;
        if page.iter().filter_map(|entry| entry.entry.state.as_deref()).any(takes_part) {
            return Ok(true);
        }
    }
}

/// Of the wanted events the newest that fit into an answer, in their order.
async fn newest(
    connection: &AgentConnection,
    state: &Conversation,
    dialog: DialogId,
    query: QueryMessages,
) -> Result<VecDeque<Arc<TailEntry>>, Refused> {
    let next = state.dialog(dialog).map_or(0, |known| known.next_sequence);
    let before = query.before.map_or(next, |before| before.min(next));
    let wanted = query.from..before;
    if wanted.is_empty() {
        return Ok(VecDeque::new());
    }
    // Each event has a version of its own, and the first version is the opening. So those below `from` are not after the
    // version `from`, and those from `before` on are the last ones at the earliest.
    let (first, mut until) = (query.from, state.version.saturating_sub(next - before));
    let mut room = Room::of(query.limit);
    let mut found = VecDeque::new();
    while until > first {
        let after = until.saturating_sub(PAGE as u64).max(first);
        for entry in entries(connection, state.id, after, until).await?.into_iter().rev() {
            let EntryBody::Event(event) = &entry.entry.body else { continue };
            if event.dialog != dialog || !wanted.contains(&event.sequence) {
                continue;
            }
            if !room.takes(event) {
                return Ok(found);
            }
            found.push_front(entry);
        }
        until = after;
    }
    Ok(found)
}

/// The entries after one version and up to another.
async fn entries(
    connection: &AgentConnection,
    conversation: ConversationId,
    mut after: u64,
    until: u64,
) -> Result<Vec<Arc<TailEntry>>, Refused> {
    let account = &connection.caller.account;
    let mut entries = Vec::new();
    while after < until {
        let most = usize::try_from(until - after).map_or(PAGE, |most| most.min(PAGE));
        let page = connection.parts.storage.conversation_tail(account, conversation, after, most).await?;
        let Some(last) = page.last() else { break };
        after = last.entry.version;
        entries.extend(page);
    }
    Ok(entries)
}

/// What may still be added to an answer.
#[derive(Debug)]
struct Room {
    events: usize,
    bytes: usize,
    is_untouched: bool,
}

impl Room {
    /// `limit`: `maxQuantity`, if it was given.
    fn of(limit: Option<u64>) -> Self {
        let events = limit.map_or(MOST, |limit| usize::try_from(limit).map_or(MOST, |limit| limit.min(MOST)));
        Self { events, bytes: MOST_BYTES, is_untouched: true }
    }

    /// Takes up an event, if it fits; the first one always does.
    fn takes(&mut self, event: &MessageEvent) -> bool {
        let metadata = event.metadata.as_ref().map_or(0, |metadata| metadata.as_str().len());
        // As a string it may be escaped.
        let encoded = event.encoded_metadata.as_ref().map_or(0, |encoded| 6 * encoded.len());
        let bytes = event.event.as_str().len() + metadata + encoded + ENVELOPE;
        if self.events == 0 || (self.bytes < bytes && !self.is_untouched) {
            return false;
        }
        self.events -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.is_untouched = false;
        true
    }
}
