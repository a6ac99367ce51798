//! What agents are shown of a client. Source: spec 22 §4, 24 §3.1.

use serde::{Serialize, Serializer};

use crate::JsonText;
use crate::json::JsValue;

/// `clientProperties` of notifications: what the client said about itself, the type in its one spelling there, and no address
/// of a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownClientProperties(JsonText);

impl ShownClientProperties {
    /// Prepares what the client sent; `None` when that is no object.
    pub fn of(properties: &JsonText) -> Option<Self> {
        let Ok(JsValue::Object(mut members)) = JsValue::parse(properties.as_str()) else { return None };
        members.take("ipAddress");
        members.set("type", JsValue::Text(".ClientProperties".to_owned()));
        members.lead_with(&["type"]);
        Some(Self(JsValue::Object(members).to_json()))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Serialize for ShownClientProperties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_do_not_see_addresses() {
        let sent = JsonText::normalise(
            r#"{"appId":"webAsync","ipAddress":"192.0.2.13","type":".ams.headers.ClientProperties"}"#,
        );
        let shown = ShownClientProperties::of(&sent.unwrap()).unwrap();
        assert_eq!(shown.as_str(), r#"{"type":".ClientProperties","appId":"webAsync"}"#);
        assert_eq!(ShownClientProperties::of(&JsonText::normalise("[]").unwrap()), None);
    }
}
