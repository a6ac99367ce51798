//! Bytes of files on their way, counted.

use axum::body::Body;
use futures_util::stream;
use metrics::counter;
use trunkline_services::files::BlobReader;

/// Counts a complete upload.
pub(super) fn count_upload(bytes: u64) {
    counter!("trunkline_file_uploads_total").increment(1);
    counter!("trunkline_file_upload_bytes_total").increment(bytes);
}

/// A body of what a reader gives, piece by piece, as fast as the client takes it. Trouble in the middle ends the
/// connection: the client sees that something is missing.
pub(super) fn outgoing(reader: Box<dyn BlobReader>) -> Body {
    counter!("trunkline_file_downloads_total").increment(1);
    let sent = counter!("trunkline_file_download_bytes_total");
    Body::from_stream(stream::unfold(Some(reader), move |reader| {
        let sent = sent.clone();
        async move {
            let mut reader = reader?;
            match reader.next().await {
                Ok(None) => None,
                Ok(Some(bytes)) => {
                    sent.increment(bytes.len() as u64);
                    Some((Ok(bytes), Some(reader)))
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a download broke off");
                    Some((Err(error), None))
                }
            }
        }
    }))
}
