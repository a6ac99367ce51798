//! Sessions of signed-in users.

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use trunkline_model::{LoginProof, Session, TokenHash};
use trunkline_storage::{Error, Sessions};
use trunkline_wire::{AccountId, EpochMillis, UserId};

use crate::SqliteStorage;
use crate::failure::{During as _, is_taken};
use crate::row::{account_id, change, column, one};

/// Whether a user may still sign in with the password that was checked.
const PASSWORD_COUNTS: &str =
    "SELECT 1 FROM users WHERE account = ?1 AND id = ?2 AND state = 'active' AND password_hash = ?3";
/// Whether a user may still sign in with the API key that was checked.
const KEY_COUNTS: &str = "SELECT 1 FROM users WHERE account = ?1 AND id = ?2 AND state = 'active' AND EXISTS \
                          (SELECT 1 FROM user_keys WHERE account = ?1 AND user = ?2 AND app_key = ?3)";
const EXPIRE: &str = "DELETE FROM sessions WHERE account = ?1 AND expires_at < ?2";
const INSERT: &str = "INSERT INTO sessions (bearer, account, user, cookie, csrf, created_at, expires_at, app_key) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const BY_BEARER: &str =
    "SELECT account, user, bearer, cookie, csrf, created_at, expires_at FROM sessions WHERE bearer = ?1";
const BY_COOKIE: &str = "SELECT account, user, bearer, cookie, csrf, created_at, expires_at FROM sessions \
                         WHERE account = ?1 AND cookie = ?2";
const EXTEND: &str = "UPDATE sessions SET expires_at = ?2 WHERE bearer = ?1";
const END: &str = "DELETE FROM sessions WHERE bearer = ?1";

#[async_trait]
impl Sessions for SqliteStorage {
    async fn create_session(&self, session: Session, proof: LoginProof) -> Result<(), Error> {
        self.write("create_session", move |connection| {
            let account = session.account.as_str();
            let app_key = checked(connection, &session, &proof)?;
            change(connection, EXPIRE, (account, session.created_at.0)).during("create_session")?;
            let values = (
                session.bearer.0,
                account,
                session.user.number(),
                session.cookie.0,
                session.csrf.0,
                session.created_at.0,
                session.expires_at.0,
                app_key,
            );
            match change(connection, INSERT, values) {
                Err(error) if is_taken(&error) => Err(Error::Duplicate("session")),
                done => done.map(drop).during("create_session"),
            }
        })
        .await
    }

    async fn session(&self, bearer: TokenHash) -> Result<Option<Session>, Error> {
        self.read("session", move |connection| one(connection, "session", BY_BEARER, [bearer.0], session))
            .await
    }

    async fn session_by_cookie(
        &self,
        account: &AccountId,
        cookie: TokenHash,
    ) -> Result<Option<Session>, Error> {
        let account = account.clone();
        self.read("session_by_cookie", move |connection| {
            one(connection, "session_by_cookie", BY_COOKIE, (account.as_str(), cookie.0), session)
        })
        .await
    }

    async fn extend_session(&self, bearer: TokenHash, expires_at: EpochMillis) -> Result<(), Error> {
        self.write("extend_session", move |connection| {
            match change(connection, EXTEND, (bearer.0, expires_at.0)).during("extend_session")? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn end_session(&self, bearer: TokenHash) -> Result<(), Error> {
        self.write("end_session", move |connection| {
            change(connection, END, [bearer.0]).map(drop).during("end_session")
        })
        .await
    }
}

/// The API key to note with a session, if the proof is one.
///
/// # Errors
/// [`Error::Conflict`] when the proof does not sign the user in any more.
fn checked<'p>(
    connection: &Connection,
    session: &Session,
    proof: &'p LoginProof,
) -> Result<Option<&'p str>, Error> {
    let (sql, text, app_key) = match proof {
        LoginProof::Password { hash } => (PASSWORD_COUNTS, hash.as_str(), None),
        LoginProof::Key(app_key) => (KEY_COUNTS, app_key.as_str(), Some(app_key.as_str())),
    };
    let values = (session.account.as_str(), session.user.number(), text);
    one(connection, "create_session", sql, values, |_| Ok(()))?.ok_or(Error::Conflict)?;
    Ok(app_key)
}

fn session(row: &Row<'_>) -> Result<Session, Error> {
    let user = UserId::from_number(column(row, 1, "sessions.user", &"?")?);
    let account: String = column(row, 0, "sessions.account", &user)?;
    Ok(Session {
        account: account_id(&account, "sessions.account")?,
        user,
        bearer: TokenHash(column(row, 2, "sessions.bearer", &user)?),
        cookie: TokenHash(column(row, 3, "sessions.cookie", &user)?),
        csrf: TokenHash(column(row, 4, "sessions.csrf", &user)?),
        created_at: EpochMillis(column(row, 5, "sessions.created_at", &user)?),
        expires_at: EpochMillis(column(row, 6, "sessions.expires_at", &user)?),
    })
}
