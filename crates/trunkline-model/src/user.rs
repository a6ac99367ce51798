//! Users of an account: agents, bots, managers, admins.

use serde::{Deserialize, Serialize};
use trunkline_wire::{AccountId, AgentId, EpochMillis, SkillId, UserId};
use uuid::Uuid;

/// What a user may do. A later role includes the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes conversations.
    Agent,
    /// Sees and steers all conversations of the account.
    Manager,
    /// Also manages app installations and users.
    Admin,
}

impl Role {
    /// The lower-case name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    /// May sign in.
    Active,
    /// May not sign in; sessions ended when this began.
    Disabled,
}

/// A person or bot on the brand's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account.
    pub account: AccountId,
    /// The number, unique inside the account.
    pub id: UserId,
    /// The login name, unique inside the account, 1 to 128 characters.
    pub login_name: String,
    /// What the user may do.
    pub role: Role,
    /// The argon2id hash of the password in PHC string form.
    pub password_hash: String,
    /// Whether the user may sign in.
    pub state: UserState,
    /// The skills whose conversations are offered to the user, ascending; empty for all.
    pub skills: Vec<SkillId>,
    /// How many conversations the user may have before no more are offered; `None` for no limit. Joining by oneself is
    /// not limited.
    pub max_conversations: Option<u32>,
    /// When the user was created.
    pub created_at: EpochMillis,
}

/// What to change about the conversations that are offered to a user; `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::option_option, reason = "no change, no limit and a limit are three things")]
pub struct UserChange {
    /// The new [`User::skills`].
    pub skills: Option<Vec<SkillId>>,
    /// The new [`User::max_conversations`].
    pub max_conversations: Option<Option<u32>>,
}

/// Namespace of [`User::agent_id`]; any fixed UUID would do, changing it would rename every agent.
const AGENT_NAMESPACE: Uuid = Uuid::from_u128(0x5a9c_0d3e_7b41_4f86_9e2d_c1a8_f04b_6d17);

impl User {
    /// The id in its old form ("AID"): `{account}.{user}`. Source: spec 20 §1.
    pub fn aid(&self) -> String {
        aid_of(&self.account, self.id)
    }

    /// The id in its new form ("PID"): UUIDv5 over the AID, so it stays for the life of the user. Source: spec 20 §1.
    pub fn agent_id(&self) -> AgentId {
        Self::agent_id_of(&self.account, self.id)
    }

    /// The PID of the user with this number.
    pub fn agent_id_of(account: &AccountId, user: UserId) -> AgentId {
        AgentId::from_uuid(Uuid::new_v5(&AGENT_NAMESPACE, aid_of(account, user).as_bytes()))
    }

    /// True when conversations of this skill may be offered to the user. Users without skills are eligible for every
    /// skill, and everybody is for conversations without one.
    pub fn is_eligible_for(&self, skill: SkillId) -> bool {
        self.skills.is_empty() || skill == SkillId::UNASSIGNED || self.skills.contains(&skill)
    }
}

fn aid_of(account: &AccountId, user: UserId) -> String {
    format!("{account}.{user}")
}
