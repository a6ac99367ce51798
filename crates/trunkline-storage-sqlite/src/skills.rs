//! Skills of accounts.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{Page, PageRequest, Skill};
use trunkline_storage::{Error, Skills};
use trunkline_wire::{AccountId, EpochMillis, SkillId};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt, failed, is_taken};
use crate::row::{account_id, all, change, column, one, page, page_limit};

/// Skills of each account are numbered from here: higher than the small numbers that connectors make up, and unlike those
/// of users.
const FIRST: i64 = 101;

const NEXT: &str = "SELECT max(id) FROM skills WHERE account = ?1";
const INSERT: &str = "INSERT INTO skills (account, id, name, created_at) VALUES (?1, ?2, ?3, ?4)";
const BY_ID: &str = "SELECT account, id, name, created_at FROM skills WHERE account = ?1 AND id = ?2";
const PAGE: &str =
    "SELECT account, id, name, created_at FROM skills WHERE account = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

#[async_trait]
impl Skills for SqliteStorage {
    async fn create_skill(&self, mut skill: Skill) -> Result<Skill, Error> {
        self.write("create_skill", move |connection| {
            skill.id = next(connection, &skill.account)?;
            let values = (skill.account.as_str(), skill.id.number(), skill.name.as_str(), skill.created_at.0);
            match change(connection, INSERT, values) {
                Err(error) if is_taken(&error) => Err(Error::Duplicate("skill name")),
                done => done.map(|_| skill).during("create_skill"),
            }
        })
        .await
    }

    async fn skill(&self, account: &AccountId, id: SkillId) -> Result<Option<Skill>, Error> {
        let account = account.clone();
        self.read("skill", move |connection| {
            one(connection, "skill", BY_ID, (account.as_str(), id.number()), skill)
        })
        .await
    }

    async fn skills(
        &self,
        account: &AccountId,
        request: PageRequest<SkillId>,
    ) -> Result<Page<Skill, SkillId>, Error> {
        let account = account.clone();
        self.read("skills", move |connection| {
            let after = request.after.unwrap_or(SkillId::UNASSIGNED).number();
            let values = (account.as_str(), after, page_limit(request.limit));
            let items = all(connection, "skills", PAGE, values, skill)?;
            Ok(page(items, request.limit, |skill| skill.id))
        })
        .await
    }
}

/// The number of the account's next skill. Skills are never removed, so none is given twice.
fn next(connection: &Connection, account: &AccountId) -> Result<SkillId, Error> {
    let last = one(connection, "create_skill", NEXT, [account.as_str()], |row| {
        column::<Option<i64>>(row, 0, "skills.id", account)
    });
    let next = last?.flatten().map_or(FIRST, |last| last.saturating_add(1));
    SkillId::from_number(next).map_err(|_| failed("create_skill", "the account has used all numbers"))
}

fn skill(row: &Row<'_>) -> Result<Skill, Error> {
    let number: i64 = column(row, 1, "skills.id", &"?")?;
    let account: String = column(row, 0, "skills.account", &number)?;
    Ok(Skill {
        account: account_id(&account, "skills.account")?,
        id: SkillId::from_number(number).map_err(|error| corrupt("skills.id", &number, error))?,
        name: column(row, 2, "skills.name", &number)?,
        created_at: EpochMillis(column(row, 3, "skills.created_at", &number)?),
    })
}
