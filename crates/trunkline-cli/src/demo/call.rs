//! One request of the demo.

use bytes::Bytes;
use http::Method;
use trunkline_wire::json::{JsValue, Members};

use super::screen::{brief, shorten};

/// Header names of the Send API and their tokens.
const ON_BEHALF: &str = "x-lp-on-behalf";

/// Parameters of a query that let whoever reads them in.
const SECRET: [&str; 2] = ["client_secret", "temp_url_sig"];

/// What is sent with a request.
#[derive(Debug)]
pub(crate) enum Body {
    Json(String),
    File(Bytes),
}

/// A request to make and to print.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Body>,
}

impl Call {
    pub(crate) fn get(url: impl Into<String>) -> Self {
        Self { method: Method::GET, url: url.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn post(url: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(url) }
    }

    pub(crate) fn put(url: impl Into<String>) -> Self {
        Self { method: Method::PUT, ..Self::get(url) }
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
        Self { body: Some(Body::Json(ordered(body))), ..self }.header("content-type", "application/json")
    }

    #[must_use]
    pub(crate) fn file(self, content_type: &str, bytes: Bytes) -> Self {
        Self { body: Some(Body::File(bytes)), ..self }.header("content-type", content_type)
    }

    /// The request as it is printed: method and URL, headers that carry tokens, the body.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} {}", self.method, shown(&self.url))];
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != "content-type") {
            lines.push(match value.split_once(' ') {
                Some((scheme, token)) => format!("{name}: {scheme} {}", shorten(token)),
                None => format!("{name}: {}", shorten(value)),
            });
        }
        match &self.body {
            Some(Body::Json(body)) => {
                lines
                    .extend(JsValue::parse(body).map_or_else(|_| vec![shorten(body)], |value| brief(&value)));
            }
            Some(Body::File(bytes)) => lines.push(format!("{} bytes", bytes.len())),
            None => {}
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

/// A URL without secrets; long names in it are cut.
fn shown(url: &str) -> String {
    match url.split_once('?') {
        Some((path, query)) => {
            let parameters: Vec<_> = query.split('&').map(parameter).collect();
            format!("{}?{}", shorten(path), parameters.join("&"))
        }
        None => shorten(url),
    }
}

fn parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if SECRET.contains(&name) => format!("{name}=…"),
        _ => pair.to_owned(),
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
        let name = "51fa19b7c892b5c122cd6257ad1bbe8dcb603d88dca794c37cdd59dbfbc2c5f0.PNG";
        let call =
            Call::put(format!("https://h/v1/{name}?temp_url_sig=306a58f7&temp_url_expires=1700000060"))
                .file("image/png", Bytes::from_static(b"abc"));
        assert_eq!(
            call.lines(),
            ["PUT https://h/v1/51fa19b7c892…?temp_url_sig=…&temp_url_expires=1700000060", "3 bytes"]
        );
    }
}
