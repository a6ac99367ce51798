//! Sessions of signed-in users. Tokens are random and stored hashed.

use std::fmt;

use trunkline_wire::{AccountId, EpochMillis, UserId};

/// SHA-256 of a random token; finding by hash needs no constant-time comparison, because the token has 256 random bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// One login of one user: a bearer for `Authorization`, a cookie and a csrf token for refresh and logout (spec 20 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The account.
    pub account: AccountId,
    /// The user.
    pub user: UserId,
    /// Hash of the bearer; the key of a session.
    pub bearer: TokenHash,
    /// Hash of the `Session_id` cookie.
    pub cookie: TokenHash,
    /// Hash of the csrf token.
    pub csrf: TokenHash,
    /// When the user signed in.
    pub created_at: EpochMillis,
    /// When the session ends unless it is refreshed.
    pub expires_at: EpochMillis,
}
