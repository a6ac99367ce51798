//! `messageRecords` and `messageStatuses`. Source: spec 08 §2.1, §2.2.

use trunkline_model::conversation::MessageEvent;
use trunkline_model::transcript::Message;
use trunkline_wire::conversations::ParticipantRole;
use trunkline_wire::conversations::event::EventKind;
use trunkline_wire::history::{Encoded, MessageData, MessageRecord, MessageStatus, Text, time_text};
use trunkline_wire::json::{JsValue, Members};
use trunkline_wire::{DialogId, ParticipantId};

use super::{Source, context_data};

/// What a conversation says about its client.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) source: &'a str,
    pub(super) device: &'a str,
}

impl Source<'_> {
    pub(super) fn messages(&self, client: Client<'_>) -> Vec<MessageRecord> {
        self.transcript.messages.iter().map(|message| self.message(message, client)).collect()
    }

    fn message(&self, Message { at, event }: &Message, client: Client<'_>) -> MessageRecord {
        let (kind, message_data) = content(event);
        MessageRecord {
            kind: kind.to_owned(),
            message_data,
            message_id: message_id(event.dialog, event.sequence),
            audience: event.audience,
            seq: event.sequence,
            dialog_id: event.dialog.to_string(),
            participant_id: self.names.participant(event.originator),
            source: client.source.to_owned(),
            time: time_text(*at),
            time_l: *at,
            device: client.device.to_owned(),
            sent_by: side(event.originator, event.role).to_owned(),
            context_data: context_data(event.metadata.as_ref()),
        }
    }

    /// One for each number of each receipt. What a receipt came with is in the first of them: a long list must not
    /// multiply it.
    pub(super) fn statuses(&self) -> Vec<MessageStatus> {
        let mut statuses = Vec::new();
        for receipt in &self.transcript.receipts {
            let (time, dialog) = (time_text(receipt.at), receipt.dialog.to_string());
            let participant = self.names.participant(receipt.by);
            let mut context = context_data(receipt.metadata.as_ref());
            statuses.extend(receipt.sequences.iter().map(|sequence| MessageStatus {
                message_id: message_id(receipt.dialog, sequence),
                seq: *sequence,
                time: time.clone(),
                time_l: receipt.at,
                participant_id: participant.clone(),
                participant_type: side(receipt.by, receipt.role).to_owned(),
                message_delivery_status: receipt.status.clone(),
                dialog_id: dialog.clone(),
                context_data: context.take(),
            }));
        }
        statuses
    }
}

/// The name of a message; numbers are per dialog. Source: spec 08 §2.2, third open point.
fn message_id(dialog: DialogId, sequence: impl std::fmt::Display) -> String {
    format!("ms::dialog:{dialog}::msg:{sequence}")
}

/// Which side spoke, capital first: the official sample compares with `Consumer`.
fn side(who: ParticipantId, role: ParticipantRole) -> &'static str {
    match (who, role) {
        (ParticipantId::Consumer(_), _) | (_, ParticipantRole::Consumer) => "Consumer",
        _ => "Agent",
    }
}

/// The type of a message and what it says.
fn content(event: &MessageEvent) -> (&'static str, MessageData) {
    let parsed = JsValue::parse(event.event.as_str()).ok();
    let empty = Members::default();
    let members = parsed.as_ref().and_then(JsValue::as_object).unwrap_or(&empty);
    let encoded =
        |name: &str| members.get(name).map(|value| Encoded { content: value.to_json().as_str().to_owned() });
    let object = || members.get("message").map(JsValue::to_json);
    let mut data = MessageData { quick_replies: encoded("quickReplies"), ..MessageData::default() };
    if event.kind == EventKind::RichContent {
        data.rich_content = encoded("content");
        return ("RICH_CONTENT", data);
    }
    let kind = match members.get("contentType").and_then(JsValue::as_text) {
        Some("hosted/file") => {
            data.file = object();
            "HOSTED_FILE"
        }
        Some("forms/secure-invitation") => {
            data.secure_form_invitation = object();
            "SECURE_FORM_INVITATION"
        }
        Some("forms/secure-submission") => {
            data.secure_form_submit = object();
            "SECURE_FORM_SUBMIT"
        }
        // Whatever else agents publish is shown as what it is written like: readers look for a text.
        other => {
            let written = |value: &JsValue| {
                value.as_text().map_or_else(|| value.to_json().as_str().to_owned(), str::to_owned)
            };
            data.msg = members.get("message").map(|value| Text { text: written(value) });
            if other == Some("text/html") { "TEXT_HTML" } else { "TEXT_PLAIN" }
        }
    };
    (kind, data)
}

fn text(members: &Members) -> Option<&str> {
    members.get("message").and_then(JsValue::as_text)
}

/// In what a keyword is looked for: texts, the captions of files, and structured content as it is written.
pub(in crate::history) fn searchable_text(event: &MessageEvent) -> Option<String> {
    let parsed = JsValue::parse(event.event.as_str()).ok()?;
    let members = parsed.as_object()?;
    if event.kind == EventKind::RichContent {
        return members.get("content").map(|content| content.to_json().as_str().to_owned());
    }
    let file = || members.get("message")?.as_object()?.get("caption")?.as_text();
    text(members).or_else(file).map(str::to_owned)
}
