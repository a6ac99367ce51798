//! A store that speaks S3.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer};
use object_store::client::{HttpClient, HttpConnector, HttpRequestBody};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use trunkline_model::Secret;

use crate::complete::Complete;

/// A request to the store, the reading of its answer included: a client that reads slowly makes it last.
const REQUEST: Duration = Duration::from_mins(15);
/// The same when a blob goes there, which no client can make last.
const PUT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(30);
/// The pause before a blob is sent again; the next ones are longer.
const PAUSE: Duration = Duration::from_millis(100);
/// How much of an answer that refuses a blob is told, in bytes.
const TOLD: usize = 512;

/// Which store, and as whom.
#[derive(Clone)]
pub struct S3Options {
    /// The URL of the store: `https://s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000`.
    pub endpoint: String,
    /// The bucket, which must be there.
    pub bucket: String,
    /// The region: `eu-central-1`; stores without regions take `us-east-1`.
    pub region: String,
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: Secret,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A bucket. `object_store` has no way to put a blob that is not in memory, so [`Bucket::put`] sends it on its own, with
/// the signature that `object_store` makes; everything else goes through [`Bucket::store`].
#[derive(Debug)]
pub(crate) struct Bucket {
    store: Arc<AmazonS3>,
    /// One for both.
    client: reqwest::Client,
    /// Where the names of objects begin.
    url: String,
    region: String,
}

/// Why a blob did not get there.
#[derive(Debug, thiserror::Error)]
enum PutError {
    #[error("the request cannot be made")]
    Request(#[source] Box<dyn StdError + Send + Sync>),
    #[error("the store could not be reached, or did not take all of the blob")]
    Broken(#[source] reqwest::Error),
    #[error("the store answered {status}: {told}")]
    Refused { status: StatusCode, told: String },
}

impl PutError {
    /// Whether another attempt may succeed.
    fn passes(&self) -> bool {
        match self {
            Self::Request(_) => false,
            Self::Broken(_) => true,
            Self::Refused { status, .. } => {
                status.is_server_error()
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
        }
    }
}

impl Bucket {
    /// Prepares the client; nothing is sent yet.
    pub(crate) fn open(options: S3Options) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        // They are put into a header.
        for (name, value) in [("access key id", &options.access_key), ("region", &options.region)] {
            if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(format!("the {name} has other characters than visible ones of ASCII").into());
            }
        }
        let client = reqwest::Client::builder()
            .http1_only()
            .https_only(!options.endpoint.starts_with("http://"))
            .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .build()?;
        let url = format!("{}/{}", options.endpoint.trim_end_matches('/'), options.bucket);
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRYING, ..RetryConfig::default() };
        // The bucket is in the path: what S3-compatible stores understand without a DNS entry for each bucket.
        let store = AmazonS3Builder::new()
            .with_endpoint(options.endpoint)
            .with_bucket_name(options.bucket)
            .with_region(&options.region)
            .with_access_key_id(options.access_key)
            .with_secret_access_key(options.secret_key.expose())
            .with_virtual_hosted_style_request(false)
            .with_http_connector(Shared(client.clone()))
            .with_retry(retry)
            .build()?;
        Ok(Self { store: Arc::new(store), client, url, region: options.region })
    }

    /// For whatever does not send a blob.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::<AmazonS3>::clone(&self.store)
    }

    /// Sends a blob, a piece after the other, again where that may help. When it returns the blob is there as a whole: the
    /// store compares its digest.
    pub(crate) async fn put(
        &self,
        location: &Path,
        blob: &Complete,
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let mut pause = PAUSE;
        for _ in 0..RETRIES {
            match self.put_once(location, blob).await {
                Err(error) if error.passes() => {
                    tracing::debug!(error = &error as &dyn StdError, "a blob is sent again");
                }
                done => return Ok(done?),
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
        }
        Ok(self.put_once(location, blob).await?)
    }

    async fn put_once(&self, location: &Path, blob: &Complete) -> Result<(), PutError> {
        let (url, headers) = self.signed(location, blob).await.map_err(PutError::Request)?;
        let sending = self
            .client
            .put(url)
            .headers(headers)
            .header(header::CONTENT_LENGTH, blob.size())
            .timeout(PUT)
            .body(reqwest::Body::wrap_stream(blob.pieces()));
        let mut answer = sending.send().await.map_err(PutError::Broken)?;
        let status = answer.status();
        let mut told = Vec::new();
        // To its end, so that the connection can be used again, unless that is far.
        while told.len() < TOLD
            && let Some(piece) = answer.chunk().await.map_err(PutError::Broken)?
        {
            told.extend_from_slice(&piece);
        }
        if status.is_success() {
            return Ok(());
        }
        told.truncate(TOLD);
        Err(PutError::Refused { status, told: String::from_utf8_lossy(&told).into_owned() })
    }

    /// The URL of a blob, and the headers that allow it to be put there.
    async fn signed(
        &self,
        location: &Path,
        blob: &Complete,
    ) -> Result<(String, header::HeaderMap), Box<dyn StdError + Send + Sync>> {
        let url = format!("{}/{location}", self.url);
        let mut request = Request::builder().method(Method::PUT).uri(&url).body(HttpRequestBody::empty())?;
        let credential = self.store.credentials().get_credential().await?;
        let authorizer = AwsAuthorizer::new(&credential, "s3", &self.region);
        authorizer.try_authorize(&mut request, Some(blob.sha256()))?;
        Ok((url, request.into_parts().0.headers))
    }
}

/// Makes `object_store` use a client that is there already.
#[derive(Debug)]
struct Shared(reqwest::Client);

impl HttpConnector for Shared {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}
