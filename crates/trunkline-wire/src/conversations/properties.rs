//! The `Client-Properties` header. Source: spec 05 §8.

use crate::JsonText;
use crate::json::JsValue;

/// What a client says about itself. A header that cannot be used is ignored: a public client sends the literal text
/// `[object Object]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientProperties {
    /// The object as it will be shown, if the header held one.
    pub json: Option<JsonText>,
    /// The declared features, known and unknown.
    pub features: Vec<String>,
}

/// The most features kept, and the most characters of each.
const MAX_FEATURES: usize = 32;
const MAX_FEATURE_CHARACTERS: usize = 64;
/// The longest header that is kept.
const MAX_BYTES: usize = 4096;

impl ClientProperties {
    /// Reads the header's text.
    pub fn parse(header: &str) -> Self {
        if header.len() > MAX_BYTES || crate::json::check_depth(header.as_bytes(), 8).is_err() {
            return Self::default();
        }
        let Ok(value @ JsValue::Object(_)) = JsValue::parse(header) else {
            return Self::default();
        };
        let features = match value.as_object().and_then(|members| members.get("features")) {
            Some(JsValue::Array(list)) => list.iter().filter_map(JsValue::as_text).collect(),
            Some(JsValue::Text(one)) => vec![one.as_str()],
            _ => Vec::new(),
        };
        let features = features
            .into_iter()
            .filter(|feature| feature.chars().count() <= MAX_FEATURE_CHARACTERS)
            .take(MAX_FEATURES)
            .map(str::to_owned)
            .collect();
        Self { json: Some(value.to_json()), features }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_whatever_the_type_is_called() {
        for kind in [".ClientProperties", "ClientProperties", ".ams.headers.ClientProperties"] {
            let header = format!(r#"{{"type":"{kind}","features":["AUTO_MESSAGES","MULTI_DIALOG"]}}"#);
            assert_eq!(ClientProperties::parse(&header).features, ["AUTO_MESSAGES", "MULTI_DIALOG"]);
        }
    }

    #[test]
    fn the_microsoft_connectors_unusable_header_is_ignored() {
        assert_eq!(ClientProperties::parse("[object Object]"), ClientProperties::default());
    }
}
