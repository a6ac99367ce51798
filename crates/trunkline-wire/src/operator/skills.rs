//! `/operator/v1/accounts/{account}/skills`: what conversations are about.

use http::Method;
use serde::{Deserialize, Serialize};

use super::PageQuery;
use crate::{AccountId, Auth, Endpoint, EpochMillis, SkillId};

/// Where skills are created and listed.
pub const PATH: &str = "/operator/v1/accounts/{account}/skills";

/// Creates a skill; 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateSkill {
    /// The name, unique in the account, 1 to 128 characters.
    pub name: String,
}

impl CreateSkill {
    /// Creates the skill `name`.
    pub fn new(name: String) -> Self {
        Self { name }
    }
}

/// A skill. Skills are never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillInfo {
    /// The account.
    pub account: AccountId,
    /// The number, unique in the account: the `skillId` of conversations.
    pub id: SkillId,
    /// The name.
    pub name: String,
    /// When the skill was created.
    pub created_at: EpochMillis,
}

impl Endpoint for CreateSkill {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = SkillInfo;
}

/// Lists the skills of an account by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListSkills(pub PageQuery);

/// A page of skills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillList {
    /// The skills, by number.
    pub skills: Vec<SkillInfo>,
    /// Where the next page starts; `null` at the end.
    pub next: Option<SkillId>,
}

impl Endpoint for ListSkills {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = PATH;
    const AUTH: Auth = Auth::Operator;
    type Response = SkillList;
}
