//! Keys that sign tokens.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{KeyPurpose, KeyState, SealedSecret, SigningKey};
use trunkline_storage::{Error, SigningKeys};
use trunkline_wire::EpochMillis;

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt, is_taken};
use crate::row::{all, change, column};

const ALL: &str = "SELECT kid, purpose, state, retired_at, private_key, created_at FROM signing_keys ORDER BY created_at, kid";
const INSERT: &str = "INSERT INTO signing_keys (kid, purpose, state, retired_at, private_key, created_at) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const RETIRE: &str =
    "UPDATE signing_keys SET state = 'retired', retired_at = ?2 WHERE purpose = ?1 AND state = 'active'";
const PROMOTE: &str =
    "UPDATE signing_keys SET state = 'active' WHERE purpose = ?1 AND kid = ?2 AND state = 'next'";

#[async_trait]
impl SigningKeys for SqliteStorage {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>, Error> {
        self.read("signing_keys", |connection| all(connection, "signing_keys", ALL, [], signing_key)).await
    }

    async fn add_signing_key(&self, key: SigningKey) -> Result<(), Error> {
        self.write("add_signing_key", move |connection| insert(connection, &key)).await
    }

    async fn rotate_signing_key(
        &self,
        purpose: KeyPurpose,
        promote: &str,
        next: SigningKey,
        now: EpochMillis,
    ) -> Result<(), Error> {
        let promote = promote.to_owned();
        self.write("rotate_signing_key", move |connection| {
            let purpose = purpose.as_str();
            change(connection, RETIRE, (purpose, now.0)).during("rotate_signing_key")?;
            if change(connection, PROMOTE, (purpose, promote)).during("rotate_signing_key")? == 0 {
                return Err(Error::Conflict);
            }
            insert(connection, &next)
        })
        .await
    }
}

fn insert(connection: &Connection, key: &SigningKey) -> Result<(), Error> {
    let (state, retired_at) = match key.state {
        KeyState::Next => ("next", None),
        KeyState::Active => ("active", None),
        KeyState::Retired { at } => ("retired", Some(at.0)),
    };
    let purpose = key.purpose.as_str();
    let secret = key.private_key.ciphertext();
    match change(connection, INSERT, (key.kid.as_str(), purpose, state, retired_at, secret, key.created_at.0))
    {
        Err(error) if is_taken(&error) => Err(Error::Duplicate("kid")),
        done => done.map(drop).during("add_signing_key"),
    }
}

fn signing_key(row: &Row<'_>) -> Result<SigningKey, Error> {
    let kid: String = column(row, 0, "signing_keys.kid", &"?")?;
    let purpose: String = column(row, 1, "signing_keys.purpose", &kid)?;
    let state: String = column(row, 2, "signing_keys.state", &kid)?;
    let retired_at: Option<i64> = column(row, 3, "signing_keys.retired_at", &kid)?;
    Ok(SigningKey {
        purpose: match purpose.as_str() {
            "appjwt" => KeyPurpose::AppJwt,
            "consumerjws" => KeyPurpose::ConsumerJws,
            "webconsumer" => KeyPurpose::WebConsumer,
            _ => return Err(corrupt("signing_keys.purpose", &kid, "no such purpose")),
        },
        state: match (state.as_str(), retired_at) {
            ("next", None) => KeyState::Next,
            ("active", None) => KeyState::Active,
            ("retired", Some(at)) => KeyState::Retired { at: EpochMillis(at) },
            _ => return Err(corrupt("signing_keys.state", &kid, "state and retired_at do not fit together")),
        },
        private_key: SealedSecret::from_ciphertext(column(row, 4, "signing_keys.private_key", &kid)?),
        created_at: EpochMillis(column(row, 5, "signing_keys.created_at", &kid)?),
        kid,
    })
}
