//! Sending one request to one endpoint: what the delivery engine asks for and what it learns.

mod addresses;
mod body;
mod connection;
mod connector;
mod endpoint;
mod failure;
mod http_transport;
mod options;
mod pool;
mod resolver;
mod stream;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

pub use addresses::AddressPolicy;
pub use http_transport::HttpTransport;
pub use options::{PlainHttp, TransportError, TransportOptions};
pub use resolver::{Resolver, SystemResolver};
pub use tls::{Authorities, ClientCertificate};

/// Sends requests.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// POSTs a notification and waits for the status of the answer, within the time-outs of the transport. Never fails in
    /// any other way than by what the [`Answer`] says.
    async fn post(&self, request: Post) -> Answer;
}

/// A notification to send.
#[derive(Clone)]
pub struct Post {
    /// Where to: an absolute `http` or `https` URL, with its query string.
    pub endpoint: Arc<str>,
    /// All headers but `Host`, `Content-Length` and `User-Agent`, which the transport adds.
    pub headers: HeaderMap,
    /// The body: exactly these bytes are sent.
    pub body: Bytes,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status, if an answer came in time.
    pub status: Option<u16>,
    /// From the beginning to the status, or to the failure.
    pub duration: Duration,
    /// The first bytes of the body, as text; what is no UTF-8 is replaced.
    pub excerpt: String,
    /// What went wrong, in words for the operator: no answer, or something about the answer that is worth knowing (too
    /// long, too slow). Contains neither secrets nor the query string.
    pub error: Option<String>,
}

impl Answer {
    /// 200 or 201 in time; everything else is a failed delivery. Source: spec 06 §2.
    pub fn is_confirmation(&self) -> bool {
        matches!(self.status, Some(200 | 201))
    }
}

/// Neither the query, which may be a credential, nor what headers and body say.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Post")
            .field("endpoint", &endpoint)
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .finish()
    }
}
