//! Reading the members of a request's body one by one, so that an error can name the rule.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::identity::{Reference, UserRef};
use crate::SkillId;
use crate::json::{JsValue, Members};

/// Which rule a request breaks. The client's own text is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(pub(super) Cow<'static, str>);

impl Broken {
    pub(super) fn new(rule: impl Into<Cow<'static, str>>) -> Self {
        Self(rule.into())
    }

    /// More characters than a request may have (spec 05 §6.2).
    pub(super) fn too_large() -> Self {
        Self::new("the request is too large")
    }
}

/// The members of an object; `null` counts as absent.
#[derive(Debug, Default)]
pub(super) struct Body(pub(super) Members);

impl Body {
    /// Reads `body`, which may be missing.
    pub(super) fn read(raw: Option<&RawValue>) -> Result<Self, Broken> {
        match raw.map(|raw| JsValue::parse(raw.get())) {
            None | Some(Ok(JsValue::Null)) => Ok(Self::default()),
            Some(Ok(JsValue::Object(members))) => Ok(Self(members)),
            // What a client writes that builds bodies as text and has nothing to say.
            Some(Ok(JsValue::Text(text))) if text.is_empty() => Ok(Self::default()),
            Some(Ok(_)) => Err(Broken::new("body must be an object")),
            Some(Err(_)) => Err(Broken::new("body is not valid JSON")),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&JsValue> {
        self.0.get(name).filter(|value| **value != JsValue::Null)
    }

    /// Text, of at most `max` characters.
    pub(super) fn text(&self, name: &str, max: usize) -> Result<Option<&str>, Broken> {
        match self.get(name) {
            None => Ok(None),
            Some(JsValue::Text(text)) if text.chars().count() <= max => Ok(Some(text)),
            Some(JsValue::Text(_)) => Err(Broken::new(format!("{name} must have at most {max} characters"))),
            Some(_) => Err(Broken::new(format!("{name} must be a string"))),
        }
    }

    /// Text, or a number as JavaScript prints it: ids are written both ways.
    pub(super) fn text_or_number(&self, name: &str) -> Result<Option<Cow<'_, str>>, Broken> {
        match self.get(name) {
            None => Ok(None),
            Some(JsValue::Text(text)) => Ok(Some(Cow::Borrowed(text))),
            Some(number @ JsValue::Number(_)) => Ok(Some(Cow::Owned(number.to_json().as_str().to_owned()))),
            Some(_) => Err(Broken::new(format!("{name} must be a string or a number"))),
        }
    }

    /// A whole number, also written as text.
    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, Broken> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(JsValue::Text(text)) => text.parse().ok(),
            Some(other) => other.as_integer(),
        };
        number.map(Some).ok_or_else(|| Broken::new(format!("{name} must be a whole number")))
    }

    /// One word of a closed vocabulary.
    pub(super) fn word<T>(&self, name: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Broken> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let word = value.as_text().and_then(parse);
        word.map(Some).ok_or_else(|| Broken::new(format!("{name} has no meaning here")))
    }

    /// A list, or its only element (spec 21 §2).
    pub(super) fn list(&self, name: &str) -> Option<&[JsValue]> {
        self.get(name).map(|value| match value {
            JsValue::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        })
    }

    /// An id.
    pub(super) fn reference<T: std::str::FromStr>(&self, name: &str) -> Result<Option<Reference<T>>, Broken> {
        Ok(self.text_or_number(name)?.map(|text| Reference::of(text.parse())))
    }

    /// An id that must be there.
    pub(super) fn required<T: std::str::FromStr>(&self, name: &str) -> Result<Reference<T>, Broken> {
        self.reference(name)?.ok_or_else(|| Broken::new(format!("{name} is missing")))
    }

    /// A user in either form.
    pub(super) fn user(&self, name: &str) -> Result<Option<UserRef>, Broken> {
        Ok(self.text_or_number(name)?.map(|text| UserRef::of(&text)))
    }

    /// A skill, text or number; empty counts as absent.
    pub(super) fn skill(&self, name: &str) -> Result<Option<SkillId>, Broken> {
        match self.text_or_number(name)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => {
                SkillId::parse(&text).map(Some).map_err(|error| Broken::new(format!("{name}: {error}")))
            }
        }
    }

    /// `channelType` knows one word (spec 05 §3.1).
    pub(super) fn check_channel(&self) -> Result<(), Broken> {
        match self.get("channelType") {
            None => Ok(()),
            Some(channel) if channel.as_text() == Some("MESSAGING") => Ok(()),
            Some(_) => Err(Broken::new("channelType must be MESSAGING")),
        }
    }
}
