//! PUT. Source: spec 07 §3.

use std::sync::Arc;
use std::time::Duration;

use ::bytes::Bytes;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use tokio::time::Instant;
use trunkline_services::Services;
use trunkline_services::files::{Upload, UploadError, UploadPermit};

use super::Refusal;
use super::bytes::count_upload;
use crate::context::RequestContext;

impl From<UploadError> for Refusal {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge => Self::TooLarge,
            UploadError::Unsupported => Self::Unsupported,
            UploadError::Gone => Self::Missing,
            UploadError::Service(error) => Self::Service(error),
        }
    }
}

/// So many times the largest file is read of a body that is refused; one that is larger is cut off.
const READ_ON: u64 = 4;

/// Stores the body. A browser reads the answer as JSON unless it is empty.
pub(super) async fn put(
    services: &Arc<Services>,
    permit: UploadPermit,
    head: &Parts,
    body: Body,
) -> Result<Response, Refusal> {
    // Source: RFC 9110 §14.5.
    if head.headers.contains_key(header::CONTENT_RANGE) {
        return Err(Refusal::Partial);
    }
    let stall = RequestContext::of(&head.extensions).limits().body;
    let options = services.files.options();
    let size = body.size_hint().exact();
    let left = options.max_bytes.saturating_mul(READ_ON);
    let mut incoming = Incoming { body, stall, until: Instant::now() + options.upload_time, left };
    let outcome = match services.files.upload(permit, size).await {
        Ok(upload) => receive(upload, &mut incoming).await,
        Err(error) => Err(error.into()),
    };
    // Who waits for leave to send the body is answered without it.
    let is_sent = incoming.left < left || !head.headers.contains_key(header::EXPECT);
    if is_sent && matches!(outcome, Err(Refusal::Unsupported | Refusal::TooLarge)) {
        incoming.read_on().await;
    }
    count_upload(outcome?);
    Ok(StatusCode::CREATED.into_response())
}

async fn receive(mut upload: Upload, incoming: &mut Incoming) -> Result<u64, Refusal> {
    while let Some(bytes) = incoming.next().await? {
        upload.write(bytes).await?;
    }
    Ok(upload.finish().await?)
}

/// A body that must go on coming.
struct Incoming {
    body: Body,
    /// How long the next piece may take.
    stall: Duration,
    /// The end of the time for the whole.
    until: Instant,
    /// How much of it is still worth reading when nobody wants it.
    left: u64,
}

impl Incoming {
    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let deadline = self.until.min(Instant::now() + self.stall);
            let frame = tokio::time::timeout_at(deadline, self.body.frame()).await;
            match frame.map_err(|_| Refusal::TimedOut)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(Refusal::Disconnected),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.left = self.left.saturating_sub(data.len() as u64);
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// Reads the rest of a body that is refused, because a browser shows an answer only to who was heard to the end.
    async fn read_on(&mut self) {
        while self.left > 0 && matches!(self.next().await, Ok(Some(_))) {}
    }
}
