//! What participants publish: text, files, structured content, receipts, typing. Source: spec 05 §4.2, 21 §7.3.

use serde::{Deserialize, Serialize};

use crate::JsonText;
use crate::json::{JsValue, Members};

/// The kinds of event, which are also the kinds of webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// `ContentEvent`: text or a file.
    #[serde(rename = "ContentEvent")]
    Content,
    /// `RichContentEvent`: structured content.
    #[serde(rename = "RichContentEvent")]
    RichContent,
    /// `AcceptStatusEvent`: a receipt.
    #[serde(rename = "AcceptStatusEvent")]
    AcceptStatus,
    /// `ChatStateEvent`: typing. Not stored, has no sequence.
    #[serde(rename = "ChatStateEvent")]
    ChatState,
}

impl EventKind {
    /// The kind as the wire spells it in `event.type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "ContentEvent",
            Self::RichContent => "RichContentEvent",
            Self::AcceptStatus => "AcceptStatusEvent",
            Self::ChatState => "ChatStateEvent",
        }
    }
}

/// A checked event, ready to be stored and relayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its kind.
    pub kind: EventKind,
    /// The event object as it will be relayed: known members first, in the order of the documented notifications.
    pub json: JsonText,
    /// Characters of `message.preview`, which do not count towards the request limit (spec 05 §6.2).
    pub preview_characters: usize,
    /// `message.relativePath` of a file, not checked to be the path of one.
    pub file: Option<Box<str>>,
}

/// Why an event is not acceptable. The text names member and rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EventError(&'static str);

/// The most characters a file's `preview` may have. Source: spec 07 §1.
pub const MAX_PREVIEW_CHARACTERS: usize = 30_720;

const STATUSES: [&str; 6] = ["ACCEPT", "READ", "ACCESS", "NACK", "ACTION", "ENRICH"];
const CHAT_STATES: [&str; 6] = ["ACTIVE", "INACTIVE", "GONE", "COMPOSING", "PAUSE", "BACKGROUND"];
/// What a preview may be. SVG is not among them, because it may hold scripts.
const PREVIEW_TYPES: [&str; 4] = ["jpeg", "jpg", "png", "gif"];
const FILE_TYPES: [&str; 7] = ["JPG", "JPEG", "PNG", "GIF", "IMG", "TXT", "PDF"];

impl Event {
    /// Checks an `event` object and puts it into the form that is relayed.
    ///
    /// # Errors
    /// [`EventError`] names the first rule that is broken.
    pub fn from_js(event: JsValue) -> Result<Self, EventError> {
        let JsValue::Object(mut members) = event else {
            return Err(EventError("event must be an object"));
        };
        let mut file = None;
        let kind = match members.get("type").and_then(JsValue::as_text) {
            Some("ContentEvent") => {
                file = check_content(&mut members)?;
                members.lead_with(&["type", "message", "contentType"]);
                EventKind::Content
            }
            Some("RichContentEvent") => {
                // An old schema calls the payload `message`; it is stored and relayed as `content` (spec 21 §7.3).
                if members.get("content").is_none()
                    && let Some(payload) = members.take("message")
                {
                    members.set("content", payload);
                }
                if members.get("content").and_then(JsValue::as_object).is_none() {
                    return Err(EventError("event.content must be an object"));
                }
                members.lead_with(&["type", "content"]);
                EventKind::RichContent
            }
            Some("AcceptStatusEvent") => {
                check_receipt(&mut members)?;
                members.lead_with(&["type", "status", "sequenceList"]);
                EventKind::AcceptStatus
            }
            Some("ChatStateEvent") => {
                check_word(&members, "chatState", &CHAT_STATES, "event.chatState is not a known state")?;
                members.lead_with(&["type", "chatState"]);
                EventKind::ChatState
            }
            _ => return Err(EventError("event.type is not a known event")),
        };
        let (file, preview_characters) = file.map_or((None, 0), |file| (Some(file.path), file.preview));
        Ok(Self { kind, json: JsValue::Object(members).to_json(), preview_characters, file })
    }
}

fn check_word(
    members: &Members,
    name: &str,
    words: &[&str],
    message: &'static str,
) -> Result<(), EventError> {
    match members.get(name).and_then(JsValue::as_text) {
        Some(word) if words.contains(&word) => Ok(()),
        _ => Err(EventError(message)),
    }
}

/// A checked `message` of a file.
struct HostedFile {
    path: Box<str>,
    /// The characters of the preview.
    preview: usize,
}

fn check_content(members: &mut Members) -> Result<Option<HostedFile>, EventError> {
    let content_type = members.get("contentType").and_then(JsValue::as_text);
    match content_type {
        Some("text/plain") => match members.get("message") {
            Some(JsValue::Text(_)) => Ok(None),
            _ => Err(EventError("event.message must be a string")),
        },
        Some("hosted/file") => check_file(members).map(Some),
        Some("forms/secure-invitation" | "forms/secure-submission") => match members.get("message") {
            Some(JsValue::Object(_)) => Ok(None),
            _ => Err(EventError("event.message must be an object")),
        },
        Some(_) => Err(EventError("event.contentType is not a known content type")),
        None => Err(EventError("event.contentType is missing")),
    }
}

fn check_file(members: &mut Members) -> Result<HostedFile, EventError> {
    let Some(JsValue::Object(mut file)) = members.take("message") else {
        return Err(EventError("event.message must be an object"));
    };
    let path = file.get("relativePath").and_then(JsValue::as_text).filter(|path| !path.is_empty());
    let path: Box<str> = path.ok_or(EventError("event.message.relativePath is missing"))?.into();
    check_word(&file, "fileType", &FILE_TYPES, "event.message.fileType is not a known file type")?;
    for optional in ["caption", "preview"] {
        // Receivers know a string or no member.
        if file.get(optional) == Some(&JsValue::Null) {
            file.take(optional);
        }
    }
    if file.get("caption").is_some_and(|caption| caption.as_text().is_none()) {
        return Err(EventError("event.message.caption must be a string"));
    }
    let preview = match file.get("preview") {
        None => 0,
        Some(JsValue::Text(preview)) => check_preview(preview)?,
        Some(_) => return Err(EventError("event.message.preview must be a string")),
    };
    file.lead_with(&["caption", "relativePath", "fileType", "preview"]);
    members.set("message", JsValue::Object(file));
    Ok(HostedFile { path, preview })
}

/// Receivers put a preview into the source of an image as it is, so it must be one and nothing else. Returns its
/// characters; an empty text stands for none.
fn check_preview(preview: &str) -> Result<usize, EventError> {
    let characters = preview.chars().count();
    if characters > MAX_PREVIEW_CHARACTERS {
        return Err(EventError("event.message.preview is too long"));
    }
    if is_image(preview) || preview.is_empty() {
        Ok(characters)
    } else {
        Err(EventError("event.message.preview must be a data URL of a JPEG, PNG or GIF in base64"))
    }
}

/// Whether this is a data URL of an image in base64. Scheme, type and parameters are written in any case. Source: RFC 2397.
fn is_image(url: &str) -> bool {
    let Some((head, data)) = url.split_once(',') else { return false };
    let head = head.to_ascii_lowercase();
    let head = head.strip_prefix("data:image/").and_then(|head| head.strip_suffix(";base64"));
    let Some(mut parts) = head.map(|head| head.split(';')) else { return false };
    let is_known = parts.next().is_some_and(|subtype| PREVIEW_TYPES.contains(&subtype));
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'-' | b'_' | b'.' | b'+');
    let data = data.trim_end_matches('=');
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    is_known
        && parts.all(|parameter| parameter.bytes().all(is_plain))
        && !data.is_empty()
        && data.bytes().all(is_base64)
}

fn check_receipt(members: &mut Members) -> Result<(), EventError> {
    check_word(members, "status", &STATUSES, "event.status is not a known status")?;
    let list = match members.take("sequenceList") {
        Some(JsValue::Array(list)) => list,
        // A lone integer stands for a list of one (spec 05 §4.2).
        Some(number @ JsValue::Number(_)) => vec![number],
        _ => return Err(EventError("event.sequenceList must be an array of integers")),
    };
    // An empty list is accepted: the official sample sends READ for "all unread", which may be none.
    if list.iter().any(|number| number.as_integer().is_none_or(|n| n < 0)) {
        return Err(EventError("event.sequenceList must hold integers from 0"));
    }
    members.set("sequenceList", JsValue::Array(list));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &str = "data:image/png;base64,";

    fn event(text: &str) -> Result<Event, EventError> {
        Event::from_js(JsValue::parse(text).unwrap())
    }

    #[test]
    fn members_are_put_into_the_documented_order() {
        let cases = [
            (
                r#"{"type":"ContentEvent","contentType":"text/plain","message":"Is the shop open?"}"#,
                r#"{"type":"ContentEvent","message":"Is the shop open?","contentType":"text/plain"}"#,
            ),
            (
                r#"{"sequenceList":3,"status":"READ","type":"AcceptStatusEvent"}"#,
                r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[3]}"#,
            ),
            (
                r#"{"quickReplies":{"type":"quickReplies"},"message":{"type":"vertical"},"type":"RichContentEvent"}"#,
                r#"{"type":"RichContentEvent","content":{"type":"vertical"},"quickReplies":{"type":"quickReplies"}}"#,
            ),
            (
                r#"{"contentType":"hosted/file","type":"ContentEvent","message":{"fileType":"PNG","preview":"data:image/png;base64,iVBORw0KGgo=","relativePath":"/v1/x","caption":"Map"}}"#,
                r#"{"type":"ContentEvent","message":{"caption":"Map","relativePath":"/v1/x","fileType":"PNG","preview":"data:image/png;base64,iVBORw0KGgo="},"contentType":"hosted/file"}"#,
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(event(given).unwrap().json.as_str(), expected);
        }
    }

    #[test]
    fn broken_events_are_refused() {
        for text in [
            "[]",
            "{}",
            r#"{"type":"Nonsense"}"#,
            r#"{"type":"ContentEvent","message":"x"}"#,
            r#"{"type":"ContentEvent","contentType":"text/plain"}"#,
            r#"{"type":"ContentEvent","contentType":"text/plain","message":{"a":1}}"#,
            r#"{"type":"ContentEvent","contentType":"HostedFile","message":{"relativePath":"/x","fileType":"PNG"}}"#,
            r#"{"type":"ContentEvent","contentType":"hosted/file","message":[]}"#,
            r#"{"type":"ContentEvent","contentType":"hosted/file","message":{"relativePath":"/x","fileType":"EXE"}}"#,
            r#"{"type":"AcceptStatusEvent","status":"SEEN","sequenceList":[1]}"#,
            r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":["1"]}"#,
            r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[1.5]}"#,
            r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":[-1]}"#,
            r#"{"type":"AcceptStatusEvent","status":"READ"}"#,
            r#"{"type":"ChatStateEvent","chatState":"HUMMING"}"#,
            r#"{"type":"RichContentEvent","content":"text"}"#,
        ] {
            assert!(event(text).is_err(), "{text}");
        }
    }

    #[test]
    fn previews_are_counted_and_bounded() {
        let file = |preview: usize| {
            event(&format!(
                r#"{{"type":"ContentEvent","contentType":"hosted/file","message":{{"relativePath":"/x","fileType":"PNG","preview":"{PNG}{}"}}}}"#,
                "a".repeat(preview - PNG.len())
            ))
        };
        assert_eq!(file(MAX_PREVIEW_CHARACTERS).unwrap().preview_characters, MAX_PREVIEW_CHARACTERS);
        assert!(file(MAX_PREVIEW_CHARACTERS + 1).is_err());
    }

    /// Spec 07 §4: a string, or no member.
    #[test]
    fn a_caption_is_text() {
        let file = |members: &str| {
            event(&format!(
                r#"{{"type":"ContentEvent","contentType":"hosted/file","message":{{"relativePath":"/x","fileType":"PNG"{members}}}}}"#
            ))
        };
        for caption in [r#"{"x":1}"#, "[]", r#"["Map"]"#, "1", "true"] {
            assert!(file(&format!(r#","caption":{caption}"#)).is_err(), "{caption}");
            assert!(file(&format!(r#","preview":{caption}"#)).is_err(), "{caption}");
        }
        let none = file("").unwrap();
        assert_eq!(file(r#","caption":null,"preview":null"#).unwrap(), none);
        assert!(none.json.as_str().contains(r#""message":{"relativePath":"/x","fileType":"PNG"}"#));
        assert!(file(r#","caption":"""#).unwrap().json.as_str().contains(r#"{"caption":"","relativePath""#));
    }

    #[test]
    fn a_preview_is_an_image_in_a_data_url() {
        let file = |preview: &str| {
            let preview = serde_json::Value::from(preview);
            event(&format!(
                r#"{{"type":"ContentEvent","contentType":"hosted/file","message":{{"relativePath":"/x","fileType":"PNG","preview":{preview}}}}}"#
            ))
        };
        for preview in [
            "",
            "data:image/jpeg;base64,/9j/4AAQ",
            "data:image/gif;base64,R0lGODlh",
            "data:image/png;base64,iVBORw0KGgo=",
            "data:image/png;charset=utf-8;base64,iVBORw0KGgo=",
            "DATA:IMAGE/PNG;BASE64,iVBORw0KGgo=",
        ] {
            assert_eq!(file(preview).unwrap().file.as_deref(), Some("/x"), "{preview}");
        }
        for preview in [
            "iVBORw0KGgo=",
            "data:",
            "data:image/png;base64,",
            "data:image/png;base64,=",
            "data:image/png,iVBORw0KGgo=",
            "data:image/svg+xml;base64,PHN2Zz4=",
            "data:text/html;base64,PGI+",
            "data:image/webp;base64,AA",
            "data:image/png,AA",
            "data:image/png;x\"y;base64,AA",
            "data:image/png;x y;base64,AA",
            "data:image/png;base64,iVBO\"onerror=alert(1)",
            "javascript:alert(1)",
            "https://example.org/x.png",
            " data:image/png;base64,iVBO",
        ] {
            assert!(file(preview).is_err(), "{preview}");
        }
    }
}
