//! Users of an account: agents, bots, managers, admins. Their passwords are the only secrets hashed slowly.

mod directory;
mod keys;
mod passwords;
mod rules;

use std::sync::Arc;

use tokio::sync::broadcast;
use trunkline_model::{Clock, Page, PageRequest, Rng, Role, Secret, User, UserChange, UserState};
use trunkline_storage::{self as storage, Storage};
use trunkline_wire::agent::UserRef;
use trunkline_wire::{AccountId, AgentId, SkillId, UserId};

use crate::Error;
use crate::auth::{AccountAdmin, Sessions};

pub use keys::{KeySecrets, NewUserKey};
pub use passwords::{PasswordOptions, Passwords};

use directory::Directory;
use rules::{check_login_name, check_password};

/// A user to create.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewUser {
    /// The login name: 1 to 128 characters, no control characters, unique inside the account.
    pub login_name: String,
    /// What the user may do.
    pub role: Role,
    /// The password: 8 to 1024 bytes.
    pub password: Secret,
    /// The skills whose conversations are offered, at most 100 of the account's; empty for all.
    pub skills: Vec<SkillId>,
    /// How many conversations the user may have before no more are offered; `None` for no limit.
    pub max_conversations: Option<u32>,
}

impl NewUser {
    /// A user who is offered conversations of every skill, without limit.
    pub fn new(login_name: String, role: Role, password: Secret) -> Self {
        Self { login_name, role, password, skills: Vec::new(), max_conversations: None }
    }
}

/// A user who was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedUser {
    pub(crate) account: AccountId,
    pub(crate) id: UserId,
}

/// Changes of users that are kept for those who follow them; who misses more looks at all users again.
const CHANGES: usize = 64;

/// Creates, changes and finds users.
pub struct Users {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    passwords: Arc<Passwords>,
    sessions: Arc<Sessions>,
    directory: Directory,
    changes: broadcast::Sender<ChangedUser>,
}

impl Users {
    /// Users in this store. Nobody else changes them.
    pub fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        passwords: Arc<Passwords>,
        sessions: Arc<Sessions>,
    ) -> Self {
        let directory = Directory::new(Arc::clone(&storage));
        Self { storage, clock, rng, passwords, sessions, directory, changes: broadcast::Sender::new(CHANGES) }
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name, password or skill against the rules; [`Error::Duplicate`] for a taken name;
    /// [`Error::NotFound`] for an unknown account; [`Error::Overloaded`].
    pub async fn create(&self, admin: &AccountAdmin, user: NewUser) -> Result<User, Error> {
        check_login_name(&user.login_name)?;
        check_password(&user.password)?;
        let account = admin.account();
        self.storage.account(account).await?.ok_or(Error::NotFound("account"))?;
        let skills = self.checked_skills(account, user.skills).await?;
        let user = User {
            account: account.clone(),
            id: UserId::from_number(0),
            password_hash: self.passwords.hash(user.password).await?,
            login_name: user.login_name,
            role: user.role,
            state: UserState::Active,
            skills,
            max_conversations: user.max_conversations,
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

    /// Changes what is offered to a user from now on. Sessions, and conversations the user is in, go on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a skill against the rules; [`Error::NotFound`].
    pub async fn change(
        &self,
        admin: &AccountAdmin,
        login_name: &str,
        mut change: UserChange,
    ) -> Result<User, Error> {
        let user = self.find(admin.account(), login_name).await?;
        if let Some(skills) = change.skills {
            change.skills = Some(self.checked_skills(&user.account, skills).await?);
        }
        self.changed(self.storage.change_user(&user.account, user.id, change).await)
    }

    /// The user whom a request names by either id, mostly from memory. `None` for consumers, for users of other accounts
    /// and for ids that nobody has.
    ///
    /// # Errors
    /// The store's.
    pub async fn resolve(&self, account: &AccountId, who: &UserRef) -> Result<Option<Arc<User>>, Error> {
        let number = match who {
            UserRef::Aid(aid) if aid.account == *account => Some(aid.user),
            UserRef::Pid(pid) => self.number_of(account, *pid).await?,
            _ => None,
        };
        match number {
            Some(number) => self.directory.by_number(account, number).await,
            None => Ok(None),
        }
    }

    /// The number of the user with this PID, mostly from memory: what the old form of the id is made of.
    ///
    /// # Errors
    /// The store's.
    pub async fn number_of(&self, account: &AccountId, pid: AgentId) -> Result<Option<UserId>, Error> {
        self.directory.number_of(account, pid).await
    }

    /// Tells of every user who is changed from now on, once the change can be read.
    pub(crate) fn changes(&self) -> broadcast::Receiver<ChangedUser> {
        self.changes.subscribe()
    }

    async fn find(&self, account: &AccountId, login_name: &str) -> Result<User, Error> {
        self.storage.user_by_name(account, login_name).await?.ok_or(Error::NotFound("user"))
    }

    /// Forgets what a change in the store made stale: the user as he was, and sessions that it ended.
    fn changed(&self, user: Result<User, storage::Error>) -> Result<User, Error> {
        let user = user.map_err(|error| match error {
            storage::Error::NotFound => Error::NotFound("user"),
            other => other.into(),
        })?;
        self.directory.forget(&user.account, user.id);
        self.sessions.forget_user(&user.account, user.id);
        // Nobody may be there to hear it.
        let _ = self.changes.send(ChangedUser { account: user.account.clone(), id: user.id });
        Ok(user)
    }

    /// Skills of the account, each once, ascending.
    async fn checked_skills(
        &self,
        account: &AccountId,
        mut skills: Vec<SkillId>,
    ) -> Result<Vec<SkillId>, Error> {
        skills.sort_unstable();
        skills.dedup();
        rules::check_skills(&skills)?;
        for skill in &skills {
            // Skills are never removed, so one that is there now is there when the user is stored.
            if self.storage.skill(account, *skill).await?.is_none() {
                return Err(Error::Invalid(format!("skills: the account has no skill {skill}")));
            }
        }
        Ok(skills)
    }
}

#[cfg(test)]
mod tests;
