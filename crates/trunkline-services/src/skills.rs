//! Skills of an account: what conversations are about. They are never removed.

use std::sync::Arc;

use trunkline_model::{Clock, Page, PageRequest, Skill};
use trunkline_storage::{self as storage, Storage};
use trunkline_wire::SkillId;

use crate::Error;
use crate::auth::AccountAdmin;

/// Longest name, in characters.
const MAX_NAME: usize = 128;

/// Creates and lists skills.
pub struct Skills {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Skills {
    /// Skills in this store.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    /// Adds a skill.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name against the rules (1 to 128 characters, no control characters);
    /// [`Error::Duplicate`] for a taken name; [`Error::NotFound`] for an unknown account.
    pub async fn create(&self, admin: &AccountAdmin, name: String) -> Result<Skill, Error> {
        check_name(&name)?;
        let account = admin.account();
        self.storage.account(account).await?.ok_or(Error::NotFound("account"))?;
        let skill = Skill {
            account: account.clone(),
            id: SkillId::UNASSIGNED,
            name: name.clone(),
            created_at: self.clock.now(),
        };
        self.storage.create_skill(skill).await.map_err(|error| match error {
            storage::Error::Duplicate(_) => {
                Error::Duplicate(format!("the account has a skill {name} already"))
            }
            other => other.into(),
        })
    }

    /// The skills of the account, by number.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(
        &self,
        admin: &AccountAdmin,
        page: PageRequest<SkillId>,
    ) -> Result<Page<Skill, SkillId>, Error> {
        Ok(self.storage.skills(admin.account(), page).await?)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME {
        return Err(Error::Invalid(format!("the name must have 1 to {MAX_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::Invalid("the name must not contain control characters".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::tests::{World, account};

    #[tokio::test]
    async fn skills_are_numbered_and_listed_by_account() {
        let world = World::new().await;
        let skills = Skills::new(world.storage.clone(), world.clock.clone());
        let billing = skills.create(&world.admin(), "billing".to_owned()).await.unwrap();
        let sales = skills.create(&world.admin(), "sales".to_owned()).await.unwrap();
        assert_ne!(billing.id, sales.id);
        let page = skills.list(&world.admin(), PageRequest::first(10)).await.unwrap();
        assert_eq!(page.items, [billing, sales]);
        let elsewhere = world.operator.account_admin(account("20030040"));
        assert!(skills.list(&elsewhere, PageRequest::first(10)).await.unwrap().items.is_empty());
        skills.create(&elsewhere, "billing".to_owned()).await.unwrap();
    }

    #[tokio::test]
    async fn names_keep_to_the_rules() {
        let world = World::new().await;
        let skills = Skills::new(world.storage.clone(), world.clock.clone());
        for name in ["", "a\nb", &"é".repeat(129)] {
            let refused = skills.create(&world.admin(), name.to_owned()).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{name:?}");
        }
        skills.create(&world.admin(), "é".repeat(128)).await.unwrap();
        skills.create(&world.admin(), "billing".to_owned()).await.unwrap();
        let refused = skills.create(&world.admin(), "billing".to_owned()).await;
        assert!(matches!(refused, Err(Error::Duplicate(text)) if text.contains("billing")));
        let nowhere = world.operator.account_admin(account("unknown"));
        let refused = skills.create(&nowhere, "billing".to_owned()).await;
        assert!(matches!(refused, Err(Error::NotFound("account"))));
    }
}
