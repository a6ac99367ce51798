//! Users of an account: agents, bots, managers, admins. Their passwords are the only secrets hashed slowly.

mod passwords;

use std::sync::Arc;

use trunkline_model::{Clock, Page, PageRequest, Role, Secret, User, UserState};
use trunkline_storage::{self as storage, Storage};
use trunkline_wire::{AccountId, UserId};

use crate::Error;
use crate::auth::{AccountAdmin, Sessions};

pub use passwords::{PasswordOptions, Passwords};

/// Shortest and longest password, in bytes. The upper bound keeps hashing from being fed megabytes.
const PASSWORD_LEN: std::ops::RangeInclusive<usize> = 8..=1024;
/// Longest login name, in characters.
const MAX_LOGIN_NAME: usize = 128;

/// A user to create.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The login name: 1 to 128 characters, no control characters, unique inside the account.
    pub login_name: String,
    /// What the user may do.
    pub role: Role,
    /// The password: 8 to 1024 bytes.
    pub password: Secret,
}

/// Creates and changes users.
pub struct Users {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    passwords: Arc<Passwords>,
    sessions: Arc<Sessions>,
}

impl Users {
    /// Users in this store.
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        passwords: Arc<Passwords>,
        sessions: Arc<Sessions>,
    ) -> Self {
        Self { storage, clock, passwords, sessions }
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or password against the rules; [`Error::Duplicate`] for a taken name;
    /// [`Error::NotFound`] for an unknown account; [`Error::Overloaded`].
    pub async fn create(&self, admin: &AccountAdmin, user: NewUser) -> Result<User, Error> {
        check_login_name(&user.login_name)?;
        check_password(&user.password)?;
        let account = admin.account();
        self.storage.account(account).await?.ok_or(Error::NotFound("account"))?;
        let user = User {
            account: account.clone(),
            id: UserId::from_number(0),
            password_hash: self.passwords.hash(user.password).await?,
            login_name: user.login_name,
            role: user.role,
            state: UserState::Active,
            created_at: self.clock.now(),
        };
        let name = user.login_name.clone();
        self.storage.create_user(user).await.map_err(|error| match error {
            storage::Error::Duplicate(_) => {
                Error::Duplicate(format!("the account has a user {name} already"))
            }
            other => other.into(),
        })
    }

    /// The users of the account, by number.
    ///
    /// # Errors
    /// The store's.
    pub async fn list(
        &self,
        admin: &AccountAdmin,
        page: PageRequest<UserId>,
    ) -> Result<Page<User, UserId>, Error> {
        Ok(self.storage.users(admin.account(), page).await?)
    }

    /// Replaces a user's password and ends the user's sessions. A disabled user stays disabled.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a password against the rules; [`Error::NotFound`]; [`Error::Overloaded`].
    pub async fn set_password(
        &self,
        admin: &AccountAdmin,
        login_name: &str,
        password: Secret,
    ) -> Result<User, Error> {
        check_password(&password)?;
        let user = self.find(admin.account(), login_name).await?;
        let hash = self.passwords.hash(password).await?;
        self.changed(self.storage.set_user_password(&user.account, user.id, &hash).await)
    }

    /// Forbids a user to sign in and ends the user's sessions at once. Disabling twice is no error.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn disable(&self, admin: &AccountAdmin, login_name: &str) -> Result<User, Error> {
        let user = self.find(admin.account(), login_name).await?;
        self.changed(self.storage.set_user_state(&user.account, user.id, UserState::Disabled).await)
    }

    async fn find(&self, account: &AccountId, login_name: &str) -> Result<User, Error> {
        self.storage.user_by_name(account, login_name).await?.ok_or(Error::NotFound("user"))
    }

    /// Forgets the sessions that a change in the store ended.
    fn changed(&self, user: Result<User, storage::Error>) -> Result<User, Error> {
        let user = user.map_err(|error| match error {
            storage::Error::NotFound => Error::NotFound("user"),
            other => other.into(),
        })?;
        self.sessions.forget_user(&user.account, user.id);
        Ok(user)
    }
}

fn check_login_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if length == 0 || length > MAX_LOGIN_NAME {
        return Err(Error::Invalid(format!("the login name must have 1 to {MAX_LOGIN_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::Invalid("the login name must not contain control characters".to_owned()));
    }
    Ok(())
}

fn check_password(password: &Secret) -> Result<(), Error> {
    let (least, most) = (PASSWORD_LEN.start(), PASSWORD_LEN.end());
    match password.expose().len() {
        length if PASSWORD_LEN.contains(&length) => Ok(()),
        length if length < *least => Err(Error::Invalid(format!(
            "the password is too short: it must have at least {least} bytes; a few random words make a good one"
        ))),
        _ => Err(Error::Invalid(format!("the password is too long: it must have at most {most} bytes"))),
    }
}

#[cfg(test)]
mod tests;
