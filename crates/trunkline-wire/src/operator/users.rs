//! `/operator/v1/accounts/{account}/users`: agents, bots, managers and admins.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{Done, PageQuery};
use crate::{AccountId, AgentId, Auth, Endpoint, EpochMillis, UserId};

/// Where users are created and listed.
pub const PATH: &str = "/operator/v1/accounts/{account}/users";
/// Sets a password.
pub const PASSWORD_PATH: &str = "/operator/v1/accounts/{account}/users/{login_name}/password";
/// Disables a user.
pub const DISABLE_PATH: &str = "/operator/v1/accounts/{account}/users/{login_name}/disable";

/// What a user may do. A later role includes the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum UserRole {
    /// Takes conversations.
    Agent,
    /// Sees and steers all conversations of the account.
    Manager,
    /// Also manages app installations and users.
    Admin,
}

impl UserRole {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }
}

/// Creates a user; 201.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateUser {
    /// The login name, unique in the account, 1 to 128 characters.
    pub login_name: String,
    /// What the user may do.
    pub role: UserRole,
    /// The first password.
    pub password: String,
}

impl CreateUser {
    /// Creates the user `login_name`.
    pub fn new(login_name: String, role: UserRole, password: String) -> Self {
        Self { login_name, role, password }
    }
}

/// A user. Passwords are stored hashed and never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The account.
    pub account: AccountId,
    /// The number, unique in the account: `config.userId` of a login.
    pub id: UserId,
    /// The id that consumers and webhooks see: `config.userPid` of a login.
    pub agent_id: AgentId,
    /// The login name.
    pub login_name: String,
    /// What the user may do.
    pub role: UserRole,
    /// False once the user was disabled.
    pub enabled: bool,
    /// When the user was created.
    pub created_at: EpochMillis,
}

impl Endpoint for CreateUser {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = UserInfo;
}

/// Lists the users of an account by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListUsers(pub PageQuery);

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    /// The users, by number.
    pub users: Vec<UserInfo>,
    /// Where the next page starts; `null` at the end.
    pub next: Option<UserId>,
}

impl Endpoint for ListUsers {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = UserList;
}

/// Sets a user's password and ends the user's sessions.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetPassword {
    /// The new password.
    pub password: String,
}

impl SetPassword {
    /// Sets the password to this.
    pub fn new(password: String) -> Self {
        Self { password }
    }
}

impl Endpoint for SetPassword {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = PASSWORD_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}

/// Disables a user: no login any more, sessions end at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisableUser {}

impl Endpoint for DisableUser {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = DISABLE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = Done;
}
