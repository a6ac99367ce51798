//! Sending a blob that is not in memory.

use std::error::Error as StdError;
use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode, header};
use object_store::aws::AwsAuthorizer;
use object_store::client::HttpRequestBody;
use object_store::path::Path;
use tokio::time::{Instant, timeout};

use super::{Bucket, RETRIES, RETRYING};
use crate::complete::{Complete, Progress};

/// How long a blob waits for its turn.
const TURN: Duration = Duration::from_mins(1);
/// How long a blob may take in all, once it is its turn. Whoever stores it counts on less than ten minutes.
const WHOLE: Duration = Duration::from_mins(5);
/// The pause before a blob is sent again; the next ones are longer.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the rest of an answer is waited for: what counts is its status.
const REST: Duration = Duration::from_secs(1);
/// How much of an answer that refuses a blob is told, in bytes.
const TOLD: usize = 512;

/// Why a blob did not get there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PutError {
    /// Too many others are on their way.
    #[error("other blobs are still on their way to the store")]
    Busy,
    /// Nothing that the store did.
    #[error("the request cannot be made")]
    Request(#[source] Box<dyn StdError + Send + Sync>),
    /// The connection was not made or did not last.
    #[error("the store could not be reached, or did not take all of the blob")]
    Broken(#[source] reqwest::Error),
    /// Nothing happened for [`Bucket::stall`].
    #[error("the store takes nothing and does not answer")]
    Stalled,
    /// It took longer than [`WHOLE`].
    #[error("the store takes the blob too slowly")]
    Slow,
    /// An answer that is no success.
    #[error("the store answered {status}: {told}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// The beginning of its body, without control characters.
        told: String,
    },
}

impl PutError {
    /// Whether another attempt may succeed.
    fn passes(&self) -> bool {
        match self {
            Self::Busy | Self::Request(_) | Self::Slow => false,
            Self::Broken(_) | Self::Stalled => true,
            Self::Refused { status, told } => match *status {
                // As S3 says that a body came too slowly.
                StatusCode::BAD_REQUEST => told.contains("RequestTimeout"),
                StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => true,
                status => status.is_server_error(),
            },
        }
    }
}

impl Bucket {
    /// Sends a blob, a piece after the other, again where that may help. When it returns the blob is there as a whole: the
    /// store compares its digest.
    pub(crate) async fn put(&self, location: &Path, blob: &Complete) -> Result<(), PutError> {
        let Ok(Ok(_turn)) = timeout(TURN, self.puts.acquire()).await else { return Err(PutError::Busy) };
        timeout(WHOLE, self.attempts(location, blob)).await.unwrap_or(Err(PutError::Slow))
    }

    async fn attempts(&self, location: &Path, blob: &Complete) -> Result<(), PutError> {
        let (began, mut pause) = (Instant::now(), PAUSE);
        for _ in 0..RETRIES {
            match self.put_once(location, blob).await {
                Err(error) if error.passes() && began.elapsed() < RETRYING => {
                    tracing::debug!(error = &error as &dyn StdError, "a blob is sent again");
                }
                done => return done,
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
        }
        self.put_once(location, blob).await
    }

    async fn put_once(&self, location: &Path, blob: &Complete) -> Result<(), PutError> {
        let (url, headers) = self.signed(location, blob).await.map_err(PutError::Request)?;
        let (pieces, progress) = blob.pieces();
        let sending = self
            .client
            .put(url)
            .headers(headers)
            .header(header::CONTENT_LENGTH, blob.size())
            .body(reqwest::Body::wrap_stream(pieces))
            .send();
        let answer = tokio::select! {
            answer = sending => answer.map_err(PutError::Broken)?,
            () = stalled(progress, self.stall) => return Err(PutError::Stalled),
        };
        let status = answer.status();
        let told = told(answer).await;
        if status.is_success() { Ok(()) } else { Err(PutError::Refused { status, told }) }
    }

    /// The URL of a blob, and the headers that allow it to be put there.
    async fn signed(
        &self,
        location: &Path,
        blob: &Complete,
    ) -> Result<(String, HeaderMap), Box<dyn StdError + Send + Sync>> {
        let url = format!("{}/{location}", self.url);
        let mut request = Request::builder().method(Method::PUT).uri(&url).body(HttpRequestBody::empty())?;
        let credential = self.store.credentials().get_credential().await?;
        let authorizer = AwsAuthorizer::new(&credential, "s3", &self.region);
        authorizer.try_authorize(&mut request, Some(blob.sha256()))?;
        Ok((url, request.into_parts().0.headers))
    }
}

/// Ends when nothing was taken for too long.
async fn stalled(mut progress: Progress, stall: Duration) {
    while let Ok(Ok(())) = timeout(stall, progress.changed()).await {}
    // The last piece was taken, or none for too long: then there is no more time for the answer.
    if progress.has_changed().is_err() {
        tokio::time::sleep(stall).await;
    }
}

/// The beginning of an answer's body. A short one is read to its end, so that the connection can be used again.
async fn told(mut answer: reqwest::Response) -> String {
    let mut told = Vec::new();
    let reading = async {
        while told.len() < TOLD
            && let Ok(Some(piece)) = answer.chunk().await
        {
            told.extend_from_slice(&piece);
        }
    };
    // What did not come in time is not told.
    let _ = timeout(REST, reading).await;
    told.truncate(TOLD);
    String::from_utf8_lossy(&told).replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use aws_lc_rs::digest::{SHA256, digest};
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;
    use trunkline_model::Secret;

    use super::*;
    use crate::S3Options;
    use crate::s3::PUTS;

    const SIZE: usize = 16 << 20;

    /// A blob that no buffer on the way holds.
    fn blob() -> Complete {
        let mut file = tempfile::tempfile().unwrap();
        let bytes = vec![7; SIZE];
        file.write_all(&bytes).unwrap();
        Complete::new(file, SIZE as u64, digest(&SHA256, &bytes))
    }

    fn bucket(listener: &TcpListener) -> Bucket {
        let options = S3Options {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            bucket: "files".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "trunkline".to_owned(),
            secret_key: Secret::new("secret".to_owned()),
        };
        Bucket { stall: Duration::from_millis(100), ..Bucket::open(options).unwrap() }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_turn_is_told_so() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bucket = bucket(&listener);
        let _others = bucket.puts.acquire_many(u32::try_from(PUTS).unwrap()).await.unwrap();
        let outcome = bucket.put(&Path::from("10020030/1"), &blob()).await;
        assert!(matches!(outcome, Err(PutError::Busy)), "{outcome:?}");
    }

    /// Whether it takes nothing at all, or everything: who does not answer is given up, and the blob is sent again.
    #[tokio::test]
    async fn a_store_that_stalls_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bucket = bucket(&listener);
        let (location, blob) = (Path::from("10020030/1"), blob());
        for takes in [0, SIZE] {
            let mut attempts = 0;
            let stalling = async {
                let mut sockets = Vec::new();
                loop {
                    let (mut socket, _) = listener.accept().await.unwrap();
                    attempts += 1;
                    let mut left = vec![0; takes];
                    socket.read_exact(&mut left).await.ok();
                    sockets.push(socket);
                }
            };
            let outcome: Result<(), PutError> = tokio::select! {
                outcome = bucket.put(&location, &blob) => outcome,
                () = stalling => unreachable!("it goes on for ever"),
            };
            assert!(matches!(outcome, Err(PutError::Stalled)), "{outcome:?}");
            assert_eq!(attempts, RETRIES + 1);
        }
    }
}
