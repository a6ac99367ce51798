//! Headers inside a frame: browsers cannot set those of the handshake. Source: spec 24 §3.1.

use std::fmt;

use crate::agent::body::Broken;
use crate::conversations::properties::ClientProperties;
use crate::json::{JsValue, Members};

/// What the headers of `InitConnection` say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers {
    /// `ClientProperties`: what the client says about itself.
    pub client_properties: Option<ClientProperties>,
    /// `ConsumerAuthentication`: the consumer's token; absent when it came with the handshake.
    pub token: Option<ConsumerToken>,
}

/// A consumer's token, not checked: any text, which may be none of a token. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsumerToken(Box<str>);

impl ConsumerToken {
    /// What stands for a token that is there and cannot be read. It is refused like every wrong one.
    pub fn unreadable() -> Self {
        Self("".into())
    }

    /// Reads the value of an `Authorization` header or of `jwt`: an optional scheme word, `jwt` or `Bearer` in any case, is
    /// stripped (spec 24 §1).
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let token = match text.split_once(' ') {
            Some((scheme, rest)) if is_scheme(scheme) => rest.trim_start(),
            _ => text,
        };
        Self(token.into())
    }

    /// The token, to be verified.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("jwt") || word.eq_ignore_ascii_case("bearer")
}

impl fmt::Debug for ConsumerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsumerToken(…)")
    }
}

impl Headers {
    /// Reads a list of header objects, or its only element. Headers of other types are ignored; of two of one type the last
    /// counts.
    pub(super) fn read(raw: &str) -> Result<Self, Broken> {
        let list = match JsValue::parse(raw) {
            Ok(JsValue::Array(list)) => list,
            Ok(one @ JsValue::Object(_)) => vec![one],
            _ => return Err(Broken::new("headers must be an array of objects")),
        };
        let mut headers = Self::default();
        for header in list {
            let JsValue::Object(header) = header else {
                return Err(Broken::new("headers must be an array of objects"));
            };
            headers.take(header);
        }
        Ok(headers)
    }

    fn take(&mut self, header: Members) {
        // Spelled `.ams.headers.ClientProperties`, `.ClientProperties` and `ClientProperties` (spec 05 §8).
        let kind = header.get("type").and_then(JsValue::as_text).and_then(|kind| kind.rsplit('.').next());
        match kind {
            Some("ClientProperties") => {
                let properties = JsValue::Object(header).to_json();
                self.client_properties = Some(ClientProperties::parse(properties.as_str()));
            }
            Some("ConsumerAuthentication") => {
                let token = header.get("jwt").and_then(JsValue::as_text).map(ConsumerToken::of);
                self.token = Some(token.unwrap_or_else(ConsumerToken::unreadable));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_header_may_come_alone() {
        let both = Headers::read(
            r#"[{"type":".ams.headers.ClientProperties","deviceFamily":"DESKTOP","features":["MULTI_DIALOG"]},
                {"type":".ams.headers.ConsumerAuthentication","jwt":"a.b.c"}]"#,
        )
        .unwrap();
        assert_eq!(both.token.as_ref().map(ConsumerToken::as_str), Some("a.b.c"));
        assert_eq!(both.client_properties.as_ref().unwrap().features, ["MULTI_DIALOG"]);

        let token = Headers::read(r#"{"type":".ams.headers.ConsumerAuthentication","jwt":"a.b.c"}"#).unwrap();
        assert_eq!(token, Headers { client_properties: None, ..both });
        assert_eq!(Headers::read("[]").unwrap(), Headers::default());
        assert_eq!(Headers::read(r#"[{"type":"other"},{}]"#).unwrap(), Headers::default());
    }

    #[test]
    fn broken_headers_are_refused() {
        for raw in ["7", "null", r#"["x"]"#] {
            assert!(Headers::read(raw).is_err(), "{raw}");
        }
    }

    /// Spec 24 §3.1: it is refused as a token, not as a frame.
    #[test]
    fn credentials_without_a_token_are_a_wrong_token() {
        for jwt in ["", r#","jwt":" ""#, r#","jwt":7"#, r#","jwt":null"#] {
            let raw = format!(r#"[{{"type":"ConsumerAuthentication"{jwt}}}]"#);
            assert_eq!(Headers::read(&raw).unwrap().token, Some(ConsumerToken::unreadable()), "{raw}");
        }
    }

    #[test]
    fn scheme_words_of_the_handshake_header_are_stripped() {
        for value in ["a.b.c", "jwt a.b.c", "JWT a.b.c", "Bearer  a.b.c", " bearer a.b.c "] {
            assert_eq!(ConsumerToken::of(value).as_str(), "a.b.c", "{value}");
        }
        assert!(!format!("{:?}", ConsumerToken::of("a.b.c")).contains("a.b"));
    }
}
