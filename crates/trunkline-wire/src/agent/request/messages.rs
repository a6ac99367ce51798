//! Events of a dialog. Source: spec 21 §7.3, 24 §3.5, §3.6.

use super::Sender;
use crate::agent::Reference;
use crate::agent::body::{Body, Broken};
use crate::conversations::Audience;
use crate::conversations::event::{Event, EventKind};
use crate::conversations::send::exceeds;
use crate::json::{JsValue, Members};
use crate::{ConversationId, DialogId};

/// `PublishEvent`.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishEvent {
    /// The dialog.
    pub dialog: Reference<DialogId>,
    /// The conversation it should be in.
    pub conversation: Option<Reference<ConversationId>>,
    /// The event.
    pub event: Event,
    /// Who may read it. A consumer's wish is ignored.
    pub audience: Audience,
}

impl PublishEvent {
    pub(super) fn read(
        body: Body,
        sender: Sender,
        frame: &str,
        max_characters: usize,
    ) -> Result<Self, Broken> {
        let dialog = body.required("dialogId")?;
        let conversation = body.reference("conversationId")?;
        let audience = body.word("messageAudience", Audience::parse)?.unwrap_or(Audience::All);
        let mut members = body.0;
        let event = members.take("event").ok_or_else(|| Broken::new("event is missing"))?;
        let event = event_of(event, sender)?;
        if exceeds(frame, max_characters, event.preview_characters) {
            return Err(Broken::too_large());
        }
        Ok(Self { dialog, conversation, event, audience })
    }
}

/// Agents may publish content of other types than consumers may; it is relayed unchanged (spec 21 §7.3).
fn event_of(event: JsValue, sender: Sender) -> Result<Event, Broken> {
    match event {
        JsValue::Object(members) if sender == Sender::Agent && is_other_content(&members) => {
            other_content(members)
        }
        event => Event::from_js(event).map_err(|error| Broken::new(error.to_string())),
    }
}

fn is_other_content(event: &Members) -> bool {
    let text = |name| event.get(name).and_then(JsValue::as_text);
    let other = |kind| {
        !matches!(kind, "text/plain" | "hosted/file" | "forms/secure-invitation" | "forms/secure-submission")
    };
    text("type") == Some("ContentEvent") && text("contentType").is_some_and(other)
}

fn other_content(mut event: Members) -> Result<Event, Broken> {
    if !matches!(event.get("message"), Some(JsValue::Text(_) | JsValue::Object(_))) {
        return Err(Broken::new("event.message must be a string or an object"));
    }
    event.lead_with(&["type", "message", "contentType"]);
    let json = JsValue::Object(event).to_json();
    Ok(Event { kind: EventKind::Content, json, preview_characters: 0, file: None })
}

/// `QueryMessages`: stored events of a dialog by ascending sequence, receipts too. No subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryMessages {
    /// The dialog.
    pub dialog: Reference<DialogId>,
    /// `newerThanSequence`: the first sequence wanted, this one included, because a bot asks for everything with 0.
    pub from: u64,
    /// `olderThanSequence`: below this one.
    pub before: Option<u64>,
    /// `maxQuantity`: no more than these; never 0.
    pub limit: Option<u64>,
}

impl QueryMessages {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        let from = match sequence(body, "newerThanSequence")? {
            Some(from) => Some(from),
            None => sequence(body, "fromSeq")?,
        };
        Ok(Self {
            dialog: body.required("dialogId")?,
            from: from.unwrap_or(0),
            before: sequence(body, "olderThanSequence")?,
            limit: sequence(body, "maxQuantity")?.filter(|limit| *limit > 0),
        })
    }
}

/// `SubscribeMessagingEvents`: the stored events of a dialog and then every new one, until the socket closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscribeMessagingEvents {
    /// The dialog.
    pub dialog: Reference<DialogId>,
    /// The conversation it should be in.
    pub conversation: Option<Reference<ConversationId>>,
    /// `fromSeq`: the first sequence wanted, this one included.
    pub from: u64,
}

impl SubscribeMessagingEvents {
    pub(super) fn read(body: &Body) -> Result<Self, Broken> {
        Ok(Self {
            dialog: body.required("dialogId")?,
            conversation: body.reference("conversationId")?,
            from: sequence(body, "fromSeq")?.unwrap_or(0),
        })
    }
}

/// A number of an event; −1, which some say for "none yet", is as good as 0.
fn sequence(body: &Body, name: &str) -> Result<Option<u64>, Broken> {
    Ok(body.whole(name)?.map(|number| u64::try_from(number).unwrap_or(0)))
}
