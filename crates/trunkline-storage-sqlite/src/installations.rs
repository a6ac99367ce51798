//! App installations and the revision of each account's collection.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{AppInstallation, AppSecrets, AppState, PreviousSecret, SealedSecret};
use trunkline_storage::{Error, Installations, Revision};
use trunkline_wire::{AccountId, AppInstallationId, EpochMillis, EpochSeconds};
use uuid::Uuid;

use crate::SqliteStorage;
use crate::deliveries::cursor;
use crate::failure::{During as _, corrupt, is_taken};
use crate::row::{account_id, all, change, column, one};

const LIST: &str = "SELECT account, id, state, deleted_at, issued_at, current_secret, previous_secret, \
                    previous_valid_until, manifest FROM installations WHERE account = ?1 AND state <> 'deleted' \
                    ORDER BY number";
const ONE: &str = "SELECT account, id, state, deleted_at, issued_at, current_secret, previous_secret, \
                   previous_valid_until, manifest FROM installations WHERE account = ?1 AND id = ?2";
const REVISION: &str = "SELECT revision FROM installation_revisions WHERE account = ?1";
const BUMP: &str = "INSERT INTO installation_revisions (account, revision) VALUES (?1, 1) \
                    ON CONFLICT (account) DO UPDATE SET revision = revision + 1";
const INSERT: &str = "INSERT INTO installations (account, id, client_name, state, deleted_at, issued_at, \
                      current_secret, previous_secret, previous_valid_until, manifest) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const UPDATE: &str = "UPDATE installations SET client_name = ?3, state = ?4, deleted_at = ?5, issued_at = ?6, \
                      current_secret = ?7, previous_secret = ?8, previous_valid_until = ?9, manifest = ?10 \
                      WHERE account = ?1 AND id = ?2 AND state <> 'deleted'";

#[async_trait]
impl Installations for SqliteStorage {
    async fn installations(&self, account: &AccountId) -> Result<(Vec<AppInstallation>, Revision), Error> {
        let account = account.clone();
        self.read("installations", move |connection| {
            // One transaction, so that list and revision belong together.
            let snapshot = connection.unchecked_transaction().during("installations")?;
            let list = all(&snapshot, "installations", LIST, [account.as_str()], installation)?;
            Ok((list, revision(&snapshot, &account)?))
        })
        .await
    }

    async fn installation(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<(Option<AppInstallation>, Revision), Error> {
        let account = account.clone();
        self.read("installation", move |connection| {
            let snapshot = connection.unchecked_transaction().during("installation")?;
            let key = (account.as_str(), id.as_uuid().as_bytes().as_slice());
            let found = one(&snapshot, "installation", ONE, key, installation)?;
            Ok((found, revision(&snapshot, &account)?))
        })
        .await
    }

    async fn create_installation(
        &self,
        app: AppInstallation,
        expected: Option<Revision>,
    ) -> Result<Revision, Error> {
        self.write("create_installation", move |connection| {
            check(connection, &app.account, expected)?;
            store(connection, INSERT, &app)?;
            cursor::app_created(connection, &app)?;
            bump(connection, &app.account)
        })
        .await
    }

    async fn update_installation(
        &self,
        app: AppInstallation,
        expected: Option<Revision>,
    ) -> Result<Revision, Error> {
        self.write("update_installation", move |connection| {
            // Whoever names an app that is not there learns that first, whatever the revision.
            let key = (app.account.as_str(), app.id.as_uuid().as_bytes().as_slice());
            let present = one(connection, "update_installation", ONE, key, installation)?;
            let Some(present) = present.filter(|app| !matches!(app.state, AppState::Deleted { .. })) else {
                return Err(Error::NotFound);
            };
            check(connection, &app.account, expected)?;
            if store(connection, UPDATE, &app)? == 0 {
                return Err(Error::NotFound);
            }
            match (present.is_live(), app.is_live()) {
                (false, true) => cursor::app_enabled(connection, &app)?,
                (_, false) => cursor::app_stopped(connection, &app)?,
                (true, true) => {}
            }
            bump(connection, &app.account)
        })
        .await
    }
}

fn revision(connection: &Connection, account: &AccountId) -> Result<Revision, Error> {
    let found = one(connection, "revision", REVISION, [account.as_str()], |row| {
        column(row, 0, "installation_revisions.revision", account)
    });
    Ok(found?.unwrap_or(0))
}

fn check(connection: &Connection, account: &AccountId, expected: Option<Revision>) -> Result<(), Error> {
    match expected {
        Some(expected) if expected != revision(connection, account)? => Err(Error::StaleRevision),
        _ => Ok(()),
    }
}

fn bump(connection: &Connection, account: &AccountId) -> Result<Revision, Error> {
    change(connection, BUMP, [account.as_str()]).during("revision")?;
    revision(connection, account)
}

/// Binds an app to an insert or update and returns the rows it changed.
fn store(connection: &Connection, sql: &str, app: &AppInstallation) -> Result<usize, Error> {
    let operation = "store an app installation";
    let manifest = serde_json::to_string(&app.manifest)
        .map_err(|source| Error::Backend { operation, source: Box::new(source) })?;
    let (state, deleted_at) = match app.state {
        AppState::Enabled => ("enabled", None),
        AppState::Disabled => ("disabled", None),
        AppState::Deleted { at } => ("deleted", Some(at.0)),
    };
    let previous = app.secrets.previous.as_ref();
    let values = (
        app.account.as_str(),
        app.id.as_uuid().as_bytes().as_slice(),
        app.manifest.client_name.as_str(),
        state,
        deleted_at,
        app.issued_at.0,
        app.secrets.current.ciphertext(),
        previous.map(|previous| previous.secret.ciphertext()),
        previous.map(|previous| previous.valid_until.0),
        manifest,
    );
    match change(connection, sql, values) {
        Err(error) if is_taken(&error) => Err(Error::Duplicate("client_name")),
        done => done.during(operation),
    }
}

/// Reads the columns `account, id, state, deleted_at, issued_at, current_secret, previous_secret, previous_valid_until,
/// manifest`, which come first in the row.
pub(crate) fn installation(row: &Row<'_>) -> Result<AppInstallation, Error> {
    let account: String = column(row, 0, "installations.account", &"?")?;
    let id = column(row, 1, "installations.id", &"?")?;
    let id = AppInstallationId::from_uuid(Uuid::from_bytes(id));
    let manifest: String = column(row, 8, "installations.manifest", &id)?;
    Ok(AppInstallation {
        account: account_id(&account, "installations.account")?,
        id,
        secrets: secrets(row, id)?,
        issued_at: EpochSeconds(column(row, 4, "installations.issued_at", &id)?),
        manifest: serde_json::from_str(&manifest)
            .map_err(|source| corrupt("installations.manifest", &id, source))?,
        state: state(row, id)?,
    })
}

fn secrets(row: &Row<'_>, id: AppInstallationId) -> Result<AppSecrets, Error> {
    let previous: Option<Vec<u8>> = column(row, 6, "installations.previous_secret", &id)?;
    let valid_until: Option<i64> = column(row, 7, "installations.previous_valid_until", &id)?;
    Ok(AppSecrets {
        current: SealedSecret::from_ciphertext(column(row, 5, "installations.current_secret", &id)?),
        previous: previous.zip(valid_until).map(|(secret, until)| PreviousSecret {
            secret: SealedSecret::from_ciphertext(secret),
            valid_until: EpochMillis(until),
        }),
    })
}

fn state(row: &Row<'_>, id: AppInstallationId) -> Result<AppState, Error> {
    let state: String = column(row, 2, "installations.state", &id)?;
    let deleted_at: Option<i64> = column(row, 3, "installations.deleted_at", &id)?;
    match (state.as_str(), deleted_at) {
        ("enabled", None) => Ok(AppState::Enabled),
        ("disabled", None) => Ok(AppState::Disabled),
        ("deleted", Some(at)) => Ok(AppState::Deleted { at: EpochMillis(at) }),
        _ => Err(corrupt("installations.state", &id, "state and deleted_at do not fit together")),
    }
}
