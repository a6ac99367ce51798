//! `/operator/v1/accounts/{account}/audit`.

use std::sync::Arc;

use axum::extract::State;
use trunkline_model::{AuditEntry, PageRequest};
use trunkline_services::Services;
use trunkline_wire::operator::audit::{AuditInfo, AuditList, ListAudit};

use super::caller::Admin;
use super::input::{Query, check_limit};
use super::{Answer, ok};

pub(super) async fn list(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    Query(query): Query<ListAudit>,
) -> Answer {
    check_limit(query.limit)?;
    let page = PageRequest { after: query.after, limit: query.limit() };
    let page = services.audit.list(&admin, query.since, page).await?;
    ok(&AuditList { entries: page.items.into_iter().map(info).collect(), next: page.next })
}

fn info(AuditEntry { number, note }: AuditEntry) -> AuditInfo {
    AuditInfo {
        number,
        at: note.at,
        actor: note.actor.to_text(),
        action: note.action.as_str().to_owned(),
        subject: note.subject,
        details: note.details,
    }
}
