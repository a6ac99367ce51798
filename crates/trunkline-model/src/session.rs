//! Sessions of signed-in users. Tokens are random and stored hashed.

use std::fmt;

use trunkline_wire::{AccountId, AppKey, EpochMillis, UserId};

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

/// What a user showed in order to sign in. A session is begun only while this still signs the user in.
#[derive(Clone, PartialEq, Eq)]
pub enum LoginProof {
    /// The password that has this hash.
    Password {
        /// The argon2id hash that was checked.
        hash: String,
    },
    /// An API key; the session ends when the key is revoked.
    Key(AppKey),
}

impl fmt::Debug for LoginProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { .. } => f.write_str("Password(…)"),
            Self::Key(key) => write!(f, "Key({key})"),
        }
    }
}
