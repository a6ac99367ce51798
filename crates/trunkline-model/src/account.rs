//! Accounts: the tenants.

use trunkline_wire::{AccountId, EpochMillis};

use crate::SealedSecret;

/// A tenant. Every other entity belongs to exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// When it was created.
    pub created_at: EpochMillis,
    /// 32 random bytes that turn external consumer ids into consumer ids (spec 04 §4), sealed.
    pub consumer_secret: SealedSecret,
}
