//! `/operator/v1/accounts/{account}/users`: agents, bots, managers and admins.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{Done, PageQuery};
use crate::{AccountId, AgentId, Auth, Endpoint, EpochMillis, SkillId, UserId};

/// Where users are created and listed.
pub const PATH: &str = "/operator/v1/accounts/{account}/users";
/// Changes a user.
pub const ONE_PATH: &str = "/operator/v1/accounts/{account}/users/{login_name}";
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
    /// The skills whose conversations are offered to the user; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<SkillId>,
    /// How many conversations the user may have before no more are offered; absent or `null` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_conversations: Option<u32>,
}

impl CreateUser {
    /// Creates the user `login_name`, to be offered conversations of every skill without limit.
    pub fn new(login_name: String, role: UserRole, password: String) -> Self {
        Self { login_name, role, password, skills: Vec::new(), max_conversations: None }
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
    /// The skills whose conversations are offered to the user, ascending; empty for all.
    #[serde(default)]
    pub skills: Vec<SkillId>,
    /// How many conversations the user may have before no more are offered; `null` for no limit.
    #[serde(default)]
    pub max_conversations: Option<u32>,
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

/// Changes what is offered to a user. What is absent stays as it is; sessions and conversations go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[expect(clippy::option_option, reason = "absent, null and a number are three things")]
pub struct ChangeUser {
    /// The new skills; empty for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skills: Option<Vec<SkillId>>,
    /// The new limit of conversations; `Some(None)`, on the wire `null`, for none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub max_conversations: Option<Option<u32>>,
}

impl ChangeUser {
    /// Sets what is `Some`.
    #[expect(clippy::option_option, reason = "no change, no limit and a limit are three things")]
    pub fn new(skills: Option<Vec<SkillId>>, max_conversations: Option<Option<u32>>) -> Self {
        Self { skills, max_conversations }
    }
}

/// Tells `null` from absent.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Endpoint for ChangeUser {
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = ONE_PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = UserInfo;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_lifts_the_limit_and_absence_leaves_it() {
        for (text, expected) in [
            ("{}", ChangeUser::new(None, None)),
            (r#"{"max_conversations":null}"#, ChangeUser::new(None, Some(None))),
            (r#"{"max_conversations":3}"#, ChangeUser::new(None, Some(Some(3)))),
            (r#"{"skills":[]}"#, ChangeUser::new(Some(Vec::new()), None)),
            (
                r#"{"skills":["4242"]}"#,
                ChangeUser::new(Some(vec![SkillId::from_number(4242).unwrap()]), None),
            ),
        ] {
            assert_eq!(serde_json::from_str::<ChangeUser>(text).unwrap(), expected);
            assert_eq!(serde_json::to_string(&expected).unwrap(), text);
        }
        assert!(serde_json::from_str::<ChangeUser>(r#"{"max_conversations":-1}"#).is_err());
        assert!(serde_json::from_str::<ChangeUser>(r#"{"skills":["x"]}"#).is_err());
    }
}
