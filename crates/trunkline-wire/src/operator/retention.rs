//! `/operator/v1/accounts/{account}/retention`: how long an account keeps the content of conversations.

use http::Method;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Auth, Endpoint};

/// Where it is shown, set and left to the configuration.
pub const PATH: &str = "/operator/v1/accounts/{account}/retention";

/// How long the content of conversations and their files are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Seconds after the end of the conversation; `null` for ever.
    #[serde(deserialize_with = "required")]
    pub content_seconds: Option<u32>,
}

/// Shows what counts, be it set or configured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowRetention {}

impl Endpoint for ShowRetention {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Retention;
}

/// Sets it for the account, whatever the server is configured to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetRetention(pub Retention);

impl Endpoint for SetRetention {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Retention;
}

/// Leaves it to the configuration of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearRetention {}

impl Endpoint for ClearRetention {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

/// `null` must be said: who forgets the member does not mean for ever.
fn required<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_ever_must_be_said() {
        for (text, expected) in
            [(r#"{"content_seconds":7776000}"#, Some(7_776_000)), (r#"{"content_seconds":null}"#, None)]
        {
            let read: SetRetention = serde_json::from_str(text).unwrap();
            assert_eq!(read.0.content_seconds, expected);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        for wrong in ["{}", r#"{"content_seconds":-1}"#, r#"{"content_seconds":"90d"}"#] {
            assert!(serde_json::from_str::<SetRetention>(wrong).is_err(), "{wrong}");
        }
    }
}
