//! API keys of users.

use async_trait::async_trait;
use rusqlite::Row;
use trunkline_model::{TokenHash, UserKey};
use trunkline_storage::{Error, UserKeys};
use trunkline_wire::{AccountId, AppKey, EpochMillis, UserId};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt, is_taken};
use crate::row::{account_id, all, change, column, one, unsigned};

const USER: &str = "SELECT 1 FROM users WHERE account = ?1 AND id = ?2";
const COUNT: &str = "SELECT count(*) FROM user_keys WHERE account = ?1 AND user = ?2";
const INSERT: &str =
    "INSERT INTO user_keys (account, app_key, user, secrets, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const REVOKE: &str = "DELETE FROM user_keys WHERE account = ?1 AND user = ?2 AND app_key = ?3";
const END_SESSIONS: &str = "DELETE FROM sessions WHERE account = ?1 AND user = ?2 AND app_key = ?3";
const ONE: &str =
    "SELECT account, app_key, user, secrets, created_at FROM user_keys WHERE account = ?1 AND app_key = ?2";
const OF_USER: &str = "SELECT account, app_key, user, secrets, created_at FROM user_keys \
                       WHERE account = ?1 AND user = ?2 ORDER BY created_at, app_key";

#[async_trait]
impl UserKeys for SqliteStorage {
    async fn create_user_key(&self, key: UserKey) -> Result<(), Error> {
        let operation = "create_user_key";
        self.write(operation, move |connection| {
            let user = (key.account.as_str(), key.user.number());
            one(connection, operation, USER, user, |_| Ok(()))?.ok_or(Error::NotFound)?;
            let count =
                one(connection, operation, COUNT, user, |row| unsigned(row, 0, "user_keys", &key.user))?;
            if count.is_some_and(|count| count >= UserKey::MOST_PER_USER as u64) {
                return Err(Error::Conflict);
            }
            let values = (user.0, key.app_key.as_str(), user.1, key.secrets.0, key.created_at.0);
            match change(connection, INSERT, values) {
                Err(error) if is_taken(&error) => Err(Error::Duplicate("app key")),
                done => done.map(drop).during(operation),
            }
        })
        .await
    }

    async fn user_key(&self, account: &AccountId, app_key: &AppKey) -> Result<Option<UserKey>, Error> {
        let (account, app_key) = (account.clone(), app_key.clone());
        self.read("user_key", move |connection| {
            one(connection, "user_key", ONE, (account.as_str(), app_key.as_str()), user_key)
        })
        .await
    }

    async fn user_keys(&self, account: &AccountId, user: UserId) -> Result<Vec<UserKey>, Error> {
        let account = account.clone();
        self.read("user_keys", move |connection| {
            all(connection, "user_keys", OF_USER, (account.as_str(), user.number()), user_key)
        })
        .await
    }

    async fn revoke_user_key(
        &self,
        account: &AccountId,
        user: UserId,
        app_key: &AppKey,
    ) -> Result<(), Error> {
        let operation = "revoke_user_key";
        let (account, app_key) = (account.clone(), app_key.clone());
        self.write(operation, move |connection| {
            let key = (account.as_str(), user.number(), app_key.as_str());
            match change(connection, REVOKE, key).during(operation)? {
                0 => Err(Error::NotFound),
                _ => change(connection, END_SESSIONS, key).map(drop).during(operation),
            }
        })
        .await
    }
}

fn user_key(row: &Row<'_>) -> Result<UserKey, Error> {
    let app_key: String = column(row, 1, "user_keys.app_key", &"?")?;
    let account: String = column(row, 0, "user_keys.account", &app_key)?;
    Ok(UserKey {
        account: account_id(&account, "user_keys.account")?,
        user: UserId::from_number(column(row, 2, "user_keys.user", &app_key)?),
        secrets: TokenHash(column(row, 3, "user_keys.secrets", &app_key)?),
        created_at: EpochMillis(column(row, 4, "user_keys.created_at", &app_key)?),
        app_key: AppKey::parse(&app_key).map_err(|error| corrupt("user_keys.app_key", &app_key, error))?,
    })
}
