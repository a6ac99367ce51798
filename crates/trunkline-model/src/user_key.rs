//! API keys of users: the four OAuth 1.0a values with which bots sign in. Source: spec 20 §3, row 3.

use trunkline_wire::{AccountId, AppKey, EpochMillis, UserId};

use crate::TokenHash;

/// An API key of a user. Of its four values only `appKey` is stored as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserKey {
    /// The account.
    pub account: AccountId,
    /// The user who signs in with it.
    pub user: UserId,
    /// `appKey`, unique inside the account.
    pub app_key: AppKey,
    /// SHA-256 over `secret`, `accessToken` and `accessTokenSecret`. They are random, so nothing slower is needed.
    pub secrets: TokenHash,
    /// When the key was created.
    pub created_at: EpochMillis,
}

impl UserKey {
    /// The most keys a user has at the same time.
    pub const MOST_PER_USER: usize = 20;
}
