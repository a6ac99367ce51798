//! Which messages of a dialog are for the brand's side only, and receipts that name them. Source: spec 22 §6.
//!
//! What a receipt says is decided when it is published, because no entry is read for that: the dialog keeps the numbers of
//! its private messages.

use serde::{Deserialize, Serialize};
use trunkline_wire::conversations::Audience;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::json::JsValue;

use super::MessageEvent;

/// The sequences of the private messages of a dialog, as runs with first and last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrivateSequences(Vec<(u64, u64)>);

/// The most runs. Of more the two oldest become one, with the messages between them: what is told of those is too little
/// then, never too much.
const MOST_RUNS: usize = 64;

impl PrivateSequences {
    /// True when the dialog has no private message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes account of an event that was stored after all others.
    pub(super) fn count(&mut self, event: &MessageEvent) {
        if event.audience == Audience::All || event.kind == EventKind::AcceptStatus {
            return;
        }
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 == event.sequence => *last = event.sequence,
            _ => self.0.push((event.sequence, event.sequence)),
        }
        if self.0.len() > MOST_RUNS {
            let (first, _) = self.0.remove(0);
            self.0[0].0 = first;
        }
    }

    fn contains(&self, sequence: u64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= sequence);
        after.checked_sub(1).is_some_and(|at| sequence <= self.0[at].1)
    }
}

impl MessageEvent {
    /// Has a receipt say nothing to the consumer's side of private messages; one that names no others is private itself.
    pub(super) fn keep_back(&mut self, private: &PrivateSequences) {
        if self.kind != EventKind::AcceptStatus || private.is_empty() {
            return;
        }
        let Ok(JsValue::Object(mut members)) = JsValue::parse(self.event.as_str()) else { return };
        let Some(JsValue::Array(mut list)) = members.take("sequenceList") else { return };
        let named = list.len();
        list.retain(|number| {
            let sequence = number.as_integer().and_then(|number| u64::try_from(number).ok());
            sequence.is_none_or(|sequence| !private.contains(sequence))
        });
        if list.len() == named {
            return;
        }
        if list.is_empty() {
            self.audience = Audience::AgentsAndManagers;
            return;
        }
        members.set("sequenceList", JsValue::Array(list));
        members.lead_with(&["type", "status", "sequenceList"]);
        self.public = Some(JsValue::Object(members).to_json());
    }
}
