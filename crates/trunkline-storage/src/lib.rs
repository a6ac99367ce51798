//! The storage contract: whole operations, each atomic and durable when it returns.
//!
//! Methods are named for what the services need, not for tables. Looking something up yields `None` when it is not
//! there; everything is scoped by account. One behaviour suite (module and feature `testing`) holds every backend to
//! the same rules.
#![warn(missing_docs)]

mod audit;
mod backup;
mod blobs;
mod chronology;
mod conversations;
mod deliveries;
mod endings;
mod erasure;
mod error;
mod files;
mod log_tail;
mod settings;
mod skills;
#[cfg(feature = "testing")]
pub mod testing;
mod user_keys;

use async_trait::async_trait;
use trunkline_model::conversation::{Conversation, ConversationChange, LogEntry};
use trunkline_model::{
    Account, AppInstallation, ConsumerProfile, KeyPurpose, LoginProof, Page, PageRequest, Session,
    SigningKey, TokenHash, User, UserChange, UserState,
};
use trunkline_wire::{AccountId, AppInstallationId, ConsumerId, ConversationId, EpochMillis, UserId};

pub use audit::AuditTrail;
pub use backup::{Backup, StoreCopy};
pub use blobs::{BlobReader, BlobWriter, Blobs};
pub use chronology::{Chronology, ChronologyFilter, ChronologyOrder, StartedConversation};
pub use conversations::{ConversationFilter, Conversations, PlacedConversation};
pub use deliveries::Deliveries;
pub use endings::Endings;
pub use erasure::Erasure;
pub use error::Error;
pub use files::{Files, SharedFileRow, UnconfirmedFile, WaitingFiles};
pub use log_tail::{LogTail, TailPage};
pub use settings::Settings;
pub use skills::Skills;
pub use user_keys::UserKeys;

/// Everything a backend offers.
pub trait Storage:
    Accounts
    + Installations
    + Users
    + UserKeys
    + Skills
    + Settings
    + Sessions
    + SigningKeys
    + Consumers
    + ConversationLog
    + Conversations
    + Endings
    + Erasure
    + AuditTrail
    + Chronology
    + LogTail
    + Deliveries
    + Files
    + Health
    + Backup
{
}

impl<T> Storage for T where
    T: Accounts
        + Installations
        + Users
        + UserKeys
        + Skills
        + Settings
        + Sessions
        + SigningKeys
        + Consumers
        + ConversationLog
        + Conversations
        + Endings
        + Erasure
        + AuditTrail
        + Chronology
        + LogTail
        + Deliveries
        + Files
        + Health
        + Backup
{
}

/// The conversation log: append-only, ordered by version inside a conversation.
#[async_trait]
pub trait ConversationLog: Send + Sync {
    /// Appends `change.entries` at `change.expected_version + 1…`. Durable when it returns.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another writer took one of those versions (for `expected_version` 0: when the
    /// conversation exists); [`Error::AlreadyOpen`] when a conversation would be opened for a consumer who has an open
    /// one; [`Error::Overloaded`] when too many writes wait.
    async fn commit(&self, change: ConversationChange) -> Result<(), Error>;

    /// The state of a conversation after its last entry.
    async fn conversation(
        &self,
        account: &AccountId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Error>;

    /// The entries after version `after`, ascending, `limit` at most; empty for an unknown conversation. There may be fewer
    /// although there are more, so that large entries do not fill the memory: only an empty page says that there is no more.
    async fn log_after(
        &self,
        account: &AccountId,
        id: ConversationId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<LogEntry>, Error>;

    /// The consumer's open conversation, if there is one.
    async fn open_conversation_of(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<Option<ConversationId>, Error>;
}

/// Accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds an account.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the id is taken.
    async fn create_account(&self, account: Account) -> Result<(), Error>;

    /// One account.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, Error>;

    /// All accounts by id.
    async fn accounts(&self, page: PageRequest<AccountId>) -> Result<Page<Account, AccountId>, Error>;
}

/// The counter of one account's app installations, bumped by every write: `ac-revision`. Source: spec 02 §3.
pub type Revision = i64;

/// App installations. Deleted ones stay as tombstones and are returned by id only, never listed.
#[async_trait]
pub trait Installations: Send + Sync {
    /// All app installations of an account that are not deleted, oldest first, and the revision they belong to.
    async fn installations(&self, account: &AccountId) -> Result<(Vec<AppInstallation>, Revision), Error>;

    /// One app installation, tombstones included, and the account's present revision.
    async fn installation(
        &self,
        account: &AccountId,
        id: AppInstallationId,
    ) -> Result<(Option<AppInstallation>, Revision), Error>;

    /// Adds an app installation and returns the new revision.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when another app of the account that is not deleted has this `client_name`;
    /// [`Error::StaleRevision`] when `expected` is given and is not the present revision.
    async fn create_installation(
        &self,
        app: AppInstallation,
        expected: Option<Revision>,
    ) -> Result<Revision, Error>;

    /// Replaces an app installation (manifest, secrets, state) and returns the new revision.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none or it is deleted; otherwise as for creating.
    async fn update_installation(
        &self,
        app: AppInstallation,
        expected: Option<Revision>,
    ) -> Result<Revision, Error>;
}

/// Users of an account.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds a user; the store chooses the number (`user.id` is ignored) and returns the user as stored.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the account has a user of this login name.
    async fn create_user(&self, user: User) -> Result<User, Error>;

    /// One user by number.
    async fn user(&self, account: &AccountId, id: UserId) -> Result<Option<User>, Error>;

    /// One user by login name (exact, case sensitive).
    async fn user_by_name(&self, account: &AccountId, login_name: &str) -> Result<Option<User>, Error>;

    /// The users of an account by number.
    async fn users(
        &self,
        account: &AccountId,
        page: PageRequest<UserId>,
    ) -> Result<Page<User, UserId>, Error>;

    /// Replaces the password hash of a user and nothing else, ends all their sessions, and returns the user as stored.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user.
    async fn set_user_password(
        &self,
        account: &AccountId,
        id: UserId,
        password_hash: &str,
    ) -> Result<User, Error>;

    /// Replaces the state of a user and nothing else, ends all their sessions, and returns the user as stored.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user.
    async fn set_user_state(&self, account: &AccountId, id: UserId, state: UserState) -> Result<User, Error>;

    /// Replaces what a change names and nothing else, and returns the user as stored. Sessions go on.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user.
    async fn change_user(&self, account: &AccountId, id: UserId, change: UserChange) -> Result<User, Error>;
}

/// Sessions of signed-in users.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Adds a session and drops those of the same account that ended before `session.created_at`. `proof` is what the
    /// user showed.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the user is not there, is disabled, or has another password hash or no such key by now.
    async fn create_session(&self, session: Session, proof: LoginProof) -> Result<(), Error>;

    /// The session of a bearer, expired ones included.
    async fn session(&self, bearer: TokenHash) -> Result<Option<Session>, Error>;

    /// The session of a `Session_id` cookie in an account, expired ones included.
    async fn session_by_cookie(
        &self,
        account: &AccountId,
        cookie: TokenHash,
    ) -> Result<Option<Session>, Error>;

    /// Moves the end of a session.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such session.
    async fn extend_session(&self, bearer: TokenHash, expires_at: EpochMillis) -> Result<(), Error>;

    /// Ends a session; ending an unknown one is no error.
    async fn end_session(&self, bearer: TokenHash) -> Result<(), Error>;
}

/// Keys that sign tokens.
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// All keys, oldest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>, Error>;

    /// Adds a key in whatever state it has.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the `kid` is taken.
    async fn add_signing_key(&self, key: SigningKey) -> Result<(), Error>;

    /// Rotates: the active key of `purpose` retires at `now`, the key `promote` (which must be the next one) becomes
    /// active, `next` is added. All or nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `promote` is not a next key of that purpose; [`Error::Duplicate`] when the `kid` of
    /// `next` is taken.
    async fn rotate_signing_key(
        &self,
        purpose: KeyPurpose,
        promote: &str,
        next: SigningKey,
        now: EpochMillis,
    ) -> Result<(), Error>;
}

/// What is known about consumers.
#[async_trait]
pub trait Consumers: Send + Sync {
    /// A consumer's profile, if one was set.
    async fn consumer_profile(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
    ) -> Result<Option<ConsumerProfile>, Error>;

    /// Sets a consumer's profile.
    async fn set_consumer_profile(
        &self,
        account: &AccountId,
        consumer: ConsumerId,
        profile: ConsumerProfile,
    ) -> Result<(), Error>;

    /// Removes a consumer's profile; returns whether there was one.
    async fn remove_consumer_profile(&self, account: &AccountId, consumer: ConsumerId)
    -> Result<bool, Error>;
}

/// Whether the store can serve.
#[async_trait]
pub trait Health: Send + Sync {
    /// Proves that a write would be accepted and made durable now.
    ///
    /// # Errors
    /// Whatever stands in the way.
    async fn check(&self) -> Result<(), Error>;

    /// Lets every write that was accepted finish, then closes for writing. Later writes fail with [`Error::Closed`].
    async fn close(&self);
}
