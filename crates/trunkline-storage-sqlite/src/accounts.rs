//! Accounts.

use async_trait::async_trait;
use rusqlite::Row;
use trunkline_model::{Account, Page, PageRequest, SealedSecret};
use trunkline_storage::{Accounts, Error};
use trunkline_wire::{AccountId, EpochMillis};

use crate::SqliteStorage;
use crate::failure::{During as _, is_taken};
use crate::row::{account_id, all, change, column, one, page, page_limit};

const INSERT: &str = "INSERT INTO accounts (id, created_at, consumer_secret) VALUES (?1, ?2, ?3)";
const ONE: &str = "SELECT id, created_at, consumer_secret FROM accounts WHERE id = ?1";
const PAGE: &str = "SELECT id, created_at, consumer_secret FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2";

#[async_trait]
impl Accounts for SqliteStorage {
    async fn create_account(&self, account: Account) -> Result<(), Error> {
        self.write("create_account", move |connection| {
            let secret = account.consumer_secret.ciphertext();
            match change(connection, INSERT, (account.id.as_str(), account.created_at.0, secret)) {
                Err(error) if is_taken(&error) => Err(Error::Duplicate("account")),
                done => done.map(drop).during("create_account"),
            }
        })
        .await
    }

    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Error> {
        let id = id.clone();
        self.read("account", move |connection| one(connection, "account", ONE, [id.as_str()], account)).await
    }

    async fn accounts(&self, request: PageRequest<AccountId>) -> Result<Page<Account, AccountId>, Error> {
        self.read("accounts", move |connection| {
            let after = request.after.as_ref().map_or("", AccountId::as_str);
            let items = all(connection, "accounts", PAGE, (after, page_limit(request.limit)), account)?;
            Ok(page(items, request.limit, |account| account.id.clone()))
        })
        .await
    }
}

fn account(row: &Row<'_>) -> Result<Account, Error> {
    let id: String = column(row, 0, "accounts.id", &"?")?;
    Ok(Account {
        created_at: EpochMillis(column(row, 1, "accounts.created_at", &id)?),
        consumer_secret: SealedSecret::from_ciphertext(column(row, 2, "accounts.consumer_secret", &id)?),
        id: account_id(&id, "accounts.id")?,
    })
}
