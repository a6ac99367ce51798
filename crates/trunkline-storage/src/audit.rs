//! The audit trail.

use async_trait::async_trait;
use trunkline_model::{AuditEntry, AuditNote, Page, PageRequest};
use trunkline_wire::{AccountId, EpochMillis};

use crate::Error;

/// Notes for good: they are neither changed nor removed.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds a note and returns its number, which is larger than that of any other.
    async fn add_audit_note(&self, note: AuditNote) -> Result<u64, Error>;

    /// The notes of an account by number, those from before `since` left out.
    async fn audit_trail(
        &self,
        account: &AccountId,
        since: Option<EpochMillis>,
        page: PageRequest<u64>,
    ) -> Result<Page<AuditEntry, u64>, Error>;
}
