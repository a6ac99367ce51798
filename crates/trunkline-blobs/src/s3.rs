//! A store that speaks S3.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use trunkline_model::Secret;

/// The smallest part that S3 takes, but for the last one: files up to here go in one request.
pub(crate) const CHUNK: usize = 5 * 1024 * 1024;
/// A request to the store, the reading of its answer included: a client that reads slowly makes it last.
const REQUEST: Duration = Duration::from_mins(15);
const CONNECT: Duration = Duration::from_secs(5);
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(30);

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

/// Prepares the client; nothing is sent yet.
pub(crate) fn open(options: S3Options) -> object_store::Result<Arc<dyn ObjectStore>> {
    let plain = options.endpoint.starts_with("http://");
    let client =
        ClientOptions::new().with_allow_http(plain).with_connect_timeout(CONNECT).with_timeout(REQUEST);
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRYING, ..RetryConfig::default() };
    // The bucket is in the path: what S3-compatible stores understand without a DNS entry for each bucket.
    let store = AmazonS3Builder::new()
        .with_endpoint(options.endpoint)
        .with_bucket_name(options.bucket)
        .with_region(options.region)
        .with_access_key_id(options.access_key)
        .with_secret_access_key(options.secret_key.expose())
        .with_virtual_hosted_style_request(false)
        .with_client_options(client)
        .with_retry(retry)
        .build()?;
    Ok(Arc::new(store))
}
