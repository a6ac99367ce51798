//! What is left of a conversation when its content is erased.
//!
//! A *tombstone* stands where an entry stood: version, time, dialog, sequence, author, role and audience stay, and so does
//! whatever the rules and their readers count with. What people wrote, and what describes the consumer, is gone. A message
//! becomes an empty text, so no reader needs to know about erasure: history, sockets and webhooks show a message that says
//! nothing. Tombstones replay to the tombstone of the state.
//!
//! Every member is named, so that one which is added later does not compile until somebody decides about it.

use std::sync::Arc;

use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::{EpochMillis, JsonText};

use super::{Conversation, Dialog, DialogState, EntryBody, LogEntry, MessageEvent};

/// The event of a message whose content was erased.
pub(super) const NOTHING: &str = r#"{"type":"ContentEvent","message":"","contentType":"text/plain"}"#;

/// [`NOTHING`], as events hold it.
pub(super) fn nothing() -> JsonText {
    JsonText::normalise(NOTHING).expect("the constant is JSON")
}

/// True for [`NOTHING`].
pub(super) fn is_nothing(event: &JsonText) -> bool {
    event.as_str() == NOTHING
}

impl LogEntry {
    /// The tombstone of this entry; a tombstone stays as it is.
    #[must_use]
    pub fn erased(&self, at: EpochMillis) -> Self {
        let Self { version, at: decided_at, body, state } = self;
        Self {
            version: *version,
            at: *decided_at,
            body: body.erased(),
            state: state.as_ref().map(|state| Arc::new(state.erased(at))),
        }
    }
}

impl EntryBody {
    fn erased(&self) -> Self {
        match self {
            Self::Event(event) => Self::Event(event.erased()),
            Self::Changed { by, metadata: _ } => Self::Changed { by: *by, metadata: None },
        }
    }
}

impl MessageEvent {
    fn erased(&self) -> Self {
        let Self {
            dialog,
            sequence,
            originator,
            role,
            kind,
            event,
            audience,
            metadata: _,
            encoded_metadata: _,
            public,
        } = self;
        let (kind, event, public) = match kind {
            EventKind::AcceptStatus => {
                (EventKind::AcceptStatus, bare_receipt(event), public.as_ref().map(bare_receipt))
            }
            // Kind and event agree, so structured content becomes a text, too.
            EventKind::Content | EventKind::RichContent | EventKind::ChatState => {
                (EventKind::Content, nothing(), None)
            }
        };
        Self {
            dialog: *dialog,
            sequence: *sequence,
            originator: *originator,
            role: *role,
            kind,
            event,
            audience: *audience,
            metadata: None,
            encoded_metadata: None,
            public,
        }
    }
}

/// A receipt that says what was read and nothing else.
fn bare_receipt(event: &JsonText) -> JsonText {
    let parsed = JsValue::parse(event.as_str()).ok();
    let member = |name| parsed.as_ref().and_then(JsValue::as_object).and_then(|members| members.get(name));
    let mut bare = Members::default();
    bare.set("type", JsValue::Text(EventKind::AcceptStatus.as_str().to_owned()));
    if let Some(status @ JsValue::Text(_)) = member("status") {
        bare.set("status", status.clone());
    }
    let numbers = match member("sequenceList") {
        Some(JsValue::Array(list)) => {
            list.iter().filter(|number| number.as_integer().is_some()).cloned().collect()
        }
        _ => Vec::new(),
    };
    bare.set("sequenceList", JsValue::Array(numbers));
    JsValue::Object(bare).to_json()
}

impl Conversation {
    /// What is left of the state; the time at which it was erased first stays.
    #[must_use]
    pub fn erased(&self, at: EpochMillis) -> Self {
        let Self {
            id,
            account,
            version,
            consumer,
            external_consumer: _,
            app,
            skill,
            ttr,
            answer_due,
            participants,
            dialogs,
            stage,
            started_at,
            updated_at,
            csat,
            campaign: _,
            context: _,
            client_properties: _,
            features: _,
            unassigned_at,
            is_silent,
            automatic,
            proposed_at,
            event_at,
            manual_answer_due,
            note: _,
            topic: _,
            delay,
            survey: _,
            erased_at,
        } = self;
        Self {
            id: *id,
            account: account.clone(),
            version: *version,
            consumer: *consumer,
            external_consumer: None,
            app: *app,
            skill: *skill,
            ttr: *ttr,
            answer_due: *answer_due,
            participants: participants.clone(),
            dialogs: dialogs.iter().map(Dialog::erased).collect(),
            stage: *stage,
            started_at: *started_at,
            updated_at: *updated_at,
            csat: *csat,
            campaign: None,
            context: None,
            client_properties: None,
            features: Vec::new(),
            unassigned_at: *unassigned_at,
            is_silent: *is_silent,
            automatic: *automatic,
            proposed_at: *proposed_at,
            event_at: *event_at,
            manual_answer_due: *manual_answer_due,
            note: None,
            topic: None,
            delay: *delay,
            survey: None,
            erased_at: erased_at.or(Some(at)),
        }
    }
}

impl Dialog {
    fn erased(&self) -> Self {
        let Self {
            id,
            kind,
            participants,
            state,
            created_at,
            updated_at,
            next_sequence,
            meta_data: _,
            private,
        } = self;
        Self {
            id: *id,
            kind: *kind,
            participants: participants.clone(),
            state: match state {
                DialogState::Open => DialogState::Open,
                DialogState::Closed { at, by, cause: _ } => {
                    DialogState::Closed { at: *at, by: *by, cause: None }
                }
            },
            created_at: *created_at,
            updated_at: *updated_at,
            next_sequence: *next_sequence,
            meta_data: None,
            private: private.clone(),
        }
    }
}
