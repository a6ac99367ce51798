//! `POST /sentinel/api/account/{account}/app/token` and its v2: client credentials for an AppJWT. Source: spec 03 §1–3.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::parameters::{NAMES, ParameterError, Place, join, read};
use crate::{AppInstallationId, Auth, Endpoint};

/// The path of v1, called with `v=1.0`.
pub const TOKEN_PATH_V1: &str = "/sentinel/api/account/{account}/app/token";
/// The path of v2, called without `v`.
pub const TOKEN_PATH_V2: &str = "/sentinel/api/v2/account/{account}/app/token";
/// The only grant.
pub const GRANT_CLIENT_CREDENTIALS: &str = "client_credentials";

/// Asks for an AppJWT. As read from a request every parameter may be missing.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenRequest {
    /// `1.0` in v1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v: Option<String>,
    /// `client_credentials`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// The app installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Scopes wanted, separated by spaces; absent for all the app has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl TokenRequest {
    /// A v1 request.
    pub fn new(client_id: AppInstallationId, client_secret: String) -> Self {
        Self {
            v: Some("1.0".to_owned()),
            grant_type: Some(GRANT_CLIENT_CREDENTIALS.to_owned()),
            client_id: Some(client_id.to_string()),
            client_secret: Some(client_secret),
            scope: None,
        }
    }

    /// Reads the parameters from query and form body, in whichever of the two each stands (variants A to D of spec 03
    /// §2). `content_type` does not matter when the body is empty.
    ///
    /// # Errors
    /// See [`ParameterError`].
    pub fn read(
        query: Option<&str>,
        content_type: Option<&[u8]>,
        body: &[u8],
    ) -> Result<Self, ParameterError> {
        if !body.is_empty() && content_type.is_some_and(|content_type| !is_form(content_type)) {
            return Err(ParameterError::ContentType);
        }
        let query = read(query.unwrap_or_default().as_bytes(), Place::Query)?;
        let [v, grant_type, client_id, client_secret, scope] =
            join(query, read(body, Place::Body)?)?.map(|value| value.map(std::borrow::Cow::into_owned));
        Ok(Self { v, grant_type, client_id, client_secret, scope })
    }

    /// Writes the parameters as a query or form body.
    pub fn to_form(&self) -> String {
        let values = [&self.v, &self.grant_type, &self.client_id, &self.client_secret, &self.scope];
        let mut form = String::new();
        for (name, value) in NAMES.iter().zip(values) {
            let Some(value) = value else { continue };
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(name);
            form.push('=');
            encode(value, &mut form);
        }
        form
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Endpoint for TokenRequest {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = TOKEN_PATH_V1;
    const AUTH: Auth = Auth::Credentials;
    type Response = TokenResponse;
}

/// An AppJWT. There is no `expires_in`; the token says it. Source: spec 03 §3.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
}

impl TokenResponse {
    /// Wraps a token.
    pub fn new(access_token: String) -> Self {
        Self { access_token, token_type: "Bearer".to_owned() }
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenResponse(…)")
    }
}

fn is_form(content_type: &[u8]) -> bool {
    let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
    content_type[..end].trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests;
