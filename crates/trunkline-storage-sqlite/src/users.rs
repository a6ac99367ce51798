//! Users of an account.

use async_trait::async_trait;
use rusqlite::{Connection, Row, ToSql};
use trunkline_model::{Page, PageRequest, Role, User, UserChange, UserState};
use trunkline_storage::{Error, Users};
use trunkline_wire::{AccountId, EpochMillis, SkillId, UserId};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt, is_taken};
use crate::row::{account_id, all, change, column, one, page, page_limit};

/// Users of each account are numbered from here.
const FIRST: i64 = 1001;

const NEXT: &str = "SELECT max(id) FROM users WHERE account = ?1";
const INSERT: &str = "INSERT INTO users (account, id, login_name, role, password_hash, state, skills, \
                      max_conversations, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const SET_PASSWORD: &str = "UPDATE users SET password_hash = ?3 WHERE account = ?1 AND id = ?2";
const SET_STATE: &str = "UPDATE users SET state = ?3 WHERE account = ?1 AND id = ?2";
const SET_SKILLS: &str = "UPDATE users SET skills = ?3 WHERE account = ?1 AND id = ?2";
const SET_MAX_CONVERSATIONS: &str = "UPDATE users SET max_conversations = ?3 WHERE account = ?1 AND id = ?2";
const END_SESSIONS: &str = "DELETE FROM sessions WHERE account = ?1 AND user = ?2";
const BY_ID: &str = "SELECT account, id, login_name, role, password_hash, state, skills, max_conversations, \
                     created_at FROM users WHERE account = ?1 AND id = ?2";
const BY_NAME: &str = "SELECT account, id, login_name, role, password_hash, state, skills, max_conversations, \
                       created_at FROM users WHERE account = ?1 AND login_name = ?2";
const PAGE: &str = "SELECT account, id, login_name, role, password_hash, state, skills, max_conversations, \
                    created_at FROM users WHERE account = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

#[async_trait]
impl Users for SqliteStorage {
    async fn create_user(&self, mut user: User) -> Result<User, Error> {
        self.write("create_user", move |connection| {
            user.id = UserId::from_number(next(connection, &user.account)?);
            let skills = skills_text(&user.skills);
            let values = (
                user.account.as_str(),
                user.id.number(),
                user.login_name.as_str(),
                user.role.as_str(),
                user.password_hash.as_str(),
                state_name(user.state),
                skills,
                user.max_conversations,
                user.created_at.0,
            );
            match change(connection, INSERT, values) {
                Err(error) if is_taken(&error) => Err(Error::Duplicate("login name")),
                done => done.map(|_| user).during("create_user"),
            }
        })
        .await
    }

    async fn user(&self, account: &AccountId, id: UserId) -> Result<Option<User>, Error> {
        let account = account.clone();
        self.read("user", move |connection| {
            one(connection, "user", BY_ID, (account.as_str(), id.number()), user)
        })
        .await
    }

    async fn user_by_name(&self, account: &AccountId, login_name: &str) -> Result<Option<User>, Error> {
        let (account, login_name) = (account.clone(), login_name.to_owned());
        self.read("user_by_name", move |connection| {
            one(connection, "user_by_name", BY_NAME, (account.as_str(), login_name), user)
        })
        .await
    }

    async fn users(
        &self,
        account: &AccountId,
        request: PageRequest<UserId>,
    ) -> Result<Page<User, UserId>, Error> {
        let account = account.clone();
        self.read("users", move |connection| {
            let after = request.after.map_or(-1, UserId::number);
            let values = (account.as_str(), after, page_limit(request.limit));
            let items = all(connection, "users", PAGE, values, user)?;
            Ok(page(items, request.limit, |user| user.id))
        })
        .await
    }

    async fn set_user_password(
        &self,
        account: &AccountId,
        id: UserId,
        password_hash: &str,
    ) -> Result<User, Error> {
        self.set("set_user_password", SET_PASSWORD, account, id, password_hash.to_owned()).await
    }

    async fn set_user_state(&self, account: &AccountId, id: UserId, state: UserState) -> Result<User, Error> {
        self.set("set_user_state", SET_STATE, account, id, state_name(state)).await
    }

    async fn change_user(
        &self,
        account: &AccountId,
        id: UserId,
        UserChange { skills, max_conversations }: UserChange,
    ) -> Result<User, Error> {
        let account = account.clone();
        self.write("change_user", move |connection| {
            let key = (account.as_str(), id.number());
            if let Some(skills) = skills {
                let values = (key.0, key.1, skills_text(&skills));
                change(connection, SET_SKILLS, values).during("change_user")?;
            }
            if let Some(most) = max_conversations {
                change(connection, SET_MAX_CONVERSATIONS, (key.0, key.1, most)).during("change_user")?;
            }
            one(connection, "change_user", BY_ID, key, user)?.ok_or(Error::NotFound)
        })
        .await
    }
}

impl SqliteStorage {
    /// Sets one column of a user and ends the user's sessions.
    async fn set(
        &self,
        operation: &'static str,
        sql: &'static str,
        account: &AccountId,
        id: UserId,
        value: impl ToSql + Send + 'static,
    ) -> Result<User, Error> {
        let account = account.clone();
        self.write(operation, move |connection| {
            let key = (account.as_str(), id.number());
            change(connection, sql, (key.0, key.1, value)).during(operation)?;
            change(connection, END_SESSIONS, key).during(operation)?;
            one(connection, operation, BY_ID, key, user)?.ok_or(Error::NotFound)
        })
        .await
    }
}

/// The number of the account's next user. Users are never removed, so none is given twice.
fn next(connection: &Connection, account: &AccountId) -> Result<i64, Error> {
    let last = one(connection, "create_user", NEXT, [account.as_str()], |row| {
        column::<Option<i64>>(row, 0, "users.id", account)
    });
    Ok(last?.flatten().map_or(FIRST, |last| last.saturating_add(1)))
}

const fn state_name(state: UserState) -> &'static str {
    match state {
        UserState::Active => "active",
        UserState::Disabled => "disabled",
    }
}

/// A JSON array of numbers.
fn skills_text(skills: &[SkillId]) -> String {
    let numbers: Vec<_> = skills.iter().map(|skill| skill.number().to_string()).collect();
    format!("[{}]", numbers.join(","))
}

fn user(row: &Row<'_>) -> Result<User, Error> {
    let id = UserId::from_number(column(row, 1, "users.id", &"?")?);
    let account: String = column(row, 0, "users.account", &id)?;
    let role: String = column(row, 3, "users.role", &id)?;
    let state: String = column(row, 5, "users.state", &id)?;
    let skills: String = column(row, 6, "users.skills", &id)?;
    Ok(User {
        account: account_id(&account, "users.account")?,
        id,
        login_name: column(row, 2, "users.login_name", &id)?,
        role: match role.as_str() {
            "agent" => Role::Agent,
            "manager" => Role::Manager,
            "admin" => Role::Admin,
            _ => return Err(corrupt("users.role", &id, "no such role")),
        },
        password_hash: column(row, 4, "users.password_hash", &id)?,
        state: match state.as_str() {
            "active" => UserState::Active,
            "disabled" => UserState::Disabled,
            _ => return Err(corrupt("users.state", &id, "no such state")),
        },
        skills: serde_json::from_str(&skills).map_err(|error| corrupt("users.skills", &id, error))?,
        max_conversations: column(row, 7, "users.max_conversations", &id)?,
        created_at: EpochMillis(column(row, 8, "users.created_at", &id)?),
    })
}
