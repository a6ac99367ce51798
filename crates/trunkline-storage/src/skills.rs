//! Skills of accounts.

use async_trait::async_trait;
use trunkline_model::{Page, PageRequest, Skill};
use trunkline_wire::{AccountId, SkillId};

use crate::Error;

/// Skills of accounts. They are never removed.
#[async_trait]
pub trait Skills: Send + Sync {
    /// Adds a skill; the store chooses the number (`skill.id` is ignored) and returns the skill as stored.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the account has a skill of this name.
    async fn create_skill(&self, skill: Skill) -> Result<Skill, Error>;

    /// One skill by number.
    async fn skill(&self, account: &AccountId, id: SkillId) -> Result<Option<Skill>, Error>;

    /// The skills of an account by number.
    async fn skills(
        &self,
        account: &AccountId,
        page: PageRequest<SkillId>,
    ) -> Result<Page<Skill, SkillId>, Error>;
}
