//! `context` of a raw conversation: the context it was opened with, and the consumer's client.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::ShownClientProperties;
use crate::JsonText;
use crate::json::{JsValue, Members};

/// The context, with the client's properties as its last member.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    given: Option<&'a JsonText>,
    client: Option<&'a ShownClientProperties>,
}

impl<'a> Context<'a> {
    /// `None` when there is nothing to show.
    pub(super) fn of(given: Option<&'a JsonText>, client: Option<&'a ShownClientProperties>) -> Option<Self> {
        (given.is_some() || client.is_some()).then_some(Self { given, client })
    }
}

const MEMBER: &str = r#""clientProperties":"#;

impl Serialize for Context<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(client) = self.client else { return self.given.serialize(serializer) };
        let given = self.given.map_or("{}", JsonText::as_str);
        // Printed for every conversation of a snapshot: put together as text unless the client sent such a member itself.
        let text = match given.strip_suffix('}') {
            Some(open) if open.starts_with('{') && !open.contains(MEMBER) => {
                let comma = if open.len() > 1 { "," } else { "" };
                [open, comma, MEMBER, client.as_str(), "}"].concat()
            }
            _ => merged(given, client),
        };
        serde_json::from_str::<&RawValue>(&text).map_err(S::Error::custom)?.serialize(serializer)
    }
}

fn merged(given: &str, client: &ShownClientProperties) -> String {
    let mut context = match JsValue::parse(given) {
        Ok(JsValue::Object(context)) => context,
        _ => Members::default(),
    };
    if let Ok(client) = JsValue::parse(client.as_str()) {
        context.set("clientProperties", client);
    }
    JsValue::Object(context).to_json().as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_shown_inside_the_context() {
        let json = |text| JsonText::normalise(text).unwrap();
        let client = ShownClientProperties::of(&json(r#"{"appId":"webAsync"}"#)).unwrap();
        let shown = r#"{"type":".ClientProperties","appId":"webAsync"}"#;
        for (given, expected) in [
            (None, format!(r#"{{"clientProperties":{shown}}}"#)),
            (Some("{}"), format!(r#"{{"clientProperties":{shown}}}"#)),
            (Some(r#"{"lang":"}"}"#), format!(r#"{{"lang":"}}","clientProperties":{shown}}}"#)),
            (Some(r#"{"clientProperties":1,"a":2}"#), format!(r#"{{"clientProperties":{shown},"a":2}}"#)),
            (Some("7"), format!(r#"{{"clientProperties":{shown}}}"#)),
        ] {
            let given = given.map(json);
            let context = Context::of(given.as_ref(), Some(&client)).unwrap();
            assert_eq!(serde_json::to_string(&context).unwrap(), expected);
        }
        let alone = json(r#"{"lang":"en-US"}"#);
        let context = Context::of(Some(&alone), None).unwrap();
        assert_eq!(serde_json::to_string(&context).unwrap(), alone.as_str());
        assert!(Context::of(None, None).is_none());
    }
}
