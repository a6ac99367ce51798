//! What is known about consumers.

use async_trait::async_trait;
use rusqlite::Row;
use trunkline_model::ConsumerProfile;
use trunkline_storage::{Consumers, Error};
use trunkline_wire::{AccountId, ConsumerId, EpochMillis};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt};
use crate::row::{change, column, one};

const ONE: &str = "SELECT profile, updated_at FROM consumers WHERE account = ?1 AND id = ?2";
const SET: &str = "INSERT INTO consumers (account, id, profile, updated_at) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (account, id) DO UPDATE SET profile = excluded.profile, updated_at = excluded.updated_at";
const REMOVE: &str = "DELETE FROM consumers WHERE account = ?1 AND id = ?2";

#[async_trait]
impl Consumers for SqliteStorage {
    async fn consumer_profile(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<Option<ConsumerProfile>, Error> {
        let account = account.clone();
        self.read("consumer_profile", move |connection| {
            let key = (account.as_str(), consumer.as_bytes().as_slice());
            one(connection, "consumer_profile", ONE, key, |row| profile(row, consumer))
        })
        .await
    }

    async fn set_consumer_profile(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
        profile: ConsumerProfile,
    ) -> Result<(), Error> {
        let account = account.clone();
        self.write("set_consumer_profile", move |connection| {
            let key = (account.as_str(), consumer.as_bytes().as_slice());
            let values = (key.0, key.1, profile.profile.as_str(), profile.updated_at.0);
            change(connection, SET, values).map(drop).during("set_consumer_profile")
        })
        .await
    }

    async fn remove_consumer_profile(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<bool, Error> {
        let account = account.clone();
        self.write("remove_consumer_profile", move |connection| {
            let key = (account.as_str(), consumer.as_bytes().as_slice());
            change(connection, REMOVE, key).map(|removed| removed > 0).during("remove_consumer_profile")
        })
        .await
        .inspect(|&was_there| self.remains().note(was_there))
    }
}

fn profile(row: &Row<'_>, consumer: ConsumerId) -> Result<ConsumerProfile, Error> {
    let text: String = column(row, 0, "consumers.profile", &consumer)?;
    Ok(ConsumerProfile {
        profile: serde_json::from_str(&text)
            .map_err(|source| corrupt("consumers.profile", &consumer, source))?,
        updated_at: EpochMillis(column(row, 1, "consumers.updated_at", &consumer)?),
    })
}
