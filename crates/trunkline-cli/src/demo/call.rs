//! One request of the demo.

use http::Method;
use trunkline_wire::json::{JsValue, Members};

use super::screen::{brief, shorten};

/// Header names of the Send API and their tokens.
const ON_BEHALF: &str = "x-lp-on-behalf";

/// A request to make and to print.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Call {
    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn post(url: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(url) }
    }

    #[must_use]
    pub(crate) fn authorization(self, value: impl Into<String>) -> Self {
        self.header("authorization", value)
    }

    #[must_use]
    pub(crate) fn on_behalf(self, token: &str) -> Self {
        self.header(ON_BEHALF, token)
    }

    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub(crate) fn json(self, body: &serde_json::Value) -> Self {
        Self { body: Some(ordered(body)), ..self }.header("content-type", "application/json")
    }

    /// The request as it is printed: method and URL, headers that carry tokens, the body.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} {}", self.method, without_secrets(&self.url))];
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != "content-type") {
            lines.push(match value.split_once(' ') {
                Some((scheme, token)) => format!("{name}: {scheme} {}", shorten(token)),
                None => format!("{name}: {}", shorten(value)),
            });
        }
        if let Some(body) = &self.body {
            lines.extend(JsValue::parse(body).map_or_else(|_| vec![shorten(body)], |value| brief(&value)));
        }
        lines
    }
}

/// The members that the spec's examples show first.
const LEADING: [&str; 10] = [
    "kind",
    "id",
    "username",
    "client_name",
    "field",
    "type",
    "brandId",
    "dialogId",
    "conversationId",
    "contentType",
];

/// JSON in the order in which the spec shows it: what is printed is what is sent.
fn ordered(value: &serde_json::Value) -> String {
    JsValue::parse(&value.to_string())
        .map_or_else(|_| value.to_string(), |value| lead(value).to_json().as_str().to_owned())
}

fn lead(value: JsValue) -> JsValue {
    match value {
        JsValue::Array(list) => JsValue::Array(list.into_iter().map(lead).collect()),
        JsValue::Object(members) => {
            let mut ordered = Members::default();
            for (name, value) in members.iter() {
                ordered.set(name, lead(value.clone()));
            }
            ordered.lead_with(&LEADING);
            JsValue::Object(ordered)
        }
        plain => plain,
    }
}

fn without_secrets(url: &str) -> String {
    match url.split_once("client_secret=") {
        Some((before, after)) => {
            let rest = after.find('&').map_or("", |end| &after[end..]);
            format!("{before}client_secret=…{rest}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_are_not_printed() {
        let call = Call::post("https://h/app/token?client_id=a&client_secret=m4q0v7t2&v=1.0")
            .authorization("Bearer 0123456789012345678901234567890123456789012345678901234567890123")
            .json(&serde_json::json!({"username": "ada", "password": "correct horse"}));
        assert_eq!(
            call.lines(),
            [
                "POST https://h/app/token?client_id=a&client_secret=…&v=1.0",
                "authorization: Bearer 012345678901…",
                r#"{"username": "ada", "password": "…"}"#,
            ]
        );
    }
}
