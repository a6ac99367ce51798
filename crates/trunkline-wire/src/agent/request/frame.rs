//! The envelope of a request. Source: spec 21 §2.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Unreadable;
use crate::JsonText;
use crate::agent::{MAX_DEPTH, MAX_FRAME_BYTES};
use crate::conversations::envelope::{metadata, request_id};
use crate::json::check_depth;

/// The longest `metadata` and `encodedMetadata`, in bytes each: they are stored with what the request does.
const MAX_METADATA: usize = 16 * 1024;

/// A request whose body has not been looked at. `kind` is not looked at either: the schema requires `id` and `type` only.
pub(super) struct Frame<'a> {
    /// The frame itself.
    pub(super) text: &'a str,
    /// `id` as text.
    pub(super) id: String,
    /// `type`.
    pub(super) name: Cow<'a, str>,
    /// `body`.
    pub(super) body: Option<&'a RawValue>,
    /// `headers`.
    pub(super) headers: Option<&'a RawValue>,
    /// `metadata`, checked.
    pub(super) metadata: Option<JsonText>,
    /// `encodedMetadata`.
    pub(super) encoded_metadata: Option<Box<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawFrame<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    headers: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    encoded_metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0)
}

impl<'a> Frame<'a> {
    pub(super) fn parse(frame: &'a str) -> Result<Self, Unreadable> {
        let unreadable = |reason| Unreadable { id: None, reason: Cow::Borrowed(reason) };
        if frame.len() > MAX_FRAME_BYTES {
            return Err(unreadable("the frame is too large"));
        }
        let raw: RawFrame<'a> =
            serde_json::from_str(frame).map_err(|_| unreadable("the frame is no request object"))?;
        let Some(id) = raw.id.and_then(|id| request_id(id.get())) else {
            return Err(unreadable("id must be a number or 1 to 64 characters"));
        };
        let bad = |reason| Unreadable { id: Some(id.clone()), reason: Cow::Borrowed(reason) };
        // Before anything is read by recursion.
        if check_depth(frame.as_bytes(), MAX_DEPTH).is_err() {
            return Err(bad("the request is nested too deeply"));
        }
        let name = raw.name.and_then(text).ok_or_else(|| bad("type is missing"))?;
        let metadata = match raw.metadata {
            None => None,
            Some(raw) => {
                Some(metadata(raw.get()).ok_or_else(|| bad("metadata must be an array of objects"))?)
            }
        };
        if metadata.as_ref().is_some_and(|metadata| metadata.as_str().len() > MAX_METADATA) {
            return Err(bad("metadata is too long"));
        }
        let encoded_metadata = match raw.encoded_metadata.map(text) {
            None => None,
            Some(Some(text)) if text.len() <= MAX_METADATA => Some(text.into_owned().into()),
            Some(Some(_)) => return Err(bad("encodedMetadata is too long")),
            Some(None) => return Err(bad("encodedMetadata must be a string")),
        };
        Ok(Self { text: frame, id, name, body: raw.body, headers: raw.headers, metadata, encoded_metadata })
    }
}
