//! `POST /api/account/{account}/login`: agents, bots and admins sign in. Source: spec 20 §3, 02 §2.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domains::BaseUris;
use crate::{AgentId, Auth, Endpoint, EpochMillis, UserId};

/// The path; `v` is 1.1, 1.2, 1.3 or absent, and all are the same.
pub const LOGIN_PATH: &str = "/api/account/{account}/login";

/// Credentials of one of three kinds; the first kind that is complete counts. Source: spec 20 §3.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LoginRequest {
    /// The login name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A SAML assertion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion: Option<String>,
    /// API key of a bot: the consumer key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_key: Option<String>,
    /// API key of a bot: the consumer secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// API key of a bot: the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// API key of a bot: the token secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_secret: Option<String>,
}

impl LoginRequest {
    /// A login by password.
    pub fn password(username: String, password: String) -> Self {
        Self { username: Some(username), password: Some(password), ..Self::default() }
    }
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginRequest(…)")
    }
}

impl Endpoint for LoginRequest {
    const METHOD: http::Method = http::Method::POST;
    const PATH: &'static str = LOGIN_PATH;
    const AUTH: Auth = Auth::Credentials;
    type Response = LoginResponse;
}

/// A session. Source: spec 20 §3.1.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoginResponse {
    /// Goes into the body of refresh and logout.
    pub csrf: String,
    /// Opaque.
    pub wsuk: String,
    /// The user.
    pub config: LoginConfig,
    /// Where the services are; the official sample reads its hosts from here.
    pub csds_collection_response: BaseUris,
    /// The account.
    pub account_data: AccountData,
    /// How long the session lives without a refresh, milliseconds in a string. The odd spelling is the contract.
    #[serde(rename = "sessionTTl")]
    pub session_ttl: String,
    /// Goes into `Authorization: Bearer` and into WebSocket paths. Shape: 64 hex characters.
    pub bearer: String,
    /// The value of the `Session_id` cookie.
    pub session_id: String,
}

impl fmt::Debug for LoginResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginResponse").field("config", &self.config).finish_non_exhaustive()
    }
}

impl LoginResponse {
    /// A session of a user; the bearer, csrf token and session id are random.
    pub fn new(
        config: LoginConfig,
        base_uris: BaseUris,
        session_ttl: std::time::Duration,
        bearer: String,
        csrf: String,
        session_id: String,
    ) -> Self {
        let group = AgentGroup { id: -1, deleted: false, name: "Main Group".to_owned() };
        Self {
            csrf,
            wsuk: config.user_id.to_string(),
            config,
            csds_collection_response: base_uris,
            account_data: AccountData { agent_groups_data: AgentGroups { items: vec![group], revision: 0 } },
            session_ttl: session_ttl.as_millis().to_string(),
            bearer,
            session_id,
        }
    }
}

/// The user who signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoginConfig {
    /// The login name.
    pub login_name: String,
    /// The number inside the account.
    pub user_id: UserId,
    /// The stable id.
    pub user_pid: AgentId,
    /// What the user may do: 1 take conversations, 2 manage all of them, 3 administer the account. Our numbers.
    pub user_privileges: Vec<u32>,
    /// The server's time.
    pub server_current_time: EpochMillis,
    /// Milliseconds between the account's time zone and UTC: 0.
    pub time_diff: i64,
    /// The server's time zone.
    pub server_time_zone_name: String,
    /// The same as an offset.
    #[serde(rename = "serverTimeGMTDiff")]
    pub server_time_gmt_diff: String,
    /// Whether the user belongs to the operator of the platform: never.
    #[serde(rename = "isLPA")]
    pub is_lpa: bool,
    /// Whether the user administers the account.
    pub is_admin: bool,
    /// The account's time zone.
    pub account_time_zone_id: String,
}

impl LoginConfig {
    /// Describes a user; all times are UTC.
    pub fn new(
        login_name: String,
        user: UserId,
        agent: AgentId,
        user_privileges: Vec<u32>,
        is_admin: bool,
        now: EpochMillis,
    ) -> Self {
        Self {
            login_name,
            user_id: user,
            user_pid: agent,
            user_privileges,
            server_current_time: now,
            time_diff: 0,
            server_time_zone_name: "UTC".to_owned(),
            server_time_gmt_diff: "+00:00".to_owned(),
            is_lpa: false,
            is_admin,
            account_time_zone_id: "UTC".to_owned(),
        }
    }
}

/// The account, as far as clients want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountData {
    /// The groups of agents.
    pub agent_groups_data: AgentGroups,
}

/// The groups of agents: always the one main group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentGroups {
    /// The groups.
    pub items: Vec<AgentGroup>,
    /// Their revision.
    pub revision: i64,
}

/// A group of agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentGroup {
    /// The number, −1 for the main group.
    pub id: i64,
    /// Whether it is deleted.
    pub deleted: bool,
    /// The name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn response() -> LoginResponse {
        LoginResponse::new(
            LoginConfig::new(
                "bot".to_owned(),
                UserId::parse("282467514").unwrap(),
                AgentId::parse("393c6873-756d-54af-86e1-8795d57eba14").unwrap(),
                vec![1],
                false,
                EpochMillis(1_700_000_000_000),
            ),
            BaseUris { base_uris: Vec::new() },
            Duration::from_hours(8),
            "bearer-1".to_owned(),
            "csrf-1".to_owned(),
            "sess-1".to_owned(),
        )
    }

    #[test]
    fn the_body_has_every_documented_member() {
        assert_eq!(
            serde_json::to_string(&response()).unwrap(),
            concat!(
                r#"{"csrf":"csrf-1","wsuk":"282467514","config":{"loginName":"bot","userId":"282467514","#,
                r#""userPid":"393c6873-756d-54af-86e1-8795d57eba14","userPrivileges":[1],"#,
                r#""serverCurrentTime":1700000000000,"timeDiff":0,"serverTimeZoneName":"UTC","#,
                r#""serverTimeGMTDiff":"+00:00","isLPA":false,"isAdmin":false,"accountTimeZoneId":"UTC"},"#,
                r#""csdsCollectionResponse":{"baseURIs":[]},"accountData":{"agentGroupsData":{"items":"#,
                r#"[{"id":-1,"deleted":false,"name":"Main Group"}],"revision":0}},"sessionTTl":"28800000","#,
                r#""bearer":"bearer-1","sessionId":"sess-1"}"#
            )
        );
    }

    #[test]
    fn the_observed_bodies_are_read() {
        let request: LoginRequest = serde_json::from_str(r#"{"username":"bot","password":"pw"}"#).unwrap();
        assert_eq!(request, LoginRequest::password("bot".to_owned(), "pw".to_owned()));
        let request: LoginRequest = serde_json::from_str(r#"{"jwt":"dummy","assertion":"x"}"#).unwrap();
        assert_eq!(request.assertion.as_deref(), Some("x"));
        let request: LoginRequest = serde_json::from_str(
            r#"{"username":"b","appKey":"1","secret":"2","accessToken":"3","accessTokenSecret":"4"}"#,
        )
        .unwrap();
        assert_eq!(request.access_token_secret.as_deref(), Some("4"));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", response()).contains("bearer-1"));
        assert!(!format!("{:?}", LoginRequest::password("u".to_owned(), "pw".to_owned())).contains("pw"));
    }
}
