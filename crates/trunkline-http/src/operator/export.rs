//! `/operator/v1/accounts/{account}/export`: lines as they are read, at the pace of whoever takes them.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio_util::sync::CancellationToken;
use trunkline_services::Services;
use trunkline_services::history::Export;
use trunkline_wire::history::Record;
use trunkline_wire::operator::export::{self, ExportConversations};

use super::Answer;
use super::caller::Admin;
use super::input::Query;
use super::refusal::Refusal;

/// What a stream holds between two batches of lines.
type Exporting = (Export, CancellationToken);

/// The lines. A connection that is cut before its end has not delivered all, and every client of HTTP notices that.
pub(super) async fn run(
    State(services): State<Arc<Services>>,
    Extension(shutdown): Extension<CancellationToken>,
    Admin(admin): Admin,
    Query(query): Query<ExportConversations>,
) -> Answer {
    services.audit.export_begun(&admin, query.since, query.after).await?;
    let export = services.history.export(&admin, query.since, query.after).await.map_err(|error| {
        Refusal::from(error)
            .hint_at(StatusCode::SERVICE_UNAVAILABLE, || "wait until another export has ended".to_owned())
    })?;
    let headers = [(CONTENT_TYPE, export::CONTENT_TYPE), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(stream::try_unfold((export, shutdown), next))).into_response())
}

/// The next lines. An export does not hold up the end of the server: it goes on at the next one.
async fn next((mut export, shutdown): Exporting) -> io::Result<Option<(Bytes, Exporting)>> {
    let read = shutdown.run_until_cancelled(export.next()).await;
    let read = read.ok_or_else(|| io::Error::other("the server shuts down"))?;
    let records = read.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "an export failed");
        io::Error::other(error)
    })?;
    let Some(records) = records else { return Ok(None) };
    // On a thread where nobody waits for it: a record may have megabytes.
    let lines = tokio::task::spawn_blocking(move || lines(&records)).await.map_err(io::Error::other)??;
    Ok(Some((lines, (export, shutdown))))
}

fn lines(records: &[Record]) -> serde_json::Result<Bytes> {
    let mut lines = Vec::new();
    for record in records {
        serde_json::to_writer(&mut lines, record)?;
        lines.push(b'\n');
    }
    Ok(lines.into())
}

#[cfg(test)]
mod tests {
    use trunkline_services::auth::Operator;
    use trunkline_wire::AccountId;

    use super::*;
    use crate::installations::tests::platform::Platform;

    /// Whoever reads would take what came for everything.
    #[tokio::test]
    async fn a_server_that_shuts_down_cuts_an_export_off() {
        let platform = Platform::new().await;
        let admin = Operator::this_process().account_admin(AccountId::parse("10020030").unwrap());
        let begin = || platform.services.history.export(&admin, None, None);
        let shutdown = CancellationToken::new();
        assert!(next((begin().await.unwrap(), shutdown.clone())).await.unwrap().is_none());
        let under_way = begin().await.unwrap();
        shutdown.cancel();
        let cut_off = next((under_way, shutdown)).await.unwrap_err();
        assert_eq!(cut_off.to_string(), "the server shuts down");
    }
}
