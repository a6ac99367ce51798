//! API keys of users.

use async_trait::async_trait;
use trunkline_model::UserKey;
use trunkline_wire::{AccountId, AppKey, UserId};

use crate::Error;

/// API keys of users.
#[async_trait]
pub trait UserKeys: Send + Sync {
    /// Adds a key.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user; [`Error::Conflict`] when the user has
    /// [`UserKey::MOST_PER_USER`] keys already; [`Error::Duplicate`] when the account has a key of this `appKey`.
    async fn create_user_key(&self, key: UserKey) -> Result<(), Error>;

    /// One key by its `appKey`.
    async fn user_key(&self, account: &AccountId, app_key: &AppKey) -> Result<Option<UserKey>, Error>;

    /// The keys of a user, oldest first.
    async fn user_keys(&self, account: &AccountId, user: UserId) -> Result<Vec<UserKey>, Error>;

    /// Removes a key of a user and ends the sessions that began with it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the user has no such key.
    async fn revoke_user_key(&self, account: &AccountId, user: UserId, app_key: &AppKey)
    -> Result<(), Error>;
}
