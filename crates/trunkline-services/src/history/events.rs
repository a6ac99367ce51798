//! The events of one conversation as its consumer could read them: nothing that is for the brand's side only. Source: spec
//! 08 §3.

use std::collections::HashMap;

use trunkline_model::conversation::{EntryBody, LogEntry, MessageEvent};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::history::{EventCursor, EventRecord, EventRecords};
use trunkline_wire::json::JsValue;
use trunkline_wire::{ConversationId, DialogId, JsonText};

use super::access::{Access, Verdict};
use super::reader::{Reader, SLICE, cost};
use super::{ANSWER_BYTES, DECIDE_BYTES, History};
use crate::Error;
use crate::auth::SignedIn;
use crate::consumer::receipts::{Private, for_consumer};

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
        let _turn = self.lookups.take().await?;
        let mut answer = EventRecords { message_event_records: Vec::new(), cursor: None };
        let (reader, mut to_decide) = (self.reader(caller.account()), DECIDE_BYTES);
        if Access::of(caller).decide(&reader, id, &mut to_decide).await? != Verdict::Allowed {
            return Ok(answer);
        }
        let (mut skipped, mut bytes) = (0, 0);
        let mut after = page.cursor.map_or(0, |cursor| cursor.0);
        let mut stretch = Stretch::after(after);
        loop {
            let entries = self.storage.log_after(caller.account(), id, after, SLICE).await?;
            let is_last = entries.len() < SLICE;
            for entry in entries {
                let version = entry.version;
                let cost = cost(&entry);
                if let EntryBody::Event(event) = &entry.body {
                    stretch.note(event);
                    while stretch.lacks(event) {
                        stretch.extend(&reader, id).await?;
                    }
                }
                if let Some(record) = public(entry, &stretch.private) {
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
            if is_last {
                return Ok(answer);
            }
        }
    }
}

/// The part of a log that was read, up to the entry that is looked at. A page begins in the middle of a log, and its
/// receipts name messages before it: those that are private must be known.
struct Stretch {
    /// The version before its first entry.
    from: u64,
    /// The first number of each dialog in it.
    first: HashMap<DialogId, u64>,
    private: Private,
}

impl Stretch {
    fn after(version: u64) -> Self {
        Self { from: version, first: HashMap::new(), private: Private::new() }
    }

    fn note(&mut self, event: &MessageEvent) {
        let first = self.first.entry(event.dialog).or_insert(event.sequence);
        *first = event.sequence.min(*first);
        if event.audience != Audience::All {
            self.private.insert((event.dialog, event.sequence));
        }
    }

    /// Whether a receipt names messages before the stretch.
    fn lacks(&self, event: &MessageEvent) -> bool {
        if self.from == 0 || event.kind != EventKind::AcceptStatus || event.audience != Audience::All {
            return false;
        }
        let Ok(JsValue::Object(members)) = JsValue::parse(event.event.as_str()) else { return false };
        let Some(JsValue::Array(list)) = members.get("sequenceList") else { return false };
        let named =
            list.iter().filter_map(JsValue::as_integer).filter_map(|number| u64::try_from(number).ok());
        named.min().is_some_and(|lowest| self.first.get(&event.dialog).is_none_or(|first| lowest < *first))
    }

    /// Reads the slice before it.
    async fn extend(&mut self, reader: &Reader<'_>, id: ConversationId) -> Result<(), Error> {
        let slice = SLICE.min(usize::try_from(self.from).unwrap_or(SLICE));
        self.from -= slice as u64;
        let entries = reader.storage.log_after(reader.account, id, self.from, slice).await?;
        for entry in entries {
            if let EntryBody::Event(event) = &entry.body {
                self.note(event);
            }
        }
        Ok(())
    }
}

/// An entry as a record; `None` for what is no event, or not for consumers.
fn public(entry: LogEntry, private: &Private) -> Option<EventRecord> {
    let EntryBody::Event(event) = entry.body else { return None };
    if event.audience != Audience::All {
        return None;
    }
    let event = for_consumer(&event, private)?.into_owned();
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
