//! Skills.

use std::sync::Arc;

use tokio::task::JoinSet;
use trunkline_model::PageRequest;
use trunkline_wire::SkillId;

use super::samples::{account_id, brand, skill};
use crate::{Error, Storage};

/// Each account counts its skills; the numbers fit into a skill id and are never −1.
pub async fn skills_are_numbered_per_account(storage: Arc<dyn Storage>) {
    let billing = storage.create_skill(skill("billing")).await.expect("stored");
    let sales = storage.create_skill(skill("sales")).await.expect("stored");
    let mut elsewhere = skill("billing");
    elsewhere.account = account_id("other");
    let other = storage.create_skill(elsewhere).await.expect("stored");
    assert_eq!([billing.id, sales.id, other.id].map(SkillId::number), [101, 102, 101]);
    assert_eq!(storage.skill(&brand(), sales.id).await.expect("read"), Some(sales.clone()));
    assert_eq!(storage.skill(&account_id("other"), sales.id).await.expect("read"), None);
    assert_eq!(storage.skill(&brand(), SkillId::UNASSIGNED).await.expect("read"), None);
}

/// A name belongs to one skill of an account; case matters.
pub async fn a_skill_name_is_taken_once_per_account(storage: Arc<dyn Storage>) {
    storage.create_skill(skill("billing")).await.expect("stored");
    assert!(matches!(storage.create_skill(skill("billing")).await, Err(Error::Duplicate(_))));
    let other = storage.create_skill(skill("Billing")).await.expect("stored");
    assert_eq!(other.id.number(), 102, "a refused skill takes no number");
}

/// Pages follow one another by number and show one account.
pub async fn skills_are_paged_by_number(storage: Arc<dyn Storage>) {
    for name in ["c", "b", "a"] {
        storage.create_skill(skill(name)).await.expect("stored");
    }
    let page = storage.skills(&brand(), PageRequest::first(2)).await.expect("read");
    let names: Vec<_> = page.items.iter().map(|skill| skill.name.as_str()).collect();
    assert_eq!(names, ["c", "b"]);
    let page = storage.skills(&brand(), PageRequest { after: page.next, limit: 2 }).await.expect("read");
    assert_eq!((page.items.len(), page.next), (1, None));
    let other = storage.skills(&account_id("other"), PageRequest::first(2)).await.expect("read");
    assert_eq!((other.items, other.next), (Vec::new(), None));
}

/// Skills created at once get different numbers.
pub async fn skill_numbers_are_unique_under_concurrency(storage: Arc<dyn Storage>) {
    let mut creations = JoinSet::new();
    for number in 0..10 {
        let storage = Arc::clone(&storage);
        creations.spawn(async move { storage.create_skill(skill(&number.to_string())).await });
    }
    let skills = creations.join_all().await;
    let mut numbers: Vec<_> = skills.into_iter().map(|skill| skill.expect("stored").id.number()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (101..111).collect::<Vec<_>>());
}
