//! Why no token was issued, as RFC 6749 §5.2 spells it. Source: spec 03 §6.

use serde::{Deserialize, Serialize};

/// The machine-readable reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TokenErrorCode {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// Unknown or disabled app, wrong secret, wrong account.
    InvalidClient,
    /// The app may not use this grant.
    UnauthorizedClient,
    /// Not `client_credentials`.
    UnsupportedGrantType,
    /// The app does not hold the scope.
    InvalidScope,
    /// Too many requests; try later.
    TemporarilyUnavailable,
    /// Trouble on our side.
    ServerError,
}

impl TokenErrorCode {
    /// The HTTP status. Source: spec 03 §6.
    pub const fn status(self) -> http::StatusCode {
        match self {
            Self::InvalidClient => http::StatusCode::UNAUTHORIZED,
            Self::TemporarilyUnavailable => http::StatusCode::TOO_MANY_REQUESTS,
            Self::ServerError => http::StatusCode::INTERNAL_SERVER_ERROR,
            _ => http::StatusCode::BAD_REQUEST,
        }
    }
}

/// The body of a refused token request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenError {
    /// The reason.
    pub error: TokenErrorCode,
    /// The reason in words: printable ASCII without `"` and `\`.
    #[serde(default)]
    pub error_description: String,
}

impl TokenError {
    /// A refusal; characters that RFC 6749 does not allow in the description become `'` or `?`.
    pub fn new(error: TokenErrorCode, description: &str) -> Self {
        let allowed = |character| match character {
            '"' | '`' => '\'',
            '\\' => '?',
            ' '..='~' => character,
            _ => '?',
        };
        Self { error, error_description: description.chars().map(allowed).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_refusal_has_two_members() {
        let error = TokenError::new(TokenErrorCode::InvalidClient, "unknown client");
        let text = r#"{"error":"invalid_client","error_description":"unknown client"}"#;
        assert_eq!(serde_json::to_string(&error).unwrap(), text);
        assert_eq!(serde_json::from_str::<TokenError>(text).unwrap(), error);
    }

    #[test]
    fn statuses_are_those_of_the_table() {
        for (code, status) in [
            (TokenErrorCode::InvalidRequest, 400),
            (TokenErrorCode::InvalidClient, 401),
            (TokenErrorCode::UnauthorizedClient, 400),
            (TokenErrorCode::UnsupportedGrantType, 400),
            (TokenErrorCode::InvalidScope, 400),
            (TokenErrorCode::TemporarilyUnavailable, 429),
        ] {
            assert_eq!(code.status().as_u16(), status);
        }
    }

    proptest! {
        #[test]
        fn every_description_keeps_to_the_character_set(text: String) {
            let error = TokenError::new(TokenErrorCode::InvalidRequest, &text);
            prop_assert!(error.error_description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)));
        }
    }
}
