//! How accounts are set up.

use async_trait::async_trait;
use rusqlite::Row;
use trunkline_model::SettingName;
use trunkline_storage::{Error, Settings};
use trunkline_wire::{AccountId, JsonText};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt};
use crate::row::{change, column, one};

const ONE: &str = "SELECT document FROM settings WHERE account = ?1 AND name = ?2";
const SET: &str = "INSERT INTO settings (account, name, document) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (account, name) DO UPDATE SET document = excluded.document";
const REMOVE: &str = "DELETE FROM settings WHERE account = ?1 AND name = ?2";

#[async_trait]
impl Settings for SqliteStorage {
    async fn setting(&self, account: &AccountId, name: SettingName) -> Result<Option<JsonText>, Error> {
        let account = account.clone();
        self.read("setting", move |connection| {
            one(connection, "setting", ONE, (account.as_str(), name.as_str()), |row| document(row, name))
        })
        .await
    }

    async fn set_setting(
        &self,
        account: &AccountId,
        name: SettingName,
        document: Option<JsonText>,
    ) -> Result<(), Error> {
        let account = account.clone();
        self.write("set_setting", move |connection| {
            let key = (account.as_str(), name.as_str());
            match &document {
                Some(document) => change(connection, SET, (key.0, key.1, document.as_str())),
                None => change(connection, REMOVE, key),
            }
            .map(drop)
            .during("set_setting")
        })
        .await
    }
}

fn document(row: &Row<'_>, name: SettingName) -> Result<JsonText, Error> {
    let text: String = column(row, 0, "settings.document", &name.as_str())?;
    serde_json::from_str(&text).map_err(|source| corrupt("settings.document", &name.as_str(), source))
}
