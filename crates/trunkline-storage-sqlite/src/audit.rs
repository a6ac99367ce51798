//! The audit trail.

use async_trait::async_trait;
use rusqlite::Row;
use trunkline_model::{AuditAction, AuditActor, AuditEntry, AuditNote, Page, PageRequest};
use trunkline_storage::{AuditTrail, Error};
use trunkline_wire::{AccountId, EpochMillis};

use crate::SqliteStorage;
use crate::failure::{During as _, corrupt};
use crate::row::{account_id, all, change, column, page, page_limit, stored, unsigned};

const ADD: &str =
    "INSERT INTO audit (account, at, actor, action, subject, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const PAGE: &str = "SELECT number, account, at, actor, action, subject, details FROM audit \
                    WHERE account = ?1 AND number > ?2 AND (?3 IS NULL OR at >= ?3) ORDER BY number LIMIT ?4";

#[async_trait]
impl AuditTrail for SqliteStorage {
    async fn add_audit_note(&self, note: AuditNote) -> Result<u64, Error> {
        let operation = "add_audit_note";
        self.write(operation, move |connection| {
            let AuditNote { account, at, actor, action, subject, details } = &note;
            let values = (
                account.as_str(),
                at.0,
                actor.to_text(),
                action.as_str(),
                subject.as_deref(),
                details.as_str(),
            );
            change(connection, ADD, values).during(operation)?;
            Ok(u64::try_from(connection.last_insert_rowid()).unwrap_or(0))
        })
        .await
    }

    async fn audit_trail(
        &self,
        account: &AccountId,
        since: Option<EpochMillis>,
        request: PageRequest<u64>,
    ) -> Result<Page<AuditEntry, u64>, Error> {
        let account = account.clone();
        self.read("audit_trail", move |connection| {
            let after = stored(request.after.unwrap_or(0));
            let values = (account.as_str(), after, since.map(|since| since.0), page_limit(request.limit));
            let items = all(connection, "audit_trail", PAGE, values, entry)?;
            Ok(page(items, request.limit, |entry| entry.number))
        })
        .await
    }
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, Error> {
    let number = unsigned(row, 0, "audit.number", &"?")?;
    let text = |index, what| column::<String>(row, index, what, &number);
    let unknown = |what| corrupt(what, &number, "the word is unknown");
    let details = text(6, "audit.details")?;
    let note = AuditNote {
        account: account_id(&text(1, "audit.account")?, "audit.account")?,
        at: EpochMillis(column(row, 2, "audit.at", &number)?),
        actor: AuditActor::parse(&text(3, "audit.actor")?).ok_or_else(|| unknown("audit.actor"))?,
        action: AuditAction::parse(&text(4, "audit.action")?).ok_or_else(|| unknown("audit.action"))?,
        subject: column(row, 5, "audit.subject", &number)?,
        details: serde_json::from_str(&details)
            .map_err(|source| corrupt("audit.details", &number, source))?,
    };
    Ok(AuditEntry { number, note })
}
