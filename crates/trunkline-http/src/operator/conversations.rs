//! `/operator/v1/accounts/{account}/conversations/{conversation}/log`.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use trunkline_model::conversation::{EntryBody, LogEntry};
use trunkline_services::Services;
use trunkline_wire::ConversationId;
use trunkline_wire::conversations::log::{Entry, Page, What};

use super::caller::Admin;
use super::input::{Query, check_limit};
use super::refusal::Refusal;
use super::{Answer, ok};
use crate::extract::Params;

/// Entries of a page when the request names no `limit`.
const DEFAULT_PAGE: usize = 100;

/// Which part of the log is asked for.
#[derive(Deserialize)]
pub(super) struct Part {
    /// The version before the first entry.
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

pub(super) async fn log(
    State(services): State<Arc<Services>>,
    Admin(admin): Admin,
    params: Params,
    Query(part): Query<Part>,
) -> Answer {
    let conversation = params.get("conversation").and_then(|id| ConversationId::parse(id).ok());
    let conversation = conversation.ok_or_else(|| Refusal::not_found("conversation not found"))?;
    check_limit(part.limit)?;
    let limit = part.limit.unwrap_or(DEFAULT_PAGE);
    let page = services.conversations.log(&admin, conversation, part.after, limit).await?;
    ok(&Page { entries: page.entries.into_iter().map(entry).collect(), next: page.next })
}

fn entry(entry: LogEntry) -> Entry {
    let what = match entry.body {
        EntryBody::Event(event) => What::Event {
            dialog_id: event.dialog,
            sequence: event.sequence,
            originator_id: event.originator,
            role: event.role,
            event: event.event,
            message_audience: event.audience,
            metadata: event.metadata,
        },
        EntryBody::Changed { by, metadata } => What::Conversation {
            originator_id: by,
            state: entry
                .state
                .as_ref()
                .map_or("OPEN", |state| open_or_close(state.main().is_open()))
                .to_owned(),
            stage: entry.state.as_ref().map_or("OPEN", |state| open_or_close(state.is_open())).to_owned(),
            consumer_id: entry.state.as_ref().map(|state| state.consumer),
            erased_at: entry.state.as_ref().and_then(|state| state.erased_at),
            metadata,
        },
    };
    Entry { version: entry.version, at: entry.at, what }
}

const fn open_or_close(open: bool) -> &'static str {
    if open { "OPEN" } else { "CLOSE" }
}
