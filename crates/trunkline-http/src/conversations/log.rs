//! The operator's view of a conversation's log.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use trunkline_model::conversation::{EntryBody, LogEntry};
use trunkline_services::Services;
use trunkline_wire::ConversationId;
use trunkline_wire::conversations::log::{Entry, Page, What};

use crate::error::{error_response, internal_error, json_response};
use crate::extract::{Pairs, Params, token};

/// Entries of a page when the request names no `limit`.
const DEFAULT_PAGE: usize = 100;

pub(super) async fn log(
    State(services): State<Arc<Services>>,
    params: Params,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Ok(operator) = services.auth.operator(token(&headers, "authorization")) else {
        return error_response(StatusCode::UNAUTHORIZED, "the operator token is missing or wrong");
    };
    let number = |name: &str| -> Result<Option<u64>, ()> {
        let pairs = Pairs::of_query(&uri).map_err(|_| ())?;
        pairs.get(name).map(|text| text.parse().map_err(|_| ())).transpose()
    };
    let (Ok(after), Ok(limit)) = (number("after"), number("limit")) else {
        return error_response(StatusCode::BAD_REQUEST, "after and limit must be numbers");
    };
    let conversation = params.get("conversation").and_then(|id| ConversationId::parse(id).ok());
    let (Some(account), Some(conversation)) = (params.account(), conversation) else {
        return error_response(StatusCode::NOT_FOUND, "conversation not found");
    };
    let limit = limit.map_or(DEFAULT_PAGE, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let admin = operator.account_admin(account);
    match services.conversations.log(&admin, conversation, after.unwrap_or(0), limit).await {
        Ok(page) => {
            let entries = page.entries.into_iter().map(entry).collect();
            json_response(StatusCode::OK, &Page { entries, next: page.next })
        }
        Err(trunkline_services::Error::NotFound(_)) => {
            error_response(StatusCode::NOT_FOUND, "conversation not found")
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "reading a log failed");
            internal_error()
        }
    }
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
            metadata,
        },
    };
    Entry { version: entry.version, at: entry.at, what }
}

const fn open_or_close(open: bool) -> &'static str {
    if open { "OPEN" } else { "CLOSE" }
}
