//! A store that speaks S3.

mod options;
mod put;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use tokio::sync::Semaphore;

pub use options::{S3Options, S3OptionsError};
pub(crate) use put::PutError;

/// A request to the store, the reading of its answer included: a client that reads slowly makes it last.
const REQUEST: Duration = Duration::from_mins(15);
const CONNECT: Duration = Duration::from_secs(5);
const STALL: Duration = Duration::from_secs(20);
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(30);
/// How many blobs go to the store at the same time. All of them share one line: with more, a slow one lets none arrive.
const PUTS: usize = 8;

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
    puts: Semaphore,
    /// How long the store may take no piece of a blob, or give no answer once it has all of them.
    stall: Duration,
}

impl Bucket {
    /// Prepares the client; nothing is sent yet.
    pub(crate) fn open(options: S3Options) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let url = options.url()?;
        let client = reqwest::Client::builder()
            .http1_only()
            .https_only(!url.starts_with("http://"))
            // What leads elsewhere is no store, and nothing was put there.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("trunkline/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .build()?;
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
        let puts = Semaphore::new(PUTS);
        Ok(Self { store: Arc::new(store), client, url, region: options.region, puts, stall: STALL })
    }

    /// For whatever does not send a blob.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::<AmazonS3>::clone(&self.store)
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
