//! Skills of an account: what a conversation is about, and what an agent can answer.

use trunkline_wire::{AccountId, EpochMillis, SkillId};

/// A skill. Skills are never removed, so that a number always means the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// The account.
    pub account: AccountId,
    /// The number, unique inside the account and never −1.
    pub id: SkillId,
    /// The name, unique inside the account, 1 to 128 characters.
    pub name: String,
    /// When the skill was created.
    pub created_at: EpochMillis,
}
