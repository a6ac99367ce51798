//! `/operator/v1/accounts/{account}/users/{login_name}/keys`: API keys, with which bots sign in. Source: spec 20 §3, row 3.
//!
//! Members are in camel case: they are those of a login.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::{AppKey, Auth, Endpoint, EpochMillis};

/// Where the keys of a user are created and listed.
pub const PATH: &str = "/operator/v1/accounts/{account}/users/{login_name}/keys";
/// One key.
pub const ONE_PATH: &str = "/operator/v1/accounts/{account}/users/{login_name}/keys/{app_key}";

/// Gives a user another API key; 201.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateUserKey {}

/// A new API key. It is shown this once; sent as it is, it is the body of a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewUserKey {
    /// The login name.
    pub username: String,
    /// Names the key.
    pub app_key: AppKey,
    /// Shape of this and the next two: 32 hex characters.
    pub secret: String,
    /// The token.
    pub access_token: String,
    /// The secret of the token.
    pub access_token_secret: String,
    /// When the key was created.
    pub created_at: EpochMillis,
}

impl fmt::Debug for NewUserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUserKey").field("app_key", &self.app_key).finish_non_exhaustive()
    }
}

impl Endpoint for CreateUserKey {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = NewUserKey;
}

/// Lists the API keys of a user, oldest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUserKeys {}

/// An API key, without what is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserKeyInfo {
    /// Names the key.
    pub app_key: AppKey,
    /// When the key was created.
    pub created_at: EpochMillis,
}

/// API keys, oldest first. A user has 20 at most, so they come all at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserKeyList {
    /// The keys.
    pub keys: Vec<UserKeyInfo>,
}

impl Endpoint for ListUserKeys {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = UserKeyList;
}

/// Revokes an API key and ends the sessions that began with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeUserKey {}

impl Endpoint for RevokeUserKey {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = ONE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idp::LoginRequest;

    #[test]
    fn a_new_key_is_the_body_of_a_login() {
        let key = NewUserKey {
            username: "bot".to_owned(),
            app_key: AppKey::parse(&"0a".repeat(16)).unwrap(),
            secret: "s".to_owned(),
            access_token: "t".to_owned(),
            access_token_secret: "ts".to_owned(),
            created_at: EpochMillis(1_700_000_000_000),
        };
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"username":"bot","appKey":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","secret":"s","#,
                r#""accessToken":"t","accessTokenSecret":"ts","createdAt":1700000000000}"#
            )
        );
        let login: LoginRequest = serde_json::from_str(&text).unwrap();
        assert_eq!(login.username.as_deref(), Some("bot"));
        assert_eq!(login.app_key.as_deref(), Some("0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"));
        let rest = [login.secret, login.access_token, login.access_token_secret];
        assert_eq!(rest.map(Option::unwrap), ["s", "t", "ts"]);
        assert!(login.password.is_none() && login.assertion.is_none());
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = r#"{"username":"b","appKey":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","secret":"hidden1","accessToken":"hidden2","accessTokenSecret":"hidden3","createdAt":1}"#;
        let key: NewUserKey = serde_json::from_str(text).unwrap();
        assert!(!format!("{key:?}").contains("hidden"));
    }
}
