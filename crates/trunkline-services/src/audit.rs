//! The audit trail: what was done to accounts that somebody may have to answer for.
//!
//! Notes say who did what and when, with numbers; no name of a person is in them, because they stay when everything else
//! about that person goes.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use trunkline_model::{AuditAction, AuditActor, AuditEntry, AuditNote, Clock, Page, PageRequest};
use trunkline_storage::Storage;
use trunkline_wire::{AccountId, ConversationId, EpochMillis, JsonText};

use crate::Error;
use crate::auth::AccountAdmin;

/// Adds to the trail and reads it.
pub struct Audit {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Audit {
    /// The trail in this store.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    /// The notes of an account, oldest first, those from before `since` left out.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn list(
        &self,
        admin: &AccountAdmin,
        since: Option<EpochMillis>,
        page: PageRequest<u64>,
    ) -> Result<Page<AuditEntry, u64>, Error> {
        Ok(self.storage.audit_trail(admin.account(), since, page).await?)
    }

    /// Notes that an export was asked for, before it begins.
    ///
    /// # Errors
    /// Trouble with the store.
    pub async fn export_begun(
        &self,
        admin: &AccountAdmin,
        since: Option<EpochMillis>,
        after: Option<ConversationId>,
    ) -> Result<(), Error> {
        let details = json!({"since": since, "after": after});
        self.note(admin, AuditAction::ExportBegun, None, &details).await.map(drop)
    }

    /// Notes what somebody does; returns the number of the note, which is durable by then.
    pub(crate) async fn note(
        &self,
        admin: &AccountAdmin,
        action: AuditAction,
        subject: Option<String>,
        details: &Value,
    ) -> Result<u64, Error> {
        self.add(admin.account(), admin.actor(), action, subject, details).await
    }

    /// Notes what the platform does by itself.
    pub(crate) async fn note_of_platform(
        &self,
        account: &AccountId,
        action: AuditAction,
        details: &Value,
    ) -> Result<u64, Error> {
        self.add(account, AuditActor::Platform, action, None, details).await
    }

    async fn add(
        &self,
        account: &AccountId,
        actor: AuditActor,
        action: AuditAction,
        subject: Option<String>,
        details: &Value,
    ) -> Result<u64, Error> {
        let details = JsonText::normalise(&details.to_string())
            .map_err(|_| Error::Invalid("the details of a note cannot be printed as JSON".to_owned()))?;
        let note =
            AuditNote { account: account.clone(), at: self.clock.now(), actor, action, subject, details };
        Ok(self.storage.add_audit_note(note).await?)
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").finish_non_exhaustive()
    }
}
