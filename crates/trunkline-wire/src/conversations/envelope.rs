//! The envelope around every request of the Send API, and around its results. Source: spec 05 §2.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::JsonText;
use crate::json::JsValue;

/// A request object whose body has not been looked at yet.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// `id` as text: what the result's `reqId` says. Empty if the request had no usable one.
    pub id: String,
    /// `type`.
    pub kind: Cow<'a, str>,
    /// `body`, if there is one.
    pub body: Option<&'a RawValue>,
    /// `metadata`, if there is some: an array of objects.
    pub metadata: Option<JsonText>,
}

/// A request that cannot be understood, with the id to answer to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("request {id:?}: {reason}")]
pub struct BadRequest {
    /// What `reqId` should say; empty if unknown.
    pub id: String,
    /// Which rule was broken, for logs.
    pub reason: String,
}

#[derive(Deserialize)]
struct RawEnvelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads a request object.
    ///
    /// # Errors
    /// [`BadRequest`] when the text is no object, `id` or `type` is missing or malformed, or `metadata` is no array of
    /// objects.
    pub fn parse(text: &'a str) -> Result<Self, BadRequest> {
        let raw: RawEnvelope<'a> =
            serde_json::from_str(text).map_err(|_| BadRequest::new("", "not a request object"))?;
        let id = raw.id.and_then(|id| request_id(id.get()));
        let Some(id) = id else {
            return Err(BadRequest::new("", "id must be a number or 1 to 64 characters"));
        };
        let Some(kind) = raw.kind.and_then(|kind| serde_json::from_str::<Text<'a>>(kind.get()).ok()) else {
            return Err(BadRequest::new(&id, "type is missing"));
        };
        let metadata = match raw.metadata.map(RawValue::get) {
            None | Some("null") => None,
            Some(text) => Some(
                metadata(text).ok_or_else(|| BadRequest::new(&id, "metadata must be an array of objects"))?,
            ),
        };
        Ok(Self { id, kind: kind.0, body: raw.body, metadata })
    }

    /// The body as a type of its own.
    ///
    /// # Errors
    /// [`BadRequest`] when it is missing or of another shape.
    pub fn body<T: Deserialize<'a>>(&self) -> Result<T, BadRequest> {
        let body = self.body.ok_or_else(|| BadRequest::new(&self.id, "body is missing"))?;
        serde_json::from_str(body.get()).map_err(|error| BadRequest::new(&self.id, &error.to_string()))
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl BadRequest {
    /// A request that broke a rule.
    pub fn new(id: &str, reason: &str) -> Self {
        Self { id: id.to_owned(), reason: reason.to_owned() }
    }
}

/// `id` may be a string of 1 to 64 characters or a number; a number is answered as JavaScript would print it.
pub(crate) fn request_id(raw: &str) -> Option<String> {
    match JsValue::parse(raw).ok()? {
        JsValue::Text(text) if (1..=64).contains(&text.chars().count()) => Some(text),
        number @ JsValue::Number(_) => Some(number.to_json().as_str().to_owned()),
        _ => None,
    }
}

/// An array of objects, or one object standing for an array of one.
pub(crate) fn metadata(raw: &str) -> Option<JsonText> {
    let list = match JsValue::parse(raw).ok()? {
        JsValue::Array(list) => list,
        object @ JsValue::Object(_) => vec![object],
        _ => return None,
    };
    list.iter().all(|element| element.as_object().is_some()).then(|| JsValue::Array(list).to_json())
}

/// The result of one request object that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success<B> {
    /// The request's id as text.
    #[serde(rename = "reqId")]
    pub req_id: String,
    /// `OK`.
    pub code: Code,
    /// What the request yields.
    pub body: B,
}

impl<B> Success<B> {
    /// A success.
    pub fn new(req_id: String, body: B) -> Self {
        Self { req_id, code: Code::Ok, body }
    }
}

/// The text code of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// Success.
    #[serde(rename = "OK")]
    Ok,
    /// Failure of this request object.
    #[serde(rename = "BAD_REQUEST")]
    BadRequest,
}

/// A body that is only a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The text.
    pub msg: Cow<'static, str>,
}

/// `body.msg` after a profile was set.
pub const PROFILE_SET: &str = "OK User Profile set successfully";
/// `body.msg` after a conversation or dialog was closed.
pub const RESOLVED: &str = "OK Conversation resolved successfully";
/// `body.msg` after any other change of a field.
pub const UPDATED: &str = "OK";
/// `body.msg` of a request that cannot be understood or may not be done.
pub const BAD_REQUEST: &str = "Bad Request";
/// `body.msg` of a request to a closed conversation.
pub const CLOSED: &str = "Bad Request, Conversation is close";

/// The answer to a consumer who has an open conversation and wants another. Source: spec 05 §6.2.
pub fn already_open(consumer: crate::ConsumerId) -> String {
    format!(
        "Consumer request conversation failed: User {consumer} already has open conversation. Can't open another one."
    )
}

/// A result whose body is a text, in the member order that the documents print for failures and for CONVERSATION.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextResult {
    /// `OK` or `BAD_REQUEST`.
    pub code: Code,
    /// The text.
    pub body: Message,
    /// The request's id as text, empty if unknown.
    #[serde(rename = "reqId")]
    pub req_id: String,
}

impl TextResult {
    /// A failure with this text.
    pub fn failure(req_id: String, msg: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::BadRequest, body: Message { msg: msg.into() }, req_id }
    }

    /// A success with this text.
    pub fn success(req_id: String, msg: &'static str) -> Self {
        Self { code: Code::Ok, body: Message { msg: msg.into() }, req_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_echoed_as_text() {
        for (id, expected) in [(r#""1,""#, "1,"), ("3", "3"), ("1.0", "1"), (r#""a\u0031""#, "a1")] {
            let text = format!(r#"{{"kind":"req","id":{id},"type":"x"}}"#);
            assert_eq!(Envelope::parse(&text).unwrap().id, expected);
        }
    }

    #[test]
    fn envelopes_without_id_or_type_are_refused_with_what_is_known() {
        let long = format!(r#"{{"id":"{}","type":"x"}}"#, "a".repeat(65));
        for (text, id) in [
            ("[]", ""),
            ("7", ""),
            ("{", ""),
            (r#"{"type":"x"}"#, ""),
            (r#"{"id":"","type":"x"}"#, ""),
            (r#"{"id":null,"type":"x"}"#, ""),
            (r#"{"id":"7"}"#, "7"),
            (r#"{"id":"7","type":3}"#, "7"),
            (r#"{"id":"7","type":"x","metadata":[1]}"#, "7"),
            (long.as_str(), ""),
        ] {
            assert_eq!(Envelope::parse(text).unwrap_err().id, id, "{text}");
        }
    }

    #[test]
    fn metadata_is_normalised_and_one_object_stands_for_a_list() {
        let text = r#"{"id":1,"type":"x","metadata":{ "type" : "ExternalId" , "id" : "\u0041" }}"#;
        assert_eq!(
            Envelope::parse(text).unwrap().metadata.unwrap().as_str(),
            r#"[{"type":"ExternalId","id":"A"}]"#
        );
    }

    #[test]
    fn results_print_as_documented() {
        let failure = TextResult::failure("7".to_owned(), CLOSED);
        assert_eq!(
            serde_json::to_string(&failure).unwrap(),
            r#"{"code":"BAD_REQUEST","body":{"msg":"Bad Request, Conversation is close"},"reqId":"7"}"#
        );
    }
}
