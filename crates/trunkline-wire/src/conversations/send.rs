//! SEND: one request object. Source: spec 05 §4.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::envelope::{BadRequest, Envelope};
use super::event::Event;
use super::field::UpdateConversationField;
use super::profile::Profile;
use crate::agent::{UploadRequest, download_path};
use crate::json::JsValue;
use crate::{ConversationId, DialogId, JsonText};

/// Path of SEND.
pub const PATH: &str = "/api/account/{account}/messaging/consumer/conversation/send";

/// A request that SEND accepts.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request {
    /// What `reqId` will say.
    pub id: String,
    /// `metadata`, an array of objects.
    pub metadata: Option<JsonText>,
    /// What to do.
    pub action: Action,
}

/// What a SEND asks for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// `ms.PublishEvent`.
    Publish(PublishEvent),
    /// `cm.UpdateConversationField`.
    Update(UpdateConversationField),
    /// `userprofile.SetUserProfile`.
    SetUserProfile(Profile),
    /// `ms.GenerateURLForUploadFile`.
    UploadUrl(UploadRequest),
    /// `ms.GenerateURLForDownloadFile`: for the file of this `relativePath`.
    DownloadUrl(Box<str>),
}

/// `body` of `ms.PublishEvent`. Source: spec 05 §4.1.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PublishEvent {
    /// The dialog.
    pub dialog_id: DialogId,
    /// The conversation it should be in.
    pub conversation_id: Option<ConversationId>,
    /// The event.
    pub event: Event,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPublishEvent<'a> {
    #[serde(borrow)]
    dialog_id: Cow<'a, str>,
    #[serde(borrow, default)]
    conversation_id: Option<Cow<'a, str>>,
    event: JsValue,
}

/// `body` of the answer to `ms.PublishEvent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The number of the event in its dialog; 0 for typing, which has none.
    pub sequence: u64,
}

impl Request {
    /// Reads a SEND body of at most `max_characters`, the preview of a file not counted.
    ///
    /// # Errors
    /// [`BadRequest`], with the request's id if it could be read.
    pub fn parse(text: &str, max_characters: usize) -> Result<Self, BadRequest> {
        let envelope = Envelope::parse(text)?;
        let mut preview = 0;
        let action = match envelope.kind.as_ref() {
            "ms.PublishEvent" => {
                let publish = publish_event(&envelope)?;
                preview = publish.event.preview_characters;
                Action::Publish(publish)
            }
            "cm.UpdateConversationField" => Action::Update(envelope.body()?),
            "userprofile.SetUserProfile" => Action::SetUserProfile(Profile::parse(&envelope)?),
            "ms.GenerateURLForUploadFile" => {
                let request = UploadRequest::of_json(envelope.body);
                Action::UploadUrl(request.map_err(|rule| BadRequest::new(&envelope.id, &rule))?)
            }
            "ms.GenerateURLForDownloadFile" => {
                let path = download_path(envelope.body);
                Action::DownloadUrl(path.map_err(|rule| BadRequest::new(&envelope.id, &rule))?)
            }
            other => {
                return Err(BadRequest::new(
                    &envelope.id,
                    &format!("type {other:?} is not accepted by SEND"),
                ));
            }
        };
        if exceeds(text, max_characters, preview) {
            return Err(BadRequest::new(&envelope.id, "the request is too large"));
        }
        Ok(Self { id: envelope.id, metadata: envelope.metadata, action })
    }
}

fn publish_event(envelope: &Envelope<'_>) -> Result<PublishEvent, BadRequest> {
    let bad = |reason: &dyn std::fmt::Display| BadRequest::new(&envelope.id, &reason.to_string());
    let raw: RawPublishEvent<'_> = envelope.body()?;
    let dialog_id = DialogId::parse(&raw.dialog_id).map_err(|error| bad(&error))?;
    let conversation_id = match raw.conversation_id {
        None => None,
        Some(id) => Some(ConversationId::parse(&id).map_err(|error| bad(&error))?),
    };
    let event = Event::from_js(raw.event).map_err(|error| bad(&error))?;
    Ok(PublishEvent { dialog_id, conversation_id, event })
}

/// True if the request, printed compactly, has more than `limit` Unicode characters besides its preview.
pub(crate) fn exceeds(text: &str, limit: usize, preview: usize) -> bool {
    if text.len() <= limit {
        return false;
    }
    let Ok(value) = JsonText::normalise(text) else { return true };
    value.as_str().chars().count().saturating_sub(preview) > limit
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALOG: &str = "b0d7f5a2-7c1e-4f9b-8a33-2e6c1d9f0a57";

    fn text_message(message: &str) -> String {
        format!(
            r#"{{"kind":"req","id":"7","type":"ms.PublishEvent","body":{{"dialogId":"{DIALOG}","conversationId":"{DIALOG}","event":{{"type":"ContentEvent","contentType":"text/plain","message":"{message}"}}}}}}"#
        )
    }

    #[test]
    fn the_documented_text_message_is_read() {
        let request = Request::parse(&text_message("Is the shop open?"), 5000).unwrap();
        assert_eq!(request.id, "7");
        let Action::Publish(publish) = request.action else { panic!("not a publish") };
        assert_eq!(publish.dialog_id.to_string(), DIALOG);
        assert_eq!(
            publish.event.json.as_str(),
            r#"{"type":"ContentEvent","message":"Is the shop open?","contentType":"text/plain"}"#
        );
    }

    #[test]
    fn the_limit_counts_unicode_characters_of_the_whole_request() {
        let frame = text_message("").chars().count();
        assert!(Request::parse(&text_message(&"ü".repeat(5000 - frame)), 5000).is_ok());
        assert!(Request::parse(&text_message(&"\\ud83d\\ude00".repeat(5000 - frame)), 5000).is_ok());
        assert!(Request::parse(&text_message(&"a".repeat(5001 - frame)), 5000).is_err());
    }

    #[test]
    fn white_space_and_previews_do_not_count() {
        let spaced = text_message("hello").replace(',', &format!(",{}", " ".repeat(2000)));
        assert!(Request::parse(&spaced, 5000).is_ok());
        let file = format!(
            r#"{{"id":3,"type":"ms.PublishEvent","body":{{"dialogId":"{DIALOG}","event":{{"type":"ContentEvent","contentType":"hosted/file","message":{{"caption":"c","relativePath":"/v1/x","fileType":"PNG","preview":"data:image/png;base64,{}"}}}}}}}}"#,
            "a".repeat(20_000)
        );
        assert!(Request::parse(&file, 5000).is_ok());
    }

    #[test]
    fn requests_for_urls_are_read_as_clients_send_them() {
        for size in ["48213", "\"48213\"", "48213.0"] {
            let text = format!(
                r#"{{"kind":"req","id":3,"type":"ms.GenerateURLForUploadFile","body":{{"fileSize":{size},"fileType":"PNG"}}}}"#
            );
            let Action::UploadUrl(request) = Request::parse(&text, 5000).unwrap().action else { panic!() };
            assert_eq!((request.size, request.file_type.as_str()), (48_213, "PNG"));
        }
        let text = r#"{"kind":"req","id":"13","type":"ms.GenerateURLForDownloadFile","body":{"relativePath":"/v1/x"}}"#;
        let Action::DownloadUrl(path) = Request::parse(text, 5000).unwrap().action else { panic!() };
        assert_eq!(&*path, "/v1/x");
    }

    #[test]
    fn requests_for_urls_that_lack_something_are_refused_with_their_id() {
        for (kind, body) in [
            ("Upload", r#"{"fileType":"PNG"}"#),
            ("Upload", r#"{"fileSize":"1"}"#),
            ("Upload", r#"{"fileSize":"1","fileType":"PDF"}"#),
            ("Upload", r#"{"fileSize":"1","fileType":"png"}"#),
            ("Upload", r#"{"fileSize":"many","fileType":"PNG"}"#),
            ("Upload", r#"{"fileSize":-1,"fileType":"PNG"}"#),
            ("Upload", "[]"),
            ("Download", "{}"),
            ("Download", r#"{"relativePath":""}"#),
            ("Download", r#"{"relativePath":7}"#),
        ] {
            let text = format!(r#"{{"id":"q","type":"ms.GenerateURLFor{kind}File","body":{body}}}"#);
            assert_eq!(Request::parse(&text, 5000).unwrap_err().id, "q", "{text}");
        }
    }

    #[test]
    fn requests_of_other_services_are_refused_with_their_id() {
        for kind in ["InitConnection", "GetClock", "ms.QueryMessages", "cm.ConsumerRequestConversation", ""] {
            let text = format!(r#"{{"id":"q","type":"{kind}","body":{{}}}}"#);
            assert_eq!(Request::parse(&text, 5000).unwrap_err().id, "q");
        }
    }

    #[test]
    fn fields_may_come_alone_or_in_a_list() {
        let field = r#"{"field":"ConversationStateField","conversationState":"CLOSE"}"#;
        for fields in [field.to_owned(), format!("[{field}]")] {
            let text = format!(
                r#"{{"id":"9","type":"cm.UpdateConversationField","body":{{"conversationId":"{DIALOG}","conversationField":{fields}}}}}"#
            );
            let Action::Update(update) = Request::parse(&text, 5000).unwrap().action else { panic!() };
            assert_eq!(update.conversation_field.0.len(), 1);
        }
    }
}
