//! `/operator/v1/backup`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse as _;
use futures_util::stream;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use trunkline_services::Services;
use trunkline_services::backups::Archive;
use trunkline_wire::operator::backup;

use super::Answer;
use super::caller::Caller;
use super::refusal::Refusal;

/// The archive, at the pace of whoever reads it. A connection that is cut before its end leaves an archive without manifest,
/// which nobody takes for a whole one.
pub(super) async fn make(State(services): State<Arc<Services>>, Caller(operator): Caller) -> Answer {
    let archive = services.backups.begin(&operator).await.map_err(|error| {
        Refusal::from(error).hint_at(StatusCode::CONFLICT, || "wait until it is done".to_owned())
    })?;
    let headers = [(CONTENT_TYPE, backup::CONTENT_TYPE), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(stream::try_unfold(archive, next))).into_response())
}

async fn next(mut archive: Archive) -> std::io::Result<Option<(bytes::Bytes, Archive)>> {
    let read = archive.next().await.inspect_err(|error| {
        tracing::error!(error = error as &dyn std::error::Error, "a backup cannot be read");
    })?;
    Ok(read.map(|bytes| (bytes, archive)))
}
