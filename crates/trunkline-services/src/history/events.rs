//! The events of one conversation as its consumer could read them: nothing that is for the brand's side only. Source: spec
//! 08 §3.

use trunkline_model::conversation::{EntryBody, LogEntry};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::history::{EventCursor, EventRecord, EventRecords};
use trunkline_wire::json::JsValue;
use trunkline_wire::{ConversationId, JsonText};

use super::access::Access;
use super::reader::{SLICE, cost};
use super::{ANSWER_BYTES, History};
use crate::Error;
use crate::auth::SignedIn;

/// Which part of a conversation is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventsPage {
    /// How many events to skip, from the cursor on if there is one.
    pub offset: usize,
    /// The most events; `None` for as many as an answer holds.
    pub limit: Option<usize>,
    /// After which entry.
    pub cursor: Option<EventCursor>,
}

impl History {
    /// The events of a conversation; none of one that is not there for the caller.
    ///
    /// # Errors
    /// [`Error::Overloaded`].
    pub async fn events(
        &self,
        caller: &SignedIn,
        id: ConversationId,
        page: EventsPage,
    ) -> Result<EventRecords, Error> {
        let _turn = self.turns.take().await?;
        let mut answer = EventRecords { message_event_records: Vec::new(), cursor: None };
        if !self.may_read(caller, id).await? {
            return Ok(answer);
        }
        let (mut skipped, mut bytes) = (0, 0);
        let mut after = page.cursor.map_or(0, |cursor| cursor.0);
        loop {
            let entries = self.storage.log_after(caller.account(), id, after, SLICE).await?;
            if entries.is_empty() {
                return Ok(answer);
            }
            for entry in entries {
                let version = entry.version;
                let cost = cost(&entry);
                if let Some(record) = public(entry) {
                    if skipped < page.offset {
                        skipped += 1;
                    } else {
                        let records = &mut answer.message_event_records;
                        let is_full = page.limit.is_some_and(|limit| records.len() >= limit);
                        if is_full || (!records.is_empty() && bytes + cost > ANSWER_BYTES) {
                            answer.cursor = Some(EventCursor(after).to_string());
                            return Ok(answer);
                        }
                        bytes += cost;
                        records.push(record);
                    }
                }
                after = version;
            }
        }
    }

    async fn may_read(&self, caller: &SignedIn, id: ConversationId) -> Result<bool, Error> {
        let access = Access::of(caller);
        if access == Access::Every {
            return Ok(true);
        }
        let loaded = self.reader(caller.account()).load(id, ANSWER_BYTES).await?;
        Ok(loaded.is_some_and(|loaded| access.allows(&loaded)))
    }
}

/// An entry as a record; `None` for what is no event, or not for consumers.
fn public(entry: LogEntry) -> Option<EventRecord> {
    let EntryBody::Event(event) = entry.body else { return None };
    if event.audience != Audience::All {
        return None;
    }
    let is_message = matches!(event.kind, EventKind::Content | EventKind::RichContent);
    Some(EventRecord {
        sequence: is_message.then_some(event.sequence),
        dialog_id: event.dialog.to_string(),
        originator_id: event.originator,
        server_timestamp: entry.at,
        event: match event.kind {
            EventKind::RichContent => encoded(event.event.as_str()).unwrap_or(event.event),
            _ => event.event,
        },
    })
}

/// Structured content as JSON text inside its event.
fn encoded(event: &str) -> Option<JsonText> {
    let JsValue::Object(mut members) = JsValue::parse(event).ok()? else { return None };
    let content = members.get("content")?.to_json();
    members.set("content", JsValue::Text(content.as_str().to_owned()));
    Some(JsValue::Object(members).to_json())
}
